"""Redaction at landing: secrets and personal data out of text, placeholders that keep its structure in.

Belongs here: the order of the rules, the screening of many texts at once, the counting. What a secret
looks like stands in secret_patterns.py, secret_assignments.py and personal_data.py. Pure: text to text.
Commit shas, UUIDs, digests and lock-file hashes are no secrets and stay, unless a name says otherwise.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from orchestration.ingest import personal_data, secret_assignments
from orchestration.ingest.personal_data import hide_emails, hide_folders
from orchestration.ingest.secret_assignments import hide_assignments
from orchestration.ingest.secret_patterns import (
    HEADLESS_KEY,
    PLACEHOLDER,
    SECRET_RULES,
    SecretRule,
    headless_key_start,
)

REDACTOR_VERSION = "1"
"""Part of what a landed partition depends on: raise it with every change of a rule."""

_SHAPE_SCREEN = "|".join(dict.fromkeys(rule.screen for rule in SECRET_RULES))
_SECRET_SCREEN = f"{_SHAPE_SCREEN}|{secret_assignments.SCREEN}"
_MAX_PASSES = 6
"""A placeholder changes its neighbourhood once or twice at most; the bound only keeps a bad rule finite."""


_LONG_TEXT = 32_768
"""Characters from which compiling the screen is cheaper than a hundred searches for literals."""


class Redactor:
    """Hides secrets and personal data; immutable, so that one may serve many threads.

    `home_names` are names of persons to hide wherever they are a whole folder name, beside the names
    that follow `/Users/`, `/home/`, `C:\\Users\\` and their slug and encoded forms.
    """

    def __init__(self, *, home_names: Iterable[str] = ()) -> None:
        names = frozenset(home_names)
        names = frozenset(home_names)
        named = personal_data.named_folder_rule(names)
        rules, screen = personal_data.FOLDER_RULES, personal_data.SCREEN
        self._folder_rules = (named, *rules) if named else rules
        self._person_screen = f"{screen}|{personal_data.named_folder_screen(names)}" if named else screen

    def redact(self, text: str, counts: Counter[str]) -> str:
        """The text with placeholders; `counts` gains the replaced places per kind. Twice is once."""
        if len(text) > _LONG_TEXT:
            return self.redact_all((text,), counts)[0]
        text = hide_emails(_hide_secrets(text, counts), counts)
        return hide_folders(text, counts, self._folder_rules)

    def redact_all(self, texts: Sequence[str], counts: Counter[str]) -> list[str]:
        """The same answers as `redact` on each text, several times faster on many texts.

        One pass of RE2 (inside Arrow) over all texts finds the few that can hold something; it costs
        about a millisecond per call, so give it a session's texts together.
        """
        answers = list(texts)
        column = _column(texts)
        suspects = _screened(column, _SECRET_SCREEN)
        shaped = set(_screened(column.take(pa.array(suspects, pa.int64())), _SHAPE_SCREEN)) if suspects else set()
        for n, i in enumerate(suspects):
            # A text without the shape of a secret needs the other rules only where a name told one.
            if n in shaped or (text := hide_assignments(answers[i], counts)) != answers[i]:
                answers[i] = _hide_secrets(answers[i] if n in shaped else text, counts)
        for i in _screened(column, self._person_screen):
            answers[i] = hide_folders(hide_emails(answers[i], counts), counts, self._folder_rules)
        return answers


def _column(texts: Sequence[str]) -> pa.LargeStringArray:
    try:
        return pa.array(texts, pa.large_string())
    except UnicodeEncodeError:  # a lone surrogate, which Arrow cannot hold
        return pa.array([text.encode("utf-8", "replace").decode() for text in texts], pa.large_string())


def _screened(column: pa.LargeStringArray, screen: str) -> list[int]:
    """Positions of the texts that the screen cannot rule out."""
    found: list[int] = pc.indices_nonzero(pc.match_substring_regex(column, screen)).to_pylist()
    return found


def _hide_secrets(text: str, counts: Counter[str]) -> str:
    """Applies the rules until nothing changes, so that redacting twice is redacting once."""
    for _ in range(_MAX_PASSES):
        before, text = text, hide_assignments(_hide_shaped(text, counts), counts)
        if text == before:
            break
    return text


def _hide_shaped(text: str, counts: Counter[str]) -> str:
    lowered = text.lower()
    for rule in SECRET_RULES:
        searched = lowered if rule.is_caseless else text
        for needle in rule.needles:
            if needle in searched:
                text = _apply(rule, text, counts)
                break
    if "PRIVATE KEY" in text:
        text = _hide_headless_keys(text, counts)
    return text


def _apply(rule: SecretRule, text: str, counts: Counter[str]) -> str:
    """Replaces each confirmed match; behind a refused one the search goes on one character later."""
    pieces: list[str] = []
    done = at = 0
    search, confirm = rule.regex.search, rule.confirm
    while (match := search(text, at)) is not None:
        if confirm is not None and not confirm(match):
            at = match.start() + 1
            continue
        start, end = match.span("secret" if "secret" in rule.regex.groupindex else 0)
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
