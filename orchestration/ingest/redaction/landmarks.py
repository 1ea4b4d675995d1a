"""Where a text holds anything that redaction must look at: literals in one pass, long runs in others.

Belongs here: the search itself. Does not belong here: which literals, and what they mean (the rules).
All passes work on ASCII bytes, one byte a sign, so that a position in the bytes is one in the text; every
other sign is a question mark there. Nearly all texts hold few landmarks or none: this is what they cost.
"""

import string
from collections.abc import Sequence

from ahocorasick_rs import BytesAhoCorasick, Implementation

LONG_RUN = 20
"""Signs of a run that is long enough to be a token known by nothing but its look."""
LONG_BASE64 = 40
"""Signs of a run of base64 that is as long as the shortest key in that writing."""
LONG_LINE_OF_SIGNS = 50
"""Length of a key that Django makes, and what the shortest looks like that nobody types."""

RUN_SIGNS = string.ascii_letters + string.digits + "_-"
BASE64_SIGNS = string.ascii_letters + string.digits + "+/="
DJANGO_SIGNS = string.ascii_lowercase + string.digits + "!@#$%^&*(-_=+)"

_BLANK = ord(" ")


def _only(signs: str) -> bytes:
    """Translation of bytes to `a` for these signs and to a blank for all others."""
    return bytes(ord("a") if chr(code) in signs else _BLANK for code in range(256))


_RUN_TABLE, _DJANGO_TABLE, _BASE64_TABLE = _only(RUN_SIGNS), _only(DJANGO_SIGNS), _only(BASE64_SIGNS)
_EQUALS = ord("=")


class LiteralFinder:
    """Finds literals, whatever their case, in one pass over a text (Aho-Corasick)."""

    def __init__(self, literals: Sequence[str]) -> None:
        self._automaton = BytesAhoCorasick(
            [literal.encode() for literal in literals], implementation=Implementation.DFA
        )

    def find(self, signs: bytes) -> list[tuple[int, int, int]]:
        """Number, start and end of each literal, overlapping ones too, in order of their ends."""
        found: list[tuple[int, int, int]] = self._automaton.find_matches_as_indexes(
            signs.lower(), overlapping=True
        )
        return found


def ascii_signs(text: str) -> bytes:
    """One byte for each sign of the text; `?` for what is not ASCII."""
    return text.encode("ascii", "replace")


def long_runs(signs: bytes) -> list[tuple[int, int]]:
    """Start and end of each run of letters, digits, `_` and `-` that is long enough to be a token."""
    return _runs(signs, _RUN_TABLE, LONG_RUN)


def django_runs(signs: bytes) -> list[tuple[int, int]]:
    """Start and end of each run of the signs that Django makes its keys of, of their length at least."""
    return _runs(signs, _DJANGO_TABLE, LONG_LINE_OF_SIGNS)


def base64_runs(signs: bytes) -> list[tuple[int, int]]:
    """Start and end of each long run of base64 that holds `+` or ends with `=`: others are paths or names."""
    return [
        (start, end)
        for start, end in _runs(signs, _BASE64_TABLE, LONG_BASE64)
        if signs[end - 1] == _EQUALS or b"+" in signs[start:end]
    ]


def _runs(signs: bytes, table: bytes, shortest: int) -> list[tuple[int, int]]:
    if len(signs) < shortest:
        return []
    classes, needle, found = signs.translate(table), b"a" * shortest, []
    at = classes.find(needle)
    while at >= 0:
        end = classes.find(b" ", at + shortest)
        end = len(classes) if end < 0 else end
        found.append((at, end))
        at = classes.find(needle, end)
    return found
