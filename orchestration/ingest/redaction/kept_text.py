"""The text that is kept: redacted before it becomes a row, cut where it is a tool's.

One `KeptText` a session: it counts what was replaced, by kind.
"""

from collections import Counter
from typing import Protocol

MARGIN_BYTES = 512
"""Read beyond the cut on each side while redacting: tokens are shorter than this."""


class TextRedactor(Protocol):
    """What replaces secrets and personal data in a text and counts what it replaced."""

    def redact(self, text: str, counts: Counter[str]) -> str: ...


class KeptText:
    """Redacts the texts of one session; `redactions` counts what was replaced, by kind."""

    def __init__(self, redactor: TextRedactor, *, cut_bytes: int) -> None:
        self.redactions: Counter[str] = Counter()
        self._redactor = redactor
        self._cut_bytes = cut_bytes

    def whole(self, text: str) -> str:
        """The text, redacted."""
        return self._redactor.redact(text, self.redactions)

    def place(self, path: str) -> str:
        """A folder, redacted as paths in the session's texts are; it is none of these, and not counted."""
        return self._redactor.redact(path, Counter())

    def cut(self, text: str) -> str:
        """Head and tail of the text, redacted; a secret on the cut is found before it is cut in two."""
        limit = self._cut_bytes
        if _surely_fits(text, limit):
            return cut_text(self.whole(text), limit)
        if "PRIVATE KEY" in text or byte_count(text) <= limit + 2 * MARGIN_BYTES:
            return cut_text(self.whole(text), limit)
        raw = text.encode()
        side = limit // 2 + MARGIN_BYTES
        head = self.whole(raw[:side].decode(errors="ignore"))
        tail = self.whole(raw[-side:].decode(errors="ignore"))
        return join_ends(head, tail, limit, left_out=len(raw) - limit)


def cut_text(text: str, limit: int) -> str:
    """Head and tail of a text, together at most `limit` bytes plus a marker that says what is left out."""
    if _surely_fits(text, limit):
        return text
    size = byte_count(text)
    return text if size <= limit else join_ends(text, text, limit, left_out=size - limit)


def join_ends(head: str, tail: str, limit: int, *, left_out: int) -> str:
    """The start of `head` and the end of `tail`, half of `limit` bytes each, cut at white space if near."""
    half = limit // 2
    first = head.encode()[:half].decode(errors="ignore")
    last = tail.encode()[-half:].decode(errors="ignore")
    end = max(first.rfind(" ", -200), first.rfind("\n", -200))
    starts = [at for at in (last.find(" ", 0, 200), last.find("\n", 0, 200)) if at >= 0]
    first = first[: end + 1] if end > 0 else first
    last = last[min(starts) :] if starts else last
    return f"{first}\n[… about {left_out} bytes left out …]\n{last}"


def _surely_fits(text: str, limit: int) -> bool:
    """Whether a text is so short that its bytes need not be counted: UTF-8 takes four a sign at most."""
    return 4 * len(text) <= limit


def byte_count(text: str) -> int:
    """UTF-8 size of a text, without encoding it where it is ASCII."""
    return len(text) if text.isascii() else len(text.encode())
