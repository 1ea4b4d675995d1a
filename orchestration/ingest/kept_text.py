"""The text that is kept: redacted before it becomes a row, cut where it is a tool's.

One `KeptText` a session: it counts what was replaced, by kind.
"""

from collections import Counter
from typing import Protocol

from orchestration.ingest.tool_results import cut_text


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
        """Head and tail of the text, redacted."""
        if "PRIVATE KEY" in text:  # a key block must be found before it is cut in two
            text = self.whole(text)
        return self.whole(cut_text(text, self._cut_bytes))
