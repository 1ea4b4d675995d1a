"""Files as they are: glued lines, copies, several ids, odd clocks; every object has a fate (traps 8–10)."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.transcripts import ABSENT, START, Tables, Transcript, parse, stamp, to_lines


def plain(session: str = "s1", **more: Any) -> Transcript:
    written = Transcript(session=session, **more)
    written.prompt("Say hello.")
    written.bash("echo hello", "hello")
    written.says("Hello.")
    return written


def rows_of(tables: Tables) -> dict[str, list[dict[str, Any]]]:
    """The rows of sessions, without what belongs to the files they lay in."""
    by_file = ("raw_files", "raw_quarantined_lines", "raw_record_counts")
    return {name: rows for name, rows in tables.rows.items() if name not in by_file}


def assert_accounted(tables: Tables) -> None:
    assert tables.files
    for objects, fates in tables.accounted().values():
        assert objects == fates


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


def test_resumed_copy_under_the_same_ids_adds_nothing(tmp_path: Path) -> None:
    written = plain()
    copy = [*written.records, {"type": "last-prompt", "sessionId": "s1", "lastPrompt": "Say hello."}]
    tables = parse(tmp_path, written, copy=copy)
    alone = rows_of(parse(tmp_path, written))
    assert tables.one("sessions")["file_count"] == 2
    tables.sessions[0]["file_count"] = 1
    assert rows_of(tables) == alone
    assert_accounted(tables)


def forked(session_of_copies: str) -> tuple[Transcript, Transcript]:
    """A session and its fork: earlier records with the same uuids, and then each goes on by itself."""
    trunk = plain("aaa")
    fork = Transcript(session="bbb", parent=trunk.parent, prefix="fork", at=trunk.at + timedelta(minutes=5))
    fork.records = [{**record, "sessionId": session_of_copies} for record in trunk.records]
    trunk.wait(60).prompt("Go left.")
    trunk.says("Left.")
    fork.prompt("Go right.")
    fork.says("Right.")
    return trunk, fork


@pytest.mark.parametrize("session_of_copies", ["bbb", "aaa"], ids=["rewritten id", "kept id"])
def test_fork_is_one_session_with_two_branches(tmp_path: Path, session_of_copies: str) -> None:
    tables = parse(tmp_path, *forked(session_of_copies))
    (session,) = tables.sessions
    assert (session["session_id"], session["branch_count"], session["file_count"]) == ("aaa", 2, 2)
    assert tables.column("session_aliases", "alias_session_id") == ["bbb"]
    assert sorted(tables.column("human_acts", "text")) == ["Go left.", "Go right.", "Say hello."]
    assert len(tables.responses) == 4
    assert len(tables.tool_calls) == 1
    assert tables.column("turns", "end_reason") == ["completed"] * 3
    assert_accounted(tables)


def test_branches_do_not_stretch_each_others_turns(tmp_path: Path) -> None:
    trunk, fork = forked("bbb")
    trunk.wait(1200).says("Still left.")
    tables = parse(tmp_path, trunk, fork)
    right = tables.one("turns", turn_id="fork-005")
    assert right["wall_seconds"] == 1.0
    assert right["response_count"] == 1


def test_file_with_two_session_ids_is_one_session_with_an_alias(tmp_path: Path) -> None:
    first = plain("aaa")
    second = Transcript(session="bbb", parent=first.parent, prefix="later", at=first.at)
    second.records = first.records
    second.prompt("Go on.")
    second.says("Going on.")
    tables = parse(tmp_path, second)
    assert tables.one("sessions")["session_id"] == "aaa"
    assert tables.one("session_aliases")["alias_session_id"] == "bbb"
    assert len(tables.turns) == 2


def test_unconnected_sessions_in_one_file_stay_apart(tmp_path: Path) -> None:
    both = [*plain("aaa").records, *plain("bbb").records]
    tables = parse(tmp_path, mixed=both)
    assert sorted(tables.column("sessions", "session_id")) == ["aaa", "bbb"]
    assert tables.session_aliases == []
    assert_accounted(tables)


def test_checkpoint_slices_and_prefixes_add_up_to_the_session(tmp_path: Path) -> None:
    written = plain()
    written.prompt("More.")
    written.bash("ls", "x")
    written.says("There.")
    cut = {
        "prefix": to_lines(written.records[:3]),
        "slice": to_lines(written.records[2:6]),
        "tail": to_lines(written.records[4:]),
    }
    tables, whole = parse(tmp_path, **cut), parse(tmp_path, written)
    assert tables.one("sessions")["branch_count"] == 1
    for name in ("turns", "human_acts", "responses", "tool_calls", "events"):
        assert tables.rows[f"raw_{name}"] == whole.rows[f"raw_{name}"]
    assert_accounted(tables)


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


def test_same_corpus_twice_and_doubled_gives_the_same_rows(tmp_path: Path) -> None:
    trunk, fork = forked("bbb")
    once = parse(tmp_path, trunk, fork)
    doubled = parse(tmp_path, trunk, fork, **{"again/aaa": trunk, "again/bbb": fork})
    assert rows_of(once) == rows_of(doubled)


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


def test_same_words_queued_in_two_sessions_at_once_are_two_acts(tmp_path: Path) -> None:
    both = []
    for session in ("aaa", "bbb"):
        written = Transcript(session=session)
        written.prompt()
        call = written.calls()
        written.queue("enqueue", "use tabs")
        written.queue("remove")
        written.result(call)
        written.says()
        both.append(written)
    tables = parse(tmp_path, *both)
    acts = tables.all("human_acts", act_kind="steering")
    assert len({row["act_id"] for row in acts}) == len(acts) == 2


@pytest.mark.parametrize("cut", [5, 6])
def test_checkpoints_of_a_fork_do_not_tear_its_branch_apart(tmp_path: Path, cut: int) -> None:
    trunk, fork = forked("bbb")
    checkpoints = {f"checkpoint-{n}": to_lines(fork.records[:n]) for n in (2, cut)}
    checkpoints["slice"] = to_lines(fork.records[4:cut])
    tables, alone = parse(tmp_path, trunk, fork, **checkpoints), parse(tmp_path, trunk, fork)
    assert tables.one("sessions")["branch_count"] == 2
    assert tables.turns == alone.turns
    assert_accounted(tables)


def test_fork_of_a_fork_has_three_branches(tmp_path: Path) -> None:
    trunk, fork = forked("bbb")
    third = Transcript(session="ccc", parent=fork.parent, prefix="third", at=fork.at + timedelta(minutes=5))
    third.records = [{**record, "sessionId": "ccc"} for record in fork.records]
    fork.wait(900).prompt("Further right.")
    fork.says("Further.")
    third.prompt("Back.")
    third.says("Back it is.")
    tables = parse(tmp_path, trunk, fork, third)
    assert tables.one("sessions")["branch_count"] == 3
    assert sorted(tables.column("session_aliases", "alias_session_id")) == ["bbb", "ccc"]
    assert tables.column("turns", "end_reason") == ["completed"] * 5
    assert tables.column("turns", "response_count") == [2, 1, 1, 1, 1]
