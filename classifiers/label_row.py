"""The label row: one answer to one question on one unit, whoever gave it.

Every labeller (`rules`, `claude`, `human`; in a demo `stand_in`) writes these columns, followed by the typed
answer of the classifier. Labels of one classifier are one table, `labels_<classifier>`; list answers go to
`labels_<classifier>_items`. A unit that could not be labelled is a row with a status, never silence.
"""

from datetime import datetime
from typing import Literal, NamedTuple

LabelStatus = Literal["ok", "refused", "truncated", "invalid", "error", "skipped_budget"]
Labeller = Literal["rules", "claude", "human", "stand_in"]
UnitKind = Literal["session", "turn", "act", "tool_call"]
Rendering = Literal[
    "rows",  # the rules read rows, not a text
    "whole",  # the whole session, in parts where it is long
    "study_c",  # each turn and the session middle-cut as in study C's appendix
    "first_prompt",  # the first typed prompt alone
    "turn",  # the end of one turn and what the human said next
    "tool_call",  # one tool call with what came before it, without its result
]

LABEL_KEY = ("unit_id", "fingerprint", "replicate")


class LabelRow(NamedTuple):
    """One row per unit, fingerprint and replicate; the answer's columns follow these.

    `fingerprint` identifies what asked (prompt, schema, model, effort and rendering, or the rules'
    version); `input_hash` what was read; `is_stale` that the unit has changed since. `coverage` is the
    share of the unit's characters that was read. `cited_evidence_count` ids were cited, of which
    `rejected_evidence_count` were dropped: no such record, wrong actor, or no such event. Tokens: input
    is what was neither read from nor written to the cache. Nulls: the rules cite and pay nothing.
    """

    unit_kind: UnitKind
    unit_id: str
    session_id: str | None
    classifier: str
    version: str
    fingerprint: str
    rendering: Rendering
    labeller: Labeller
    model: str | None
    status: LabelStatus
    evidence_record_ids: tuple[str, ...]
    cited_evidence_count: int | None
    rejected_evidence_count: int | None
    coverage: float | None
    input_hash: str
    replicate: int
    request_id: str | None
    batch_id: str | None
    input_tokens: int | None
    cache_creation_input_tokens: int | None
    cache_read_input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    labelled_at: datetime
    is_stale: bool
