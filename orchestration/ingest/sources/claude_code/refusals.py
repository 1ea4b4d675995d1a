"""Who kept a tool call from running: a person, a rule, the classifier, a hook, or nobody who could be asked.

From the failed result's text by the table of `texts`, and from `toolDenialKind` where the record states it.
A failed result that speaks of a refusal and is in no row is counted as drift. Knows results, nothing of
turns.
"""

import re
from functools import cache
from typing import NamedTuple

from orchestration.ingest.rows import ToolErrorKind
from orchestration.ingest.sources.claude_code.texts import (
    NO_REFUSALS,
    REFUSAL_WORDS,
    RESULT_TEXTS,
    ResultText,
)

MACHINE_REFUSALS: frozenset[ToolErrorKind | None] = frozenset(
    {"denied_by_rule", "denied_by_classifier", "denied_by_hook", "no_surface"}
)
"""Refusals in which no person said no: the call failed, and the agent goes on."""

FAILURES: frozenset[ToolErrorKind | None] = MACHINE_REFUSALS | {"exit_code", "other"}
"""How a call fails; a person's refusal, an interruption and a sibling's failure are no failures."""

STATED_KINDS: dict[str, ToolErrorKind] = {
    "user-rejected": "denied_by_user",
    "cancelled": "denied_by_user",
    "permission-rule": "denied_by_rule",
    "automode-blocked": "denied_by_classifier",
    "interrupted": "interrupted",
}
"""Values of `toolDenialKind` (2.1.202 and later)."""

_LEADING = re.compile(r"\A(?:\s*(?:<tool_use_error>|Error:))*\s*")
_NOTE = re.compile(r"\n\nNote: The user's next message may contain.*\Z", re.S)
_TAG_END = re.compile(r"\s*</tool_use_error>\s*\Z")
_NO_ANSWER = "The user wants to clarify these questions."
"""What the harness says for a human who declines a question to talk about it first."""
_HEAD_CHARS = 300


class Refusal(NamedTuple):
    """How a call was kept from running. `words`: what the person said with it; `stops`: the agent waits."""

    error_kind: ToolErrorKind
    words: str | None = None
    stops: bool = False


@cache
def _rows() -> tuple[tuple[re.Pattern[str], ResultText], ...]:
    return tuple((re.compile(rf"(?:{row.pattern})", re.S), row) for row in RESULT_TEXTS)


def read_refusal(text: str, stated_kind: object = None) -> Refusal | None:
    """The refusal that a failed result tells of, or None where it tells of none.

    A text of the table says more than the stated kind (headless denials are stated as the user's), unless
    the record says that a rule or the classifier refused in the words of a person.
    """
    stated = STATED_KINDS.get(stated_kind) if isinstance(stated_kind, str) else None
    told = _told(without_lead(text))
    if told is None:
        return Refusal(stated) if stated else None
    if stated is not None and stated in MACHINE_REFUSALS and told.error_kind == "denied_by_user":
        return Refusal(stated)
    return told


def _told(text: str) -> Refusal | None:
    for pattern, row in _rows():
        match = pattern.match(text)
        if match:
            said = match.groupdict().get("words")
            words = _words(said) if said else None
            return Refusal(row.error_kind, words, row.stops)
    return None


def without_lead(text: str) -> str:
    """A failed result without the tag and the "Error:" that versions and hosts put before it."""
    return text[_LEADING.match(text).end() :]  # type: ignore[union-attr]  # matches every text


def refusal_words(text: str) -> str | None:
    """The word by which a failed result looks like a refusal of a kind that no row has, else None."""
    head = without_lead(text[:_HEAD_CHARS])
    if NO_REFUSALS.match(head):
        return None
    found = REFUSAL_WORDS.search(head)
    return found.group(1).lower().replace(" ", "_") if found else None


def _words(said: str) -> str | None:
    words = _TAG_END.sub("", _NOTE.sub("", said)).strip()
    return None if not words or words.startswith(_NO_ANSWER) else words
