"""A good date for the raw gates, and for every rule one way to spoil it.

`BREAKERS` maps a rule to a change of the good date's rows that must break it; the agreement test says
which rule has none.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.suites.files import MIN_UNREADABLE_FILES, MIN_UNREADABLE_PIECES
from orchestration.ingest.rows import (
    RAW_TABLES,
    RawDrift,
    RawEvent,
    RawFile,
    RawHarnessText,
    RawHumanAct,
    RawQuarantinedLine,
    RawRecordCount,
    RawRedaction,
    RawResponse,
    RawSession,
    RawSessionAlias,
    RawSetAsideSession,
    RawSideUsage,
    RawToolCall,
    RawTurn,
    RawWrittenLine,
    to_arrow,
)

Rows = dict[str, list[Any]]
Breaker = Callable[[Rows], None]

_SOMEBODY = {
    "user_id": "user_0123456789abcdef",
    "project_id": "project_0123456789abcdef",
    "source": "claude_code",
}
_OWNER = {"session_id": "s1", **_SOMEBODY}


def good_day(day: date) -> Rows:
    """One row per raw table, all in agreement: one file, one session, one turn, one call, one commit."""
    start = datetime.combine(day, time(9))
    end = start + timedelta(minutes=5)
    rows = [_file(start), _quarantined(start), *_counts(), _session(start, end), _turn(start, end)]
    rows += [RawSessionAlias("s1-fork", "s1", "claude_code"), _act(start), _response(start, end)]
    rows += [_side_usage(start), _tool_call(start, end), _event(end), _harness_text(start)]
    rows += [_written_line(start)]
    rows += [RawRedaction("s1", "claude_code", "email", 2), _set_aside()]
    rows += [RawDrift("s1", "claude_code", "origin_kind", "oracle", "2.1.100", "{kind: text}", 3)]
    by_type = {table.row_type: table.name for table in RAW_TABLES}
    day_rows: Rows = {table.name: [] for table in RAW_TABLES}
    for row in rows:
        day_rows[by_type[type(row)]].append(row)
    return day_rows


def stage(rows: Rows, folder: Path) -> dict[str, Path]:
    """The rows as one Parquet file per table that has any; nulls are written wherever they stand."""
    folder.mkdir(parents=True)
    files: dict[str, Path] = {}
    for table in RAW_TABLES:
        if rows[table.name]:
            schema = pa.schema([field.with_nullable(True) for field in table.schema])
            files[table.name] = folder / f"{table.name}.parquet"
            pq.write_table(to_arrow(rows[table.name], schema), files[table.name])
    return files


def _filled(row_type: Any, **values: Any) -> Any:
    """A row in which every column that is not named is zero, false or null, as its type allows."""
    blanks: dict[pa.DataType, Any] = {pa.int64(): 0, pa.float64(): 0.0, pa.bool_(): False}
    schema = next(table.schema for table in RAW_TABLES if table.row_type is row_type)
    return row_type(**{f.name: None if f.nullable else blanks.get(f.type) for f in schema} | values)


def _file(at: datetime) -> RawFile:
    counts = {"line_count": 7, "blank_line_count": 1, "comment_line_count": 1, "object_count": 6}
    extra = {"glued_object_count": 1, "bad_piece_count": 1, "set_aside_object_count": 0}
    row = _filled(RawFile, content_hash="h1", path_id="p1", file_name="s1.jsonl", source="claude_code")
    named = row._replace(parser_version="1", earliest_at=at, latest_at=at, archived_at=at)
    return named._replace(**counts, **extra, byte_count=900)  # type: ignore[no-any-return]


def _quarantined(at: datetime) -> RawQuarantinedLine:
    return RawQuarantinedLine(
        "h1", "p1", "s1.jsonl", "claude_code", 7, 880, 20, "truncated_last_line", False, None, at
    )


def _counts() -> list[RawRecordCount]:
    return [
        RawRecordCount("h1", "claude_code", "s1", "assistant", None, "row", "2.1.100", 5),
        RawRecordCount("h1", "claude_code", None, "summary", None, "counted", None, 1),
        RawRecordCount("h2", "claude_code", "s2", "user", None, "set_aside", "2.1.100", 3),
    ]


def _set_aside() -> RawSetAsideSession:
    return RawSetAsideSession("s2", "claude_code", "rule_broken", "raw_turns.unique", None, None, 1, 3)


def _session(start: datetime, end: datetime) -> Any:
    row = _filled(
        RawSession, **_OWNER, agent="claude_code", surface="interactive", started_at=start, ended_at=end
    )
    return row._replace(record_count=5, file_count=1, branch_count=1, active_seconds=300.0)


def _turn(start: datetime, end: datetime) -> Any:
    row = _filled(RawTurn, **_OWNER, turn_id="t1", opening_act_id="a1", started_at=start, ended_at=end)
    words = {"opened_by": "prompt", "end_reason": "completed", "permission_mode": "default"}
    return row._replace(**words, turn_number=1, wall_seconds=300.0, net_seconds=200.0, tool_call_count=1)


def _act(at: datetime) -> Any:
    row = _filled(RawHumanAct, **_OWNER, act_id="a1", turn_id="t1", act_kind="prompt", acted_at=at)
    return row._replace(text="mend the test", word_count=3, char_count=13, is_typed=True)


def _response(start: datetime, end: datetime) -> Any:
    row = _filled(
        RawResponse,
        **_OWNER,
        response_id="m1",
        message_id="m1",
        turn_id="t1",
        record_id="r1",
        record_origin="record",
    )
    times = row._replace(responded_at=start, ended_at=end)
    return times._replace(line_count=2, text="done", output_tokens=12, is_usage_final=True)


def _tool_call(start: datetime, end: datetime) -> Any:
    row = _filled(
        RawToolCall, **_OWNER, tool_use_id="c1", occurrence=1, turn_id="t1", response_id="m1", record_id="r1"
    )
    named = row._replace(record_origin="record", tool_name="Bash", called_at=start, resulted_at=end)
    return named._replace(
        input_text="git commit",
        result_text="[main 0abc123]",
        has_call=True,
        has_result=True,
        tool_category="shell",
        approval_basis="unknown",
        lines_added=2,
        lines_removed=0,
        lines_known_by="patch",
    )


def _side_usage(at: datetime) -> Any:
    row = _filled(RawSideUsage, **_OWNER, response_id="m1", part_number=2, turn_id="t1", responded_at=at)
    return row._replace(part_kind="advisor_message", model="claude-opus-4-7", output_tokens=5)


def _written_line(at: datetime) -> Any:
    row = _filled(RawWrittenLine, **_OWNER, turn_id="t1", tool_use_id="c1", occurrence=1, written_at=at)
    return row._replace(file_key=11, line_hash=12, line_count=1)


def _harness_text(at: datetime) -> Any:
    row = _filled(RawHarnessText, **_OWNER, harness_text_id="x1", turn_id="t1", record_id="x1", written_at=at)
    return row._replace(text_kind="reminder", text="keep to the plan", byte_count=16)


def _event(at: datetime) -> Any:
    row = _filled(
        RawEvent, **_OWNER, event_id="e1", turn_id="t1", tool_use_id="c1", occurrence=1, occurred_at=at
    )
    return row._replace(event_kind="commit", evidence="command", commit_sha="0abc123")


def change(table: str, **values: Any) -> Breaker:
    """The first row of the table gets these values."""

    def breaker(rows: Rows) -> None:
        rows[table][0] = rows[table][0]._replace(**values)

    return breaker


def repeat(table: str) -> Breaker:
    """The first row of the table is there twice."""

    def breaker(rows: Rows) -> None:
        rows[table].append(rows[table][0])

    return breaker


def _many_bad_pieces(rows: Rows) -> None:
    """More unreadable pieces than a share may have, in several files, all recorded as they should be."""
    count = MIN_UNREADABLE_PIECES
    (line,) = rows["raw_quarantined_lines"]
    hashes = [f"h{number}" for number in range(1, MIN_UNREADABLE_FILES + 1)]
    rows["raw_quarantined_lines"] = [
        line._replace(content_hash=each, line_number=number) for each in hashes for number in range(count)
    ]
    change("raw_files", bad_piece_count=count, line_count=5 + 2 + count)(rows)
    (file,) = rows["raw_files"]
    rows["raw_files"] = [file._replace(content_hash=each) for each in hashes]


def one_file_of_bad_pieces(rows: Rows) -> None:
    """The same in one file alone: nobody else's date waits for it."""
    _many_bad_pieces(rows)
    rows["raw_files"] = rows["raw_files"][:1]
    rows["raw_quarantined_lines"] = [
        line for line in rows["raw_quarantined_lines"] if line.content_hash == "h1"
    ]


