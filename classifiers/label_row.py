"""The label row: one answer to one question on one unit, whoever gave it.

Every labeller (`rules`, `claude`, `human`) writes these columns, followed by the typed answer of the
classifier. Labels of one classifier are one table, `labels_<classifier>`; list answers go to
`labels_<classifier>_items`. A unit that could not be labelled is a row with a status, never silence.
"""

from datetime import datetime
from typing import Literal, NamedTuple

LabelStatus = Literal["ok", "refused", "truncated", "invalid", "error", "skipped_budget"]
Labeller = Literal["rules", "claude", "human"]
UnitKind = Literal["session", "turn", "act", "tool_call"]

LABEL_KEY = ("unit_id", "fingerprint", "replicate")


class LabelRow(NamedTuple):
    """One row per unit, fingerprint and replicate; the answer's columns follow these.

    `fingerprint` identifies what asked (prompt, schema, model, effort and rendering, or the rules'
    version); `input_hash` what was read; `is_stale` that the unit has changed since.
    """

    unit_kind: UnitKind
    unit_id: str
    session_id: str | None
    classifier: str
    version: str
    fingerprint: str
    labeller: Labeller
    model: str | None
    status: LabelStatus
    evidence_record_ids: tuple[str, ...]
    coverage: float | None
    input_hash: str
    replicate: int
    request_id: str | None
    batch_id: str | None
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    labelled_at: datetime
    is_stale: bool
