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

from orchestration.ingest.personal_data import PERSONAL_RULES, PersonalRule, named_folder_rule
from orchestration.ingest.secret_assignments import ASSIGNMENT_RULES
from orchestration.ingest.secret_patterns import (
    HEADLESS_KEY,
    PLACEHOLDER,
    SECRET_RULES,
    SecretRule,
    headless_key_start,
)

REDACTOR_VERSION = "1"
"""Part of what a landed partition depends on: raise it with every change of a rule."""

_RULES = (*SECRET_RULES, *ASSIGNMENT_RULES)
_MAX_PASSES = 6
"""A placeholder changes its neighbourhood once or twice at most; the bound only keeps a bad rule finite."""


class Redactor:
    """Hides secrets and personal data; immutable, so that one may serve many threads.

    `home_names` are names of persons to hide wherever they are a whole folder name, beside the names
    that follow `/Users/`, `/home/`, `C:\\Users\\` and their slug and encoded forms.
    """

    def __init__(self, *, home_names: Iterable[str] = ()) -> None:
        named = named_folder_rule(frozenset(home_names))
        self._personal: tuple[PersonalRule, ...] = (*((named,) if named else ()), *PERSONAL_RULES)
        self._secret_screen = "|".join(f"(?:{rule.screen})" for rule in _RULES)
        self._personal_screen = "|".join(f"(?:{rule.screen})" for rule in self._personal)

    def redact(self, text: str, counts: Counter[str]) -> str:
        """The text with placeholders; `counts` gains the replaced places per kind. Twice is once."""
        return self._hide_persons(_hide_secrets(text, counts), counts)

    def redact_all(self, texts: Sequence[str], counts: Counter[str]) -> list[str]:
        """The same answers as `redact` on each text, several times faster on many texts.

        One pass of RE2 (inside Arrow) over all texts finds the few that can hold something; it costs
        about a millisecond per call, so give it a session's texts together.
        """
        answers = list(texts)
        for i in _screened(answers, self._secret_screen):
            answers[i] = _hide_secrets(answers[i], counts)
        for i in _screened(answers, self._personal_screen):
            answers[i] = self._hide_persons(answers[i], counts)
        return answers

    def _hide_persons(self, text: str, counts: Counter[str]) -> str:
        for rule in self._personal:
            for needle in rule.needles:
                if needle in text:
                    text, replaced = rule.regex.subn(rule.replacement, text)
                    if replaced:
                        counts[rule.kind] += replaced
                    break
        return text


def _screened(texts: Sequence[str], screen: str) -> Iterable[int]:
    """Positions of the texts that the screen cannot rule out: all of them where it cannot read one."""
    try:
        column = pa.array(texts, pa.large_string())
    except UnicodeEncodeError:  # a lone surrogate, which Arrow cannot hold
        return range(len(texts))
    found: list[int] = pc.indices_nonzero(pc.match_substring_regex(column, screen)).to_pylist()
    return found


def _hide_secrets(text: str, counts: Counter[str]) -> str:
    """Applies the rules until nothing changes, so that redacting twice is redacting once."""
    for _ in range(_MAX_PASSES):
        before, text = text, _hide_secrets_once(text, counts)
        if text == before:
            break
    return text


def _hide_secrets_once(text: str, counts: Counter[str]) -> str:
    lowered = text.lower()
    for rule in _RULES:
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
        start, end = match.span(_secret_group(match))
        pieces += (text[done:start], PLACEHOLDER.format(kind=rule.kind))
        counts[rule.kind] += 1
        done = at = end
    return "".join((*pieces, text[done:])) if pieces else text


def _secret_group(match: re.Match[str]) -> str | int:
    """The group to hide: `secret`, or the value of an assignment, or all of it."""
    groups = match.re.groupindex
    if "secret" in groups:
        return "secret"
    if "bare" in groups:
        return "bare" if match["quoted"] is None else "quoted"
    return 0


def _hide_headless_keys(text: str, counts: Counter[str]) -> str:
    pieces: list[str] = []
    done = 0
    for match in HEADLESS_KEY.finditer(text):
        start = max(done, headless_key_start(text, match.start()))
        pieces += (text[done:start], PLACEHOLDER.format(kind="private_key"))
        counts["private_key"] += 1
        done = match.end()
    return "".join((*pieces, text[done:])) if pieces else text