def _implausible_times(rows: Rows) -> None:
    change("raw_quarantined_lines", reason="implausible_time", is_object=True)(rows)
    change("raw_files", bad_piece_count=0, set_aside_object_count=1)(rows)


def _is_alias_and_session(rows: Rows) -> None:
    rows["raw_sessions"].append(rows["raw_sessions"][0]._replace(session_id="s1-fork"))


LONG_AGO = datetime.combine(date(2001, 1, 1), time())


_NEGATIVE: Mapping[str, str] = {
    "raw_files": "surrogate_count",
    "raw_quarantined_lines": "byte_count",
    "raw_record_counts": "object_count",
    "raw_sessions": "branch_count",
    "raw_turns": "output_tokens",
    "raw_human_acts": "word_count",
    "raw_harness_texts": "byte_count",
    "raw_responses": "output_tokens",
    "raw_side_usages": "input_tokens",
    "raw_tool_calls": "lines_added",
    "raw_written_lines": "line_hash",
    "raw_events": "tests_failed",
    "raw_redactions": "redaction_count",
    "raw_drift": "occurrence_count",
    "raw_set_aside_sessions": "object_count",
}
_VOCABULARY: Mapping[str, str] = {
    "raw_record_counts": "disposition",
    "raw_drift": "place",
    "raw_sessions": "surface",
    "raw_turns": "opened_by",
    "raw_human_acts": "act_kind",
    "raw_harness_texts": "text_kind",
    "raw_responses": "record_origin",
    "raw_tool_calls": "error_kind",
    "raw_events": "event_kind",
    "raw_set_aside_sessions": "reason",
}
_TEXT: Mapping[str, str] = {
    "raw_human_acts": "text",
    "raw_harness_texts": "text",
    "raw_responses": "text",
    "raw_tool_calls": "result_text",
    "raw_events": "detail",
}
_SESSIONS = ("raw_sessions", "raw_set_aside_sessions")
_OF_A_SESSION = [t.name for t in RAW_TABLES if "session_id" in t.columns and t.name not in _SESSIONS]
_OF_A_TURN = [t.name for t in RAW_TABLES if "turn_id" in t.columns and t.name != "raw_turns"]
_OF_A_USER = [t.name for t in RAW_TABLES if "user_id" in t.columns]
PLANTED_SECRET = "aws " + "AKIA" + "Q7" * 8

