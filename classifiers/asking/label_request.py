"""A request: one step of one question on one unit, before anyone sends it.

Its id derives from what is asked, never from a position, so that the same request is the same row of the
ledger whoever plans it. Not here: the SDK's parameters (message_params), money (prices, ledger).
"""

from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Literal

from classifiers.asking.envelope import Envelope
from classifiers.label_row import Rendering, UnitKind

RequestKind = Literal["label", "observation"]


@dataclass(frozen=True)
class LabelRequest:
    """One message to be asked. `document` is the cached prefix, `question` comes last.

    `fingerprint` is the label's (observations have their own); `replicate` 0 is the label, 1 and 2 are
    repeats; `attempt` counts requests for the same answer (after an error, or an explicit relabel).
    `record_ids` maps the short ids in `document` to record ids. Never print it: it holds a transcript.
    """

    kind: RequestKind
    classifier: str
    step: str
    unit_kind: UnitKind
    unit_id: str
    session_id: str
    session_date: date
    rendering: Rendering
    fingerprint: str
    replicate: int
    attempt: int
    input_hash: str
    coverage: float
    part: int | None
    envelope: Envelope
    document: str = field(repr=False)
    question: str = field(repr=False)
    record_ids: dict[str, str] = field(repr=False)

    @property
    def request_id(self) -> str:
        """48 hexadecimal digits; a batch's `custom_id` too."""
        parts = (
            self.unit_id, self.fingerprint, self.step, self.part, self.replicate, self.attempt,
        )  # fmt: skip
        return blake2b(repr(parts).encode(), digest_size=24).hexdigest()
