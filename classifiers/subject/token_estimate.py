"""How many tokens a text has at most, roughly, without asking anyone: for splitting and for planning.

A stated rule that errs upwards; what is paid is counted by the vendor (send), never by this. Not here:
prices, limits.
"""

import math
import re

ASCII_CHARS_PER_TOKEN = 2.8
"""Prose has 4 to 5 characters in a token, code about 3; newer vocabularies cut both finer."""

DENSE_CHARS_PER_TOKEN = 1.5
"""Runs without a space that are no words: base64, hashes, minified text."""

BYTES_PER_TOKEN = 2
"""Other scripts, by their UTF-8 bytes: an accented letter is one token, a CJK character one and a half."""

_DENSE = re.compile(r"[A-Za-z0-9+/=_-]{40,}")


def estimated_tokens(text: str) -> int:
    """Upper estimate of the tokens of a text; additive but for rounding up."""
    if text.isascii():
        ascii_count, other_bytes = len(text), 0
    else:
        ascii_count = len(text.encode("ascii", errors="ignore"))
        other_bytes = len(text.encode("utf-8", errors="replace")) - ascii_count
    dense_count = sum(map(len, _DENSE.findall(text)))
    return math.ceil(
        (ascii_count - dense_count) / ASCII_CHARS_PER_TOKEN
        + dense_count / DENSE_CHARS_PER_TOKEN
        + other_bytes / BYTES_PER_TOKEN
    )
