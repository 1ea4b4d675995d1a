"""Redaction at landing: secrets and personal data out of text, placeholders that keep its structure in.

Belongs here: the order of the rules, the passes over a text, the counting. What a secret looks like
stands in secret_patterns.py, secret_assignments.py and personal_data.py, how it may be written another
way in secret_disguises.py. Pure: text to text.
Commit shas, UUIDs, digests and lock-file hashes are no secrets and stay, unless a name says otherwise.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from orchestration.ingest.redaction.personal_data import (
    FOLDER_RULES,
    hide_emails,
    hide_folders,
    named_folder_rules,
)
from orchestration.ingest.redaction.secret_assignments import hide_assignments
from orchestration.ingest.redaction.secret_disguises import plain_form
from orchestration.ingest.redaction.secret_patterns import HEADLESS_KEY, SECRET_RULES, headless_key_start
from orchestration.ingest.redaction.secret_rule import OPENING, PLACEHOLDER, SecretRule

REDACTOR_VERSION = "2"
"""Part of what a landed partition depends on: raise it with every change of a rule."""

REDACTION_KINDS = frozenset(rule.kind for rule in SECRET_RULES) | {
    "password",
    "secret",
    "email",
    "home_folder",
}

_PLACEHOLDERS = re.compile(r"\[redacted:[a-z_]{1,40}\]|\[user\]")

_MAX_PASSES = 6
"""A placeholder changes its neighbourhood once or twice at most; the bound only keeps a bad rule finite."""


class Redactor:
    """Hides secrets and personal data; immutable, so that one may serve many threads.

    `home_names` are names of persons to hide wherever they are a whole folder name, beside the names
    that follow `/Users/`, `/home/`, `C:\\Users\\` and their slug and encoded forms.
    """

    def __init__(self, *, home_names: Iterable[str] = ()) -> None:
        self._folder_rules = (*named_folder_rules(frozenset(home_names)), *FOLDER_RULES)

    def redact(self, text: str, counts: Counter[str]) -> str:
        """The text with placeholders; `counts` gains the replaced places per kind. Twice is once.

        Where the plain form of a text (`\\u003d` is `=`) shows more to hide, that form is what is given back.
        """
        own: Counter[str] = Counter()
        redacted = self._hide(text, own)
        plain = plain_form(text)
        if plain != text:
            redacted, own = self._hide_disguised(plain, redacted, own)
        counts.update(own)
        return redacted

    def _hide_disguised(self, plain: str, redacted: str, counts: Counter[str]) -> tuple[str, Counter[str]]:
        """The text, or the plain form of it where that shows more to hide.

        A sign that nobody sees may cut a token in two, and may as well be all that parts it from a word:
        so the form is looked at from the start and after the first redaction, and the shorter rest counts.
        """
        from_start, after = Counter[str](), Counter(counts)
        whole, rest = self._hide(plain, from_start), self._hide(plain_form(redacted), after)
        if from_start and len(_visible(whole)) < len(_visible(rest)):
            return whole, from_start
        return (redacted, counts) if after == counts else (rest, after)

    def _hide(self, text: str, counts: Counter[str]) -> str:
        for _ in range(_MAX_PASSES):
            before, text = text, _hide_secrets(text, counts)
            if text == before:
                break
        if "@" in text or "%40" in text:
            text = hide_emails(text, counts)
        return hide_folders(text, counts, self._folder_rules)


def _visible(text: str) -> str:
    """What is left to read beside the placeholders."""
    return _PLACEHOLDERS.sub("", text)


class _Gate(NamedTuple):
    """One pass over a text that tells whether any of the rules of one pivot can match."""

    search: Callable[[str], re.Match[str] | None]
    is_caseless: bool
    rules: tuple[tuple[int, SecretRule], ...]


def _gates() -> tuple[_Gate, ...]:
    """The rules by pivot; prefixes share the look ahead at what must follow every one of them."""
    grouped: dict[tuple[str, bool], list[tuple[int, SecretRule]]] = {}
    for order, rule in enumerate(SECRET_RULES):
        grouped.setdefault((rule.pivot, rule.is_caseless), []).append((order, rule))
    gates = []
    for (pivot, is_caseless), rules in grouped.items():
        ahead: dict[str, list[str]] = {}
        for around in dict.fromkeys(rule.around for _, rule in rules):
            shared, sign, rest = around.partition("(?<=") if around.startswith("(?=") else ("", "", around)
            ahead.setdefault(shared, []).append(sign + rest)
        choices = "|".join(f"{shared}(?:{'|'.join(rests)})" for shared, rests in ahead.items())
        expression = re.compile(f"{re.escape(pivot)}(?:{choices})", re.ASCII)
        gates.append(_Gate(expression.search, is_caseless, tuple(rules)))
    return tuple(gates)


_GATES = _gates()


def _hide_secrets(text: str, counts: Counter[str]) -> str:
    """One pass of every rule that can match, in the order of the table."""
    lowered = _lower(text)
    suspects: list[tuple[int, SecretRule]] = []
    for search, is_caseless, rules in _GATES:
        if search(lowered if is_caseless else text) is not None:
            suspects += rules
    if suspects:
        for _, rule in sorted(suspects, key=lambda suspect: suspect[0]):
            text = _apply(rule, text, counts)
        if "PRIVATE KEY" in text:
            text = _hide_headless_keys(text, counts)
        lowered = _lower(text)
    return hide_assignments(text, lowered, counts)


def _lower(text: str) -> str:
    """Lower case of the same length, so that positions agree: some letters grow ("İ")."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(char.lower() if char.isascii() else char for char in text)


def _apply(rule: SecretRule, text: str, counts: Counter[str]) -> str:
    """Replaces each confirmed match; behind a refused one the search goes on one character later."""
    pieces: list[str] = []
    done = at = 0
    search, confirm = rule.regex.search, rule.confirm
    group: str | int = "secret" if "secret" in rule.regex.groupindex else 0
    while (match := search(text, at)) is not None:
        start, end = match.span(group)
        if text.startswith(OPENING, start) or (confirm is not None and not confirm(match)):
            at = match.start() + 1
            continue
        pieces += (text[done:start], PLACEHOLDER.format(kind=rule.kind))
        counts[rule.kind] += 1
        done = at = end
    return "".join((*pieces, text[done:])) if pieces else text


def _hide_headless_keys(text: str, counts: Counter[str]) -> str:
    pieces: list[str] = []
    done = 0
    for match in HEADLESS_KEY.finditer(text):
        start = max(done, headless_key_start(text, match.start()))
        pieces += (text[done:start], PLACEHOLDER.format(kind="private_key"))
        counts["private_key"] += 1
        done = match.end()
    return "".join((*pieces, text[done:])) if pieces else text


@lru_cache(maxsize=256)
def redactor_for(home_names: frozenset[str]) -> Redactor:
    """The redactor that hides these home folders' names; made once for all sessions that share them."""
    return Redactor(home_names=sorted(home_names))
