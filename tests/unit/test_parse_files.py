"""Files as they are: glued lines, odd clocks, missing keys; every object has a fate (traps 9 and 10)."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.parsed import assert_accounted, parse, rows_of
from tests.transcripts import ABSENT, START, Transcript, plain, stamp


def test_glued_objects_are_taken_apart_and_none_is_lost(tmp_path: Path) -> None:
    written = plain()
    snapshot = {
        "type": "file-history-snapshot",
        "messageId": "s1-001",
        "snapshot": {},
        "isSnapshotUpdate": False,
    }
    lines = written.lines.splitlines()
    glued = b"\n".join([lines[0], lines[1] + json.dumps(snapshot).encode() + lines[2], lines[3]]) + b"\n"
    tables = parse(tmp_path, s1=glued)
    (file,) = tables.files
    assert (file["object_count"], file["glued_object_count"], file["bad_piece_count"]) == (5, 2, 0)
    assert rows_of(tables) == rows_of(parse(tmp_path, written))
    assert_accounted(tables)


def test_last_line_without_newline_is_read(tmp_path: Path) -> None:
    written = plain()
    tables = parse(tmp_path, s1=written.lines.rstrip(b"\n"))
    assert tables.one("files")["has_final_newline"] is False
    assert rows_of(tables) == rows_of(parse(tmp_path, written))


def test_comment_and_blank_lines_are_counted_apart(tmp_path: Path) -> None:
    written = plain()
    tables = parse(tmp_path, s1=b"// a curated fixture\n\n" + written.lines + b"\n")
    (file,) = tables.files
    counted = (file["line_count"], file["comment_line_count"], file["blank_line_count"], file["object_count"])
    assert counted == (7, 1, 2, 4)
    assert rows_of(tables) == rows_of(parse(tmp_path, written))


def test_truncated_last_line_is_quarantined_and_the_rest_kept(tmp_path: Path) -> None:
    written = plain()
    tables = parse(tmp_path, s1=written.lines[:-40])
    (line,) = tables.quarantined_lines
    assert (line["reason"], line["line_number"], line["is_object"]) == ("truncated_last_line", 4, False)
    assert len(tables.tool_calls) == 1
    assert_accounted(tables)


def test_lone_surrogate_is_replaced_and_counted(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt("PLACE and more")
    written.says()
    tables = parse(tmp_path, s1=written.lines.replace(b"PLACE", b"\\ud83d"))
    assert tables.one("files")["surrogate_count"] == 1
    assert tables.one("human_acts")["text"] == "\ufffd and more"


def test_full_emoji_as_escapes_is_kept(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt("PLACE and more")
    tables = parse(tmp_path, s1=written.lines.replace(b"PLACE", b"\\ud83d\\ude00"))
    assert tables.one("human_acts")["text"] == "\U0001f600 and more"
    assert tables.one("files")["surrogate_count"] == 0


def test_lines_of_a_file_in_any_order_give_the_same_session(tmp_path: Path) -> None:
    written = plain()
    whole = rows_of(parse(tmp_path, written))
    written.records.reverse()
    tables = parse(tmp_path, written)
    assert tables.one("sessions")["has_late_records"] is True
    tables.sessions[0]["has_late_records"] = False
    assert rows_of(tables) == whole


def test_late_line_of_a_response_belongs_where_the_response_is(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.says("First half.", message_id="msg_a", stop=None)
    written.says("Second half.", message_id="msg_a")
    written.wait(30).prompt("Next.")
    written.says("Next answer.")
    late = written.records[2]
    late["timestamp"] = stamp(START + timedelta(seconds=32.5))
    tables = parse(tmp_path, written)
    assert tables.column("turns", "response_count") == [1, 1]
    assert tables.one("responses", message_id="msg_a")["turn_id"] == tables.turns[0]["turn_id"]


def test_summary_only_file_is_accounted_for_without_a_session(tmp_path: Path) -> None:
    summary = [{"type": "summary", "summary": "A title", "leafUuid": "elsewhere"}]
    tables = parse(tmp_path, summary=summary)
    assert tables.sessions == []
    (count,) = tables.record_counts
    assert (count["session_id"], count["record_type"], count["disposition"]) == (None, "summary", "counted")
    assert_accounted(tables)


@pytest.mark.parametrize(
    "record",
    [
        {"type": "hologram", "sessionId": "s1", "timestamp": stamp(START), "uuid": "x1"},
        {"type": "hologram"},
        {
            "type": "system",
            "subtype": "telepathy",
            "sessionId": "s1",
            "timestamp": stamp(START),
            "uuid": "x1",
        },
        {"type": "system", "sessionId": "s1", "timestamp": stamp(START), "uuid": "x1"},
    ],
)
def test_unknown_record_is_counted_drift(tmp_path: Path, record: dict[str, Any]) -> None:
    written = plain()
    written.records.insert(2, record)
    tables = parse(tmp_path, written)
    (drift,) = tables.all("record_counts", disposition="unknown")
    assert (drift["record_type"], drift["object_count"]) == (record["type"], 1)
    assert len(tables.responses) == 2
    assert_accounted(tables)


@pytest.mark.parametrize("kind", ["hologram", "progress", "file-history-delta"])
def test_session_of_records_that_make_no_rows_is_accounted_for(tmp_path: Path, kind: str) -> None:
    written = Transcript()
    written.timed(kind, data={"type": "hook_progress"})
    written.raw({"type": "permission-mode", "permissionMode": "plan", "sessionId": "s1"})
    tables = parse(tmp_path, written)
    assert tables.one("sessions")["started_at"] == tables.one("sessions")["ended_at"]
    assert_accounted(tables)


def test_session_starts_with_its_earliest_record_of_any_type(tmp_path: Path) -> None:
    written = Transcript(at=START.replace(hour=23, minute=59, second=58))
    written.timed("progress", data={"type": "hook_progress", "hookEvent": "SessionStart"})
    written.wait(30).prompt("Past midnight.")
    written.says()
    tables = parse(tmp_path, written)
    assert tables.one("sessions")["started_at"].isoformat() == "2026-06-01T23:59:59"


@pytest.mark.parametrize("at", ["2031-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z"])
def test_record_of_an_implausible_clock_is_set_aside(tmp_path: Path, at: str) -> None:
    written = plain()
    written.prompt("Out of time.", timestamp=at)
    tables = parse(tmp_path, written)
    (line,) = tables.quarantined_lines
    assert (line["reason"], line["is_object"], line["record_type"]) == ("implausible_time", True, "user")
    assert tables.one("files")["set_aside_object_count"] == 1
    assert tables.column("human_acts", "text") == ["Say hello."]
    assert_accounted(tables)


@pytest.mark.parametrize("at", [ABSENT, None, 7, "", "yesterday", "2026-13-45T00:00:00Z"])
def test_record_without_a_readable_time_is_set_aside(tmp_path: Path, at: Any) -> None:
    written = plain()
    written.prompt("When?", timestamp=at)
    tables = parse(tmp_path, written)
    assert tables.one("quarantined_lines")["reason"] == "malformed_record"
    assert_accounted(tables)


def test_local_time_with_an_offset_is_turned_into_utc(tmp_path: Path) -> None:
    written = plain()
    written.prompt("Elsewhere.", timestamp="2026-06-01T12:30:00.000+02:00")
    at = parse(tmp_path, written).one("human_acts", text="Elsewhere.")["acted_at"]
    assert at.isoformat() == "2026-06-01T10:30:00"


@pytest.mark.parametrize("uuid", [ABSENT, None, 7, ""])
def test_records_without_a_uuid_are_all_kept(tmp_path: Path, uuid: Any) -> None:
    written = Transcript()
    written.prompt("One.", uuid=uuid)
    written.says("First.", uuid=uuid)
    written.prompt("Two.", uuid=uuid)
    written.says("Second.", uuid=uuid)
    copy = [*written.records, {"type": "mode", "mode": "normal", "sessionId": "s1"}]
    tables = parse(tmp_path, written, copy=copy)
    assert tables.column("human_acts", "text") == ["One.", "Two."]
    assert tables.column("responses", "text") == ["First.", "Second."]
    assert len(set(tables.column("turns", "turn_id"))) == 2
    assert_accounted(tables)


@pytest.mark.parametrize("session", [ABSENT, None, 7, ""])
def test_record_without_a_session_is_set_aside(tmp_path: Path, session: Any) -> None:
    written = plain()
    written.prompt("Whose?", sessionId=session)
    tables = parse(tmp_path, written)
    assert tables.one("quarantined_lines")["reason"] == "malformed_record"
    assert_accounted(tables)


@pytest.mark.parametrize(
    "record", [b"[1]", b"7", b'"x"', b"null", b"{}", b'{"type": 3}', b'{"type": "user"}']
)
def test_value_that_is_no_record_is_set_aside(tmp_path: Path, record: bytes) -> None:
    tables = parse(tmp_path, s1=record + b"\n" + plain().lines)
    assert len(tables.quarantined_lines) == 1
    assert len(tables.responses) == 2
    assert_accounted(tables)


def test_titles_and_snapshots_are_counted_by_type_and_make_no_rows(tmp_path: Path) -> None:
    written = plain()
    for record in (
        {"type": "ai-title", "aiTitle": "Greeting", "sessionId": "s1"},
        {"type": "custom-title", "customTitle": "greeting", "sessionId": "s1"},
        {"type": "agent-name", "agentName": "greeting", "sessionId": "s1"},
        {"type": "mode", "mode": "normal", "sessionId": "s1"},
        {"type": "bridge-session", "sessionId": "s1", "bridgeSessionId": "cse_1", "lastSequenceNum": 0},
        {"type": "file-history-snapshot", "messageId": "s1-001", "snapshot": {}, "isSnapshotUpdate": False},
        {"type": "summary", "summary": "A title", "leafUuid": "elsewhere"},
    ):
        written.raw(record)
    tables = parse(tmp_path, written)
    assert sum(tables.column("record_counts", "object_count", disposition="counted")) == 7
    assert tables.all("record_counts", disposition="unknown") == []
    assert_accounted(tables)
