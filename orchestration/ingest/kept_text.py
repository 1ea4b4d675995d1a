"""The text that is kept: redacted before it becomes a row, cut where it is a tool's.

One `KeptText` a session: it counts what was replaced, by kind.
"""

from collections import Counter
from typing import Protocol

from orchestration.ingest.tool_results import byte_count, cut_text, join_ends

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

    def cut(self, text: str) -> str:
        """Head and tail of the text, redacted; a secret on the cut is found before it is cut in two."""
        limit = self._cut_bytes
        if "PRIVATE KEY" in text or byte_count(text) <= limit + 2 * MARGIN_BYTES:
            return cut_text(self.whole(text), limit)
        raw = text.encode()
        side = limit // 2 + MARGIN_BYTES
        head = self.whole(raw[:side].decode(errors="ignore"))
        tail = self.whole(raw[-side:].decode(errors="ignore"))
        return join_ends(head, tail, limit, left_out=len(raw) - limit)
