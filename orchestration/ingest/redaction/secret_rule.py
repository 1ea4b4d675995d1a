"""What a rule for a secret is, and the ways to write one down.

Belongs here: the rule types, their constructors, what may stand in front of a secret, the placeholder.
Does not belong here: any rule itself (vendor_tokens.py, secret_shapes.py).
"""

import re
from collections.abc import Callable
from typing import NamedTuple

PLACEHOLDER = "[redacted:{kind}]"
OPENING = "[redacted:"

Confirm = Callable[[re.Match[str]], bool]

TOKENS = r"A-Za-z0-9_\-"
WORD = "A-Za-z0-9_"
ALNUM = "A-Za-z0-9"
LOWER = "a-z0-9"
UPPER = "A-Z0-9"
BASE64 = r"A-Za-z0-9+/=_\-"
DOTTED = r"A-Za-z0-9_.=\-"
HEX = "0-9a-f"
ANY_HEX = "0-9a-fA-F"

START = (
    r"(?:(?<![A-Za-z0-9_])|(?<=\\[nrtbf])|(?<=[0-9\[]m)"
    r"|(?<=%[0-9A-F][0-9A-F]))"
)
"""Looks behind for the start of a word, be it behind an escape: `\\n`, a colour (`…[32m`), `%3D`."""

LOOKED_AT = 1024
"""Signs by which a token is known. In a text of nothing but prefixes each opens all that follows, and looking
at all of it each time took minutes. What is hidden is the whole run."""

_HEX_DIGITS = frozenset("0123456789ABCDEF")


def opens_word(text: str, at: int) -> bool:
    """Whether a word can begin at this position: what START looks for, without an expression."""
    before = text[at - 1 : at]
    if not before or not before.isascii() or not (before.isalnum() or before == "_"):
        return True
    second = text[at - 2 : at - 1]
    if second == "\\" and before in "nrtbf":
        return True
    if before == "m" and second and (second.isdigit() or second == "["):
        return True
    return text[at - 3 : at - 2] == "%" and second in _HEX_DIGITS and before in _HEX_DIGITS


class TokenRule(NamedTuple):
    """A token that is known by how it begins: the prefix, and `shortest` or more signs of `body`."""

    kind: str
    prefix: str
    body: re.Pattern[str]
    shortest: int
    confirm: Callable[[str], bool] | None = None

    @property
    def literal(self) -> str:
        """What to look for, in lower case."""
        return self.prefix.lower()

    def end(self, text: str, at: int) -> int | None:
        """Where the token ends that begins at this position; None where none begins."""
        prefix = self.prefix
        if not text.startswith(prefix, at) or not opens_word(text, at):
            return None
        start = at + len(prefix)
        match = self.body.match(text, start, start + LOOKED_AT)
        if match is None or match.end() - start < self.shortest:
            return None
        if self.confirm is not None and not self.confirm(match[0]):
            return None
        whole = self.body.match(text, start)
        return None if whole is None else whole.end()


class ShapeRule(NamedTuple):
    """A secret that is known by an expression: its group `secret`, or all of a match, is replaced.

    A match begins with one of `literals` (lower case), and is looked for there only; where `is_anywhere`,
    one of them stands somewhere in the match, and the whole text is searched. `confirm` is the second look,
    where a reason can stand beside it.
    """

    kind: str
    literals: tuple[str, ...]
    regex: re.Pattern[str]
    confirm: Confirm | None = None
    is_anywhere: bool = False


def tokens(
    kind: str, prefixes: str, body: str, shortest: int, confirm: Callable[[str], bool] | None = None
) -> list[TokenRule]:
    """Tokens that open with one of the blank-separated prefixes; `shortest` or more of `body` follow."""
    signs = re.compile(f"[{body}]+")
    return [TokenRule(kind, prefix, signs, shortest, confirm) for prefix in prefixes.split()]


def shaped(kind: str, literals: str, regex: str, confirm: Confirm | None = None) -> ShapeRule:
    """A rule of an expression that begins with one of the literals, which `|` separates."""
    return ShapeRule(kind, tuple(literals.split("|")), re.compile(regex, re.ASCII), confirm)


def caseless(kind: str, literals: str, regex: str, confirm: Confirm | None = None) -> ShapeRule:
    """As `shaped`, where upper and lower case are the same."""
    return shaped(kind, literals, f"(?i:{regex})", confirm)


def anywhere(kind: str, literals: str, regex: str, confirm: Confirm | None = None) -> ShapeRule:
    """As `shaped`, where the literals stand anywhere in a match: for rare ones, because it searches."""
    return shaped(kind, literals, regex, confirm)._replace(is_anywhere=True)