BREAKERS: dict[str, Breaker] = {
    **{f"{table.name}.complete": change(table.name, source=None) for table in RAW_TABLES},
    **{f"{table.name}.unique": repeat(table.name) for table in RAW_TABLES},
    **{f"{table}.not_negative": change(table, **{column: -1}) for table, column in _NEGATIVE.items()},
    **{
        f"{table}.vocabulary": change(table, **{column: "other than"})
        for table, column in _VOCABULARY.items()
    },
    **{f"{table}.pseudonyms": change(table, user_id="alex") for table in _OF_A_USER},
    **{f"{table}.session_known": change(table, session_id="elsewhere") for table in _OF_A_SESSION},
    **{f"{table}.turn_known": change(table, turn_id="elsewhere") for table in _OF_A_TURN},
    **{f"{table}.no_secrets": change(table, **{column: PLANTED_SECRET}) for table, column in _TEXT.items()},
    "raw_files.lines_add_up": change("raw_files", line_count=30),
    "raw_files.set_aside_is_recorded": change("raw_files", set_aside_object_count=1),
    "raw_files.times_in_order": change("raw_files", latest_at=LONG_AGO),
    "raw_files.on_archived_date": change("raw_files", archived_at=LONG_AGO),
    "raw_files.is_a_transcript": change("raw_files", object_count=0, glued_object_count=0),
    "raw_files.unreadable_share": _many_bad_pieces,
    "raw_files.implausible_time_share": _implausible_times,
    "raw_quarantined_lines.known_reason": change("raw_quarantined_lines", reason="dislike"),
    "raw_quarantined_lines.on_archived_date": change("raw_quarantined_lines", archived_at=LONG_AGO),
    "raw_quarantined_lines.file_known": change("raw_quarantined_lines", content_hash="elsewhere"),
    "raw_record_counts.unknown_share": change("raw_record_counts", disposition="unknown"),
    "raw_sessions.on_start_date": change("raw_sessions", started_at=LONG_AGO),
    "raw_sessions.times_in_order": change("raw_sessions", ended_at=LONG_AGO),
    "raw_sessions.has_records": change("raw_sessions", file_count=0),
    "raw_sessions.active_within_span": change("raw_sessions", active_seconds=302.0),
    "raw_sessions.is_accounted": change("raw_record_counts", session_id=None),
    "raw_session_aliases.not_a_session": _is_alias_and_session,
    "raw_set_aside_sessions.not_landed": change("raw_set_aside_sessions", session_id="s1"),
    "raw_set_aside_sessions.reason_given": change("raw_set_aside_sessions", rule_ids=None),
    "raw_record_counts.set_aside_known": change("raw_set_aside_sessions", session_id="s3"),
    "raw_turns.times_in_order": change("raw_turns", ended_at=LONG_AGO),
    "raw_turns.opening_act_known": change("raw_turns", opening_act_id="elsewhere"),
    "raw_turns.permission_mode_known": change("raw_turns", permission_mode="trustMe"),
    "raw_turns.parts_within_whole": change("raw_turns", net_seconds=301.0),
    "raw_turns.turn_number_from_one": change("raw_turns", turn_number=0),
    "raw_human_acts.permission_mode_known": change("raw_human_acts", permission_mode="trustMe"),
    "raw_human_acts.queue_outcome_known": change("raw_human_acts", queue_outcome="forgotten"),
    "raw_human_acts.typed_text_counted": change("raw_human_acts", word_count=None),
    "raw_harness_texts.has_text": change("raw_harness_texts", byte_count=0),
    "raw_responses.times_in_order": change("raw_responses", ended_at=LONG_AGO),
    "raw_responses.final_usage_present": change("raw_responses", output_tokens=None),
    "raw_responses.has_lines": change("raw_responses", line_count=0),
    "raw_side_usages.response_known": change("raw_side_usages", response_id="elsewhere"),
    "raw_side_usages.model_known": change("raw_side_usages", model=None),
    "raw_tool_calls.times_in_order": change("raw_tool_calls", resulted_at=LONG_AGO),
    "raw_tool_calls.response_known": change("raw_tool_calls", response_id="elsewhere"),
    "raw_tool_calls.call_or_result": change("raw_tool_calls", has_call=False, has_result=False),
    "raw_tool_calls.error_kind_agrees": change("raw_tool_calls", is_error=True),
    "raw_tool_calls.failed_call_wrote_nothing": change(
        "raw_tool_calls", error_kind="denied_by_user", lines_added=3
    ),
    "raw_tool_calls.approval_says_how_it_is_known": change("raw_tool_calls", approval_wait_seconds=2.0),
    "raw_tool_calls.lines_say_how_they_are_known": change("raw_tool_calls", lines_known_by=None),
    "raw_written_lines.tool_call_known": change("raw_written_lines", tool_use_id="elsewhere"),
    "raw_written_lines.counts_something": change("raw_written_lines", line_count=0),
    "raw_events.tool_call_known": change("raw_events", tool_use_id="elsewhere"),
    "raw_events.commit_sha_is_whole": change("raw_events", commit_sha="[redacted]"),
    "raw_redactions.counts_something": change("raw_redactions", redaction_count=0),
    "raw_drift.counts_something": change("raw_drift", occurrence_count=0),
}
