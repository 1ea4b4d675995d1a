"""Approvals and waits: measured by OpenTelemetry, inferred from the transcript, or unknown; never mixed."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestration.ingest.archive.archive import Archive
from orchestration.ingest.sources.claude_code.telemetry import decisions_in
from tests.otlp import event, request, span
from tests.parsed import NOW, Tables, context, discover, parse, parse_archive, write_files
from tests.transcripts import FEEDBACK, START, STOPPED, Transcript

Known = tuple[str | None, str, str | None, float | None]


def approval(row: dict[str, Any]) -> Known:
    return row["approval"], row["approval_basis"], row["approved_by"], row["approval_wait_seconds"]


def session(*waits: float, mode: str = "default", name: str = "Bash") -> Transcript:
    """A turn of calls, each with a wait before its result; call `n` is `call-n`."""
    written = Transcript(mode=mode)
    written.prompt()
    for number, seconds in enumerate(waits):
        call = written.calls(name, {"command": "make"}, call_id=f"call-{number}")
        written.wait(seconds).result(call)
    written.says()
    return written


def with_telemetry(tmp_path: Path, written: Transcript, *lines: bytes) -> Tables:
    """What a run lands where these lines lie in the folder of telemetry."""
    folder = write_files(tmp_path / "p", {"s1.jsonl": written})
    (tmp_path / "otel").mkdir()
    (tmp_path / "otel" / "claude.json").write_bytes(b"".join(lines))
    with Archive.open(tmp_path / "archive", start_date=context().start_date) as archive:
        archive.store(discover([str(folder)]), now=NOW)
        archive.take_telemetry([str(tmp_path / "otel")])
        return parse_archive(archive)


def decision(
    seconds: float, call: str, decision: str = "accept", source: str = "config", **more: Any
) -> bytes:
    values = {
        "session_id": "s1",
        "tool_name": "Bash",
        "tool_use_id": call,
        "decision": decision,
        "source": source,
    }
    return request("Logs", [event("tool_decision", START + timedelta(seconds=seconds), **{**values, **more})])


def blocked(start: float, end: float, *, of: str = "", **values: Any) -> dict[str, Any]:
    begin, stop = START + timedelta(seconds=start), START + timedelta(seconds=end)
    name = "tool.blocked_on_user"
    return span(name, begin, stop, span_id=f"blocked-{start}", parent=of, **{"session_id": "s1", **values})


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("accept", "config"),
        ("accept", "hook"),
        ("accept", "user_temporary"),
        ("accept", "user_permanent"),
        ("reject", "user_reject"),
        ("reject", "user_abort"),
    ],
)
def test_event_measures_who_decided(tmp_path: Path, said: str, source: str) -> None:
    tables = with_telemetry(tmp_path, session(5), decision(2.5, "call-0", said, source))
    assert approval(tables.one("tool_calls")) == (said, "measured", source, None)


def test_span_measures_the_wait_and_names_the_call(tmp_path: Path) -> None:
    line = request(
        "Spans",
        [
            blocked(
                2, 32, tool_use_id="call-0", decision="accept", source="user_temporary", duration_ms=29_500
            )
        ],
    )
    tables = with_telemetry(tmp_path, session(60), line)
    assert approval(tables.one("tool_calls")) == ("accept", "measured", "user_temporary", 29.5)


def test_span_may_name_its_call_by_the_span_above_it_in_a_later_line(tmp_path: Path) -> None:
    child = request("Spans", [blocked(2, 32, of="tool-1", decision="reject", source="user_reject")])
    begin, end = START, START + timedelta(seconds=40)
    above = span(
        "tool", begin, end, span_id="tool-1", tool_use_id="call-0", tool_name="Bash", session_id="s1"
    )
    tables = with_telemetry(tmp_path, session(60), child, request("Spans", [above]))
    assert approval(tables.one("tool_calls")) == ("reject", "measured", "user_reject", 30.0)


def test_event_and_span_of_one_decision_are_one(tmp_path: Path) -> None:
    tables = with_telemetry(
        tmp_path,
        session(60),
        request("Spans", [blocked(2, 32, tool_use_id="call-0", decision="accept")]),
        decision(32.2, "call-0", source="user_permanent"),
    )
    assert approval(tables.one("tool_calls")) == ("accept", "measured", "user_permanent", 30.0)


def test_session_id_may_stand_on_the_resource(tmp_path: Path) -> None:
    record = event("tool_decision", START, tool_use_id="call-0", decision="accept", source="hook")
    line = request("Logs", [record], **{"session.id": "s1"})
    assert approval(with_telemetry(tmp_path, session(5), line).one("tool_calls"))[2] == "hook"


def test_each_call_has_its_own_decision_and_the_others_stay_unknown(tmp_path: Path) -> None:
    tables = with_telemetry(
        tmp_path, session(5, 5, 5), decision(2, "call-0"), decision(9, "call-2", "accept", "hook")
    )
    assert [approval(row)[1:3] for row in tables.tool_calls] == [
        ("measured", "config"),
        ("unknown", None),
        ("measured", "hook"),
    ]


def test_decision_of_another_session_with_the_same_id_is_not_this_ones(tmp_path: Path) -> None:
    tables = with_telemetry(tmp_path, session(5), decision(2, "call-0", session_id="elsewhere"))
    assert approval(tables.one("tool_calls")) == (None, "unknown", None, None)


def test_of_several_decisions_under_one_id_the_one_while_the_call_was_out_counts(tmp_path: Path) -> None:
    tables = with_telemetry(
        tmp_path,
        session(30),
        decision(20, "call-0", "accept", "user_temporary"),
        decision(500, "call-0", "reject", "user_reject"),
    )
    assert approval(tables.one("tool_calls"))[2] == "user_temporary"


def test_wait_that_was_measured_is_no_work_even_before_a_tool_that_can_run_long(tmp_path: Path) -> None:
    silent = parse(tmp_path / "1", session(500)).one("turns")
    told = with_telemetry(tmp_path / "2", session(500), decision(400, "call-0", source="user_temporary"))
    assert (silent["wall_seconds"], silent["net_seconds"]) == (502, 502)
    # The call is at 2 s, the decision at 400 s, the result at 502 s.
    assert (told.one("turns")["wall_seconds"], told.one("turns")["net_seconds"]) == (502, 104)


def test_decision_stamped_after_the_result_says_nothing_of_the_wait(tmp_path: Path) -> None:
    told = with_telemetry(tmp_path, session(500), decision(5_000, "call-0"))
    assert told.one("turns")["net_seconds"] == 502


@pytest.mark.parametrize(
    ("text", "by"),
    [
        (STOPPED, "user"),
        (FEEDBACK + "use make", "user"),
        ("Permission to use Bash with command make has been denied.", "rule"),
    ],
)
def test_refusal_in_the_transcript_is_inferred(tmp_path: Path, text: str, by: str) -> None:
    written = Transcript()
    written.prompt()
    written.result(written.calls(), text, is_error=True)
    assert approval(parse(tmp_path, written).one("tool_calls")) == ("reject", "inferred", by, None)


@pytest.mark.parametrize(
    ("mode", "known"),
    [
        ("bypassPermissions", ("accept", "inferred", "permission_mode", None)),
        ("default", (None, "unknown", None, None)),
        ("acceptEdits", (None, "unknown", None, None)),
        ("plan", (None, "unknown", None, None)),
    ],
)
def test_only_a_mode_in_which_nobody_is_asked_says_that_a_call_was_let_run(
    tmp_path: Path, mode: str, known: Known
) -> None:
    assert approval(parse(tmp_path, session(5, mode=mode)).one("tool_calls")) == known


def test_call_that_never_came_back_is_unknown_in_every_mode(tmp_path: Path) -> None:
    written = Transcript(mode="bypassPermissions")
    written.prompt()
    written.calls()
    assert approval(parse(tmp_path, written).one("tool_calls")) == (None, "unknown", None, None)


def test_measured_outranks_inferred(tmp_path: Path) -> None:
    tables = with_telemetry(
        tmp_path, session(5, mode="bypassPermissions"), decision(2, "call-0", "accept", "config")
    )
    assert approval(tables.one("tool_calls"))[1:3] == ("measured", "config")


@pytest.mark.parametrize(
    "values",
    [
        {"decision": "perhaps"},
        {"decision": ""},
        {"tool_use_id": ""},
        {"session_id": ""},
        {"tool_use_id": 7},
    ],
)
def test_decision_that_names_no_call_or_no_verdict_is_counted_and_left_out(values: dict[str, Any]) -> None:
    found = decisions_in([decision(2, "call-0", **values)])
    assert (found.measurements, found.unusable_count) == ([], 1)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"not json\n",
        b"[1, 2]\n",
        b'{"resourceLogs": 3}\n',
        b'{"resourceLogs": [{"scopeLogs": [{"logRecords": [null, {"attributes": "x"}]}]}]}\n',
        b'{"resourceSpans": [{"resource": 1, "scopeSpans": [{"spans": [{"name": 3}]}]}]}\n',
        request("Logs", [event("user_prompt", START, session_id="s1", prompt="hello")]),
        request("Logs", [event("tool_result", START, session_id="s1", tool_use_id="call-0", success="true")]),
    ],
)
def test_file_of_any_shape_without_decisions_has_none(content: bytes) -> None:
    found = decisions_in([content])
    assert (found.measurements, found.unusable_count) == ([], 0)


def test_telemetry_comes_once_however_often_and_in_how_many_files_it_is_read(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "p", {"s1.jsonl": session(5, 5)})
    otel = tmp_path / "otel"
    (otel / "deep").mkdir(parents=True)
    lines = decision(2, "call-0") + decision(8, "call-1")
    (otel / "a.json").write_bytes(decision(2, "call-0"))
    with Archive.open(tmp_path / "archive", start_date=context().start_date) as archive:
        archive.store(discover([str(folder)]), now=NOW)
        first = archive.take_telemetry([str(otel)])
        assert (first.file_count, first.decision_count) == (1, 1)
        assert archive.take_telemetry([str(otel)]).file_count == 0
        (otel / "a.json").write_bytes(lines)
        (otel / "deep" / "b.jsonl").write_bytes(lines)
        before = parse_archive(archive).tool_calls
        archive.take_telemetry([str(otel / "*.json"), str(otel / "deep")])
        after = parse_archive(archive).tool_calls
        for file in otel.rglob("*.json*"):
            file.unlink()
        archive.take_telemetry([str(otel)])
        assert parse_archive(archive).tool_calls == after
    assert [row["approval_basis"] for row in before] == ["measured", "unknown"]
    assert Counter(row["approval_basis"] for row in after) == {"measured": 2}


def test_new_decision_makes_only_its_date_dirty(tmp_path: Path) -> None:
    other = Transcript(session="s2", at=START + timedelta(days=3))
    other.prompt()
    other.says()
    folder = write_files(tmp_path / "p", {"s1.jsonl": session(5), "s2.jsonl": other})
    (tmp_path / "t.json").write_bytes(decision(2, "call-0"))
    with Archive.open(tmp_path / "archive", start_date=context().start_date) as archive:
        archive.store(discover([str(folder)]), now=NOW)
        days = archive.dates()
        before = [archive.day_fingerprint(day, salt="") for day in days]
        archive.take_telemetry([str(tmp_path / "t.json")])
        after = [archive.day_fingerprint(day, salt="") for day in days]
    assert [one != two for one, two in zip(before, after, strict=True)] == [
        day == START.date() for day in days
    ]


def test_place_without_telemetry_is_reported(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "archive", start_date=context().start_date) as archive:
        report = archive.take_telemetry([str(tmp_path / "none"), str(tmp_path / "*.nothing")])
    assert [reason for _, reason in report.unreadable] == [
        "no such file or folder; check the setting `telemetry`"
    ] * 2


def test_decisions_of_a_removed_session_leave_the_archive(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "p", {"s1.jsonl": session(5)})
    (tmp_path / "t.json").write_bytes(decision(2, "call-0"))
    with Archive.open(tmp_path / "archive", start_date=context().start_date) as archive:
        archive.store(discover([str(folder)]), now=NOW)
        archive.take_telemetry([str(tmp_path / "t.json")])
        archive.remove(archive.removal_of([1]))
    assert b"call-0" not in (tmp_path / "archive" / "index.sqlite").read_bytes()


class _Deleted:
    """Everybody's session `s1` was deleted; no file says whose it is."""

    def path_key(self, path: Path) -> str:
        return str(path)

    def is_named_by(self, file: Any) -> bool:  # noqa: ARG002 - the protocol's
        return False

    def is_in(self, file: Any, content: bytes) -> bool:  # noqa: ARG002
        return False

    def has_session(self, stamp: str) -> bool:
        return stamp == "s1"


def test_telemetry_does_not_bring_a_deleted_session_back(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_bytes(decision(2, "call-0") + decision(2, "call-0", session_id="s2"))
    start = context().start_date
    with Archive.open(tmp_path / "archive", start_date=start, deleted=_Deleted()) as archive:
        assert archive.take_telemetry([str(tmp_path / "t.json")]).decision_count == 1
