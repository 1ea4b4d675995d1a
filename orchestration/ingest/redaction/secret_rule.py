"""What a rule for a secret is, and the ways to write one down.

Belongs here: the rule type, its constructors, what may stand in front of a secret, the placeholder.
Does not belong here: any rule itself (secret_patterns.py).
"""

import re
from collections.abc import Callable
from typing import NamedTuple

PLACEHOLDER = "[redacted:{kind}]"
OPENING = "[redacted:"

Confirm = Callable[[re.Match[str]], bool]


class SecretRule(NamedTuple):
    """One shape of one kind of secret.

    `pivot` is a literal that stands in every match, `around` an expression for what must follow it (or
    stand before it, by looking behind). Rules of one pivot are searched for together, in one pass that
    jumps from pivot to pivot: this, not the number of rules, is what a text without secrets costs.
    `regex` finds the secret then: its group `secret`, or all of it, is replaced if `confirm` agrees.
    """

    kind: str
    pivot: str
    around: str
    regex: re.Pattern[str]
    confirm: Confirm | None = None
    is_caseless: bool = False


TOKENS = "A-Za-z0-9_-"
WORD = "A-Za-z0-9_"
ALNUM = "A-Za-z0-9"
BASE64 = "A-Za-z0-9+/=_-"
HEX = "0-9a-f"


def _start(literal: str = "") -> str:
    """Looks behind for the start of a word, be it behind an escape: `\\n`, a colour (`…[32m`), `%3D`."""
    return (
        rf"(?:(?<![A-Za-z0-9_]{literal})|(?<=\\[nrtbf]{literal})|(?<=[0-9\[]m{literal})"
        rf"|(?<=%[0-9A-F][0-9A-F]{literal}))"
    )


START = _start()


def prefixed(kind: str, prefixes: str, body: str, shortest: int) -> list[SecretRule]:
    """Tokens that open with one of the space-separated prefixes; `shortest` or more of `body` follow."""
    rules = []
    for prefix in prefixes.split():
        literal = re.escape(prefix)
        if prefix[-1] in "_-.":
            pivot, around = prefix[-1], rf"(?=[\w.%+/=-]{{10}})(?<={literal})"
        elif prefix[0] == "A":
            pivot, around = "A", re.escape(prefix[1:])
        else:
            pivot, around = prefix, ""
        regex = re.compile(f"{literal}{_start(literal)}[{body}]{{{shortest},}}")
        rules.append(SecretRule(kind, pivot, around, regex))
    return rules


def shaped(kind: str, pivot: str, around: str, regex: str, confirm: Confirm | None = None) -> SecretRule:
    return SecretRule(kind, pivot, around, re.compile(regex, re.ASCII), confirm)


def caseless(kind: str, pivot: str, around: str, regex: str, confirm: Confirm | None = None) -> SecretRule:
    """`pivot` and `around` are looked for in the text in lower case."""
    return SecretRule(kind, pivot, around, re.compile(regex, re.ASCII | re.IGNORECASE), confirm, True)
