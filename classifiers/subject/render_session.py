"""A session as it is judged: all of its records in time order, by the stated rules.

Entry point of the rendering `whole`, and the columns of the raw tables that any rendering reads. Not
here: excerpts (render_turn), the study's cut (study_c), how a long one is read (parts).
"""

from collections.abc import Mapping, Sequence

from classifiers.label_row import Rendering, UnitKind
from classifiers.session_record import SessionRecord
from classifiers.subject.parts import Limits, split
from classifiers.subject.safe_text import SafeText
from classifiers.subject.shown_records import ShownSession
from classifiers.subject.subject import Subject, SubjectRecord, content_hash, coverage_of
from orchestration.ingest.redaction.kept_text import TextRedactor

SUBJECT_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "raw_turns": (
        "turn_id", "session_id", "opening_act_id", "opened_by", "turn_number", "started_at", "ended_at",
        "end_reason", "is_sidechain", "has_agent_work",
    ),
    "raw_human_acts": (
        "act_id", "session_id", "turn_id", "record_id", "act_kind", "acted_at", "text", "command_name",
        "tool_use_id", "occurrence", "is_typed", "is_mid_run", "has_image",
    ),
    "raw_responses": (
        "response_id", "session_id", "turn_id", "agent_id", "record_id", "responded_at", "text",
        "is_synthetic", "is_api_error", "is_sidechain",
    ),
    "raw_harness_texts": (
        "harness_text_id", "session_id", "turn_id", "agent_id", "text_kind", "written_at", "text",
        "byte_count", "is_sidechain",
    ),
    "raw_tool_calls": (
        "tool_use_id", "occurrence", "session_id", "turn_id", "agent_id", "record_id", "result_record_id",
        "tool_name", "tool_category", "called_at", "resulted_at", "input_text", "input_byte_count",
        "result_text", "result_byte_count", "error_kind", "exit_code", "spawned_agent_id", "is_error",
        "is_background", "is_interrupted",
        "is_sidechain", "has_call", "has_result",
    ),
    "raw_events": (
        "event_id", "session_id", "turn_id", "agent_id", "record_id", "tool_use_id", "occurrence",
        "event_kind", "occurred_at", "detail", "tests_passed", "tests_failed", "is_success", "is_sidechain",
    ),
}  # fmt: skip
"""Every column a rendering reads: nothing else of the lake can reach a subject."""


def render_session(session: SessionRecord, *, redactor: TextRedactor, limits: Limits) -> Subject:
    """The whole session; raises UnsendableSubjectError where a text cannot be made safe."""
    shown = ShownSession(session)
    safe = SafeText(redactor, unit_id=session.session_id)
    records = shown.records(range(len(shown.drafts)), safe=safe, limits=limits)
    return subject_of(session, records, limits=limits)


def subject_of(
    session: SessionRecord,
    records: Sequence[SubjectRecord],
    *,
    limits: Limits,
    rendering: Rendering = "whole",
    unit_kind: UnitKind = "session",
    unit_id: str | None = None,
    of: Sequence[SubjectRecord] | None = None,
) -> Subject:
    """Records as the subject of a unit, the session itself unless another is named.

    `of`: all records that there are, where fewer are shown than belong to the unit's text.
    """
    parts = split(records, limits)
    return Subject(
        unit_kind=unit_kind,
        unit_id=unit_id or session.session_id,
        session_id=session.session_id,
        rendering=rendering,
        records=tuple(records),
        parts=parts,
        coverage=coverage_of(records, of=of),
        input_hash=content_hash(records, parts),
    )
