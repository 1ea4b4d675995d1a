"""The last redaction before a text may leave the machine; what cannot be made sure of does not leave.

Fail closed: a redactor that raises, or that finds something in its own result, makes the subject
unsendable. The error carries the reason and no text. Not here: what a secret looks like (ingest).
"""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from classifiers.subject.visible_text import visible
from orchestration.ingest.redaction.kept_text import TextRedactor

UnsendableReason = Literal[
    "redaction_failed",  # the redactor raised
    "redaction_unsettled",  # a second pass still finds something
]


class UnsendableSubjectError(Exception):
    """A subject that may not leave. `reason` is a closed vocabulary; no text, no cause is attached."""

    def __init__(self, reason: UnsendableReason, *, unit_id: str) -> None:
        self.reason = reason
        self.unit_id = unit_id
        super().__init__(
            f"{unit_id} is not sent: {reason}. Its text does not leave the machine; "
            "fix the redaction rule that does not settle (orchestration/ingest/redaction/redact.py) and "
            "run again."
        )


@dataclass
class SafeText:
    """Makes the texts of one unit safe; `removals` counts what the landed text still held, by kind."""

    redactor: TextRedactor
    unit_id: str
    removals: Counter[str] = field(default_factory=Counter)

    def made_safe(self, text: str) -> tuple[str, int]:
        """The text, visible and redacted, and the number of hidden characters left out of it."""
        plain, hidden_count = visible(text)
        return self.settled(plain), hidden_count

    def settled(self, text: str) -> str:
        """The text, redacted, when another pass finds nothing; raises UnsendableSubjectError."""
        return self.verified(self.redacted(text))

    def redacted(self, text: str) -> str:
        """The text after one pass: to be shortened, and settled before it leaves."""
        return self._redacted(text, self.removals)

    def verified(self, text: str) -> str:
        """The text itself, when a pass finds nothing in it; raises UnsendableSubjectError."""
        found: Counter[str] = Counter()
        if self._redacted(text, found) != text or found:
            raise UnsendableSubjectError("redaction_unsettled", unit_id=self.unit_id)
        return text

    def _redacted(self, text: str, counts: Counter[str]) -> str:
        redacted: str | None = None
        with suppress(Exception):  # whatever it was closes the way; its message may quote the text
            redacted = self.redactor.redact(text, counts)
        if redacted is None:
            # No handler is active here: no cause with the text in it is attached.
            raise UnsendableSubjectError("redaction_failed", unit_id=self.unit_id)
        return redacted
