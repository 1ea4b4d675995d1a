"""Strange text made plain: what a reader would not see, or would see as something else.

Text from outside only; deterministic, and twice is once. Runs before redaction, because a character that
shows nothing may stand in the middle of a secret. Not here: secrets (safe_text), lengths (condense).
"""

import re

from classifiers.subject.subject import LINE_BREAK

_COLOURS = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]")
"""Terminal control sequences: colours and cursor moves."""

_CONTROLS = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"}
_CONTROLS |= {0x7F: "\u2421"} | dict.fromkeys(range(128, 160), "�")
"""Other control characters become their pictures: shown, and without effect."""

_INVISIBLE = "\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufff9-\ufffb\U000e0000-\U000e0fff"
"""Zero-width characters, marks of direction, tags: they carry words that no reader sees."""

_HARMLESS = "\u00ad\u034f\u200c\u200d\ufe00-\ufe0f\ufeff"
"""Hyphenation, joiners, variants of signs, byte-order marks: frequent in honest text."""

_LETTER = rf"[^\x00-\x7f{_HARMLESS}{_INVISIBLE}]"
_JOINED = re.compile(rf"(?<={_LETTER})[\u200c\u200d](?={_LETTER})")
"""Joiners between letters of scripts that need them; kept."""

_HIDDEN = re.compile(f"[{_INVISIBLE}]")
_DROPPED = re.compile(f"[{_HARMLESS}{_INVISIBLE}]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_BRACKETS = str.maketrans({"⟦": "[[", "⟧": "]]"})
_UNUSUAL = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029⟦⟧{_HARMLESS}{_INVISIBLE}]")


def visible(text: str) -> tuple[str, int]:
    """The text as a reader sees it, and how many characters that hide something were left out.

    Line breaks of every kind become one kind, control characters pictures, lone surrogates U+FFFD, the
    renderer's brackets `[[` and `]]`.
    """
    if _UNUSUAL.search(text) is None:
        return text, 0
    text = _SURROGATES.sub("\ufffd", _COLOURS.sub("", text))
    text = LINE_BREAK.sub("\n", text).translate(_BRACKETS).translate(_CONTROLS)
    hidden_count = len(_HIDDEN.findall(text))
    kept = {match.start() for match in _JOINED.finditer(text)}
    text = _DROPPED.sub(lambda match: match[0] if match.start() in kept else "", text)
    return text, hidden_count
