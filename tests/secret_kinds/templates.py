"""Our own way to say how a token looks, and made-up tokens that look so.

A template is text with pieces: `dapi<hex*32>` is `dapi` and 32 hexadecimal signs. Examples are drawn from a
random generator that is seeded with the kind, so that they are the same in every run, and stand in no file.
"""

import re
import string
from collections.abc import Iterator
from random import Random

ALPHABETS = {
    "digit": string.digits,
    "hex": string.digits + "abcdef",
    "HEX": string.digits + "ABCDEF",
    "lower": string.ascii_lowercase,
    "UPPER": string.ascii_uppercase,
    "letter": string.ascii_letters,
    "low": string.digits + string.ascii_lowercase,
    "UP": string.digits + string.ascii_uppercase,
    "alnum": string.digits + string.ascii_letters,
    "word": string.digits + string.ascii_letters + "_",
    "url": string.digits + string.ascii_letters + "_-",
    "base64": string.digits + string.ascii_letters + "+/",
    "base32": "234567" + string.ascii_lowercase,
    "BASE32": "234567" + string.ascii_uppercase,
    "base58": "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    "BECH32": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
    "django": string.digits + string.ascii_lowercase + "!@#$%^&*(-_=+)",
}
"""Named alphabets. Signs beside letters and digits are drawn less often, and never at an end."""

_PIECE = re.compile(r"<(\w+)\*(\d+)>")


def example_of(template: str, *, seed: str) -> str:
    """A made-up token of this template, the same for the same seed."""
    drawn = Random(seed)  # noqa: S311 - not a secret: the same in every run
    return _PIECE.sub(lambda piece: "".join(_signs(piece[1], int(piece[2]), drawn)), template)


def marked_example(template: str, *, seed: str) -> tuple[str, str]:
    """A made-up text of the template, and the secret in it: what is marked {{…}}, or all of it.

    `\\n` in a template is a line end, `\\\\n` the two signs.
    """
    text = example_of(template, seed=seed).replace("\\n", "\n").replace("\\\n", "\\n")
    before, opened, rest = text.partition("{{")
    if not opened:
        return text, text
    secret, _, after = rest.partition("}}")
    return before + secret + after, secret


def _signs(name: str, count: int, drawn: Random) -> Iterator[str]:
    alphabet = ALPHABETS[name]
    plain = [sign for sign in alphabet if sign.isalnum()]
    classes = [[sign for sign in plain if test(sign)] for test in (str.isdigit, str.islower, str.isupper)]
    # A drawn token of this length has every class; the rare draw without one would be no fair example.
    sure = [drawn.choice(signs) for signs in classes if signs] if count >= 16 else []
    rest = [drawn.choice(alphabet if 0 < at < count - 1 else plain) for at in range(count - len(sure))]
    signs = sure + rest
    inner = signs[:-1]
    drawn.shuffle(inner)
    if inner and not inner[0].isalnum():
        inner[0] = drawn.choice(plain)
    yield from (*inner, *signs[-1:])
