"""Redaction at landing: secrets and personal data out of text, placeholders that keep its structure in.

Belongs here: the passes over a text, the counting. In which order secrets are looked for stands in
secret_stages.py, what each looks like in the tables that it names, how it may be written another way in
secret_disguises.py. Pure: text to text.
Commit shas, UUIDs, digests and lock-file hashes are no secrets and stay, unless a name says otherwise.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from orchestration.ingest.redaction.personal_data import (
    FOLDER_RULES,
    hide_emails,
    hide_folders,
    named_folder_rules,
)
from orchestration.ingest.redaction.secret_disguises import has_rare_signs, plain_form
from orchestration.ingest.redaction.secret_stages import SECRET_KINDS, Survey, hide_secrets, survey

REDACTOR_VERSION = "3"
"""Part of what a landed partition depends on: raise it with every change of a rule."""

REDACTION_KINDS = SECRET_KINDS | {"email", "home_folder"}

_PLACEHOLDERS = re.compile(r"\[redacted:[a-z_]{1,40}\]|\[user\]")

_MAX_PASSES = 6
"""A placeholder changes its neighbourhood once or twice at most; the bound only keeps a bad rule finite."""


REMEMBERED_CHARS = 400
"""Texts up to this length are remembered: paths, commands and short results come again and again."""

REMEMBERED_TEXTS = 20_000
"""How many of them at most: some megabytes in a process."""


class Redactor:
    """Hides secrets and personal data. It remembers short texts, and nothing else changes in it.

    `home_names` are names of persons to hide wherever they are a whole folder name, beside the names
    that follow `/Users/`, `/home/`, `C:\\Users\\` and their slug and encoded forms.
    """

    def __init__(self, *, home_names: Iterable[str] = ()) -> None:
        self._named_rules = named_folder_rules(frozenset(home_names))
        self._remembered: dict[str, tuple[str, Counter[str]]] = {}

    def redact(self, text: str, counts: Counter[str]) -> str:
        """The text with placeholders; `counts` gains the replaced places per kind. Twice is once.

        Where the plain form of a text (`\\u003d` is `=`) shows more to hide, that form is what is given back.
        """
        found = self._remembered.get(text)
        if found is None:
            found = self._redact(text)
            if len(text) <= REMEMBERED_CHARS:
                if len(self._remembered) >= REMEMBERED_TEXTS:
                    self._remembered.clear()
                self._remembered[text] = found
        redacted, own = found
        if own:
            counts.update(own)
        return redacted

    def _redact(self, text: str) -> tuple[str, Counter[str]]:
        own: Counter[str] = Counter()
        seen = survey(text)
        redacted = self._hide(text, seen, own)
        is_disguised = seen.may_be_disguised or (not text.isascii() and has_rare_signs(text))
        if is_disguised and (plain := plain_form(text)) != text:
            return self._hide_disguised(plain, redacted, own)
        return redacted, own

    def _hide_disguised(self, plain: str, redacted: str, counts: Counter[str]) -> tuple[str, Counter[str]]:
        """The text, or the plain form of it where that shows more to hide.

        A sign that nobody sees may cut a token in two, and may as well be all that parts it from a word:
        so the form is looked at from the start and after the first redaction, and the shorter rest counts.
        """
        from_start, after = Counter[str](), Counter(counts)
        again = plain_form(redacted)
        whole, rest = self._hide(plain, survey(plain), from_start), self._hide(again, survey(again), after)
        if from_start and len(_visible(whole)) < len(_visible(rest)):
            return whole, from_start
        return (redacted, counts) if after == counts else (rest, after)

    def _hide(self, text: str, seen: Survey, counts: Counter[str]) -> str:
        has_folder = seen.has_folder
        for _ in range(_MAX_PASSES):
            before, text = text, hide_secrets(text, seen, counts)
            if text == before:
                break
            seen = survey(text)
        if "@" in text or "%40" in text:
            text = hide_emails(text, counts)
        text = hide_folders(text, counts, self._named_rules)
        return hide_folders(text, counts, FOLDER_RULES) if has_folder else text


def _visible(text: str) -> str:
    """What is left to read beside the placeholders."""
    return _PLACEHOLDERS.sub("", text)


@lru_cache(maxsize=256)
def redactor_for(home_names: frozenset[str]) -> Redactor:
    """The redactor that hides these home folders' names; made once for all sessions that share them."""
    return Redactor(home_names=sorted(home_names))
