"""One look at a file version: what is counted, set aside and assigned, on every kind of bad input."""

from datetime import UTC, date, datetime

import pytest

from orchestration.ingest.scanned_file import LooseCount, ScannedFile, plausible_times
from orchestration.ingest.sources.claude_code.records import time_of
from orchestration.ingest.sources.claude_code.scan import assign_stamps, scan_file, set_aside_reason
from tests.fakes.claude_lines import lines, record

EARLIEST, LATEST = plausible_times(date(2025, 2, 24), datetime(2026, 3, 1, tzinfo=UTC))
GOOD = record("u1", "s1", "2026-02-01T10:00:00.000Z")


def scan(content: bytes) -> ScannedFile:
    return scan_file(content, earliest=EARLIEST, latest=LATEST)


def bad_reasons(content: bytes) -> list[tuple[int, str]]:
    return [(piece.line_number, piece.reason) for piece in scan(content).bad_pieces]


@pytest.mark.parametrize(
    ("content", "objects", "bad"),
    [
        (b"", 0, []),
        (b"\n\n  \n", 0, []),
        (b"\x00\x01\x02 ELF\n", 0, [(1, "binary")]),
        (lines(GOOD)[:-20], 0, [(1, "truncated_last_line")]),
        (lines(GOOD)[:-1], 1, []),
        (b"\xef\xbb\xbf" + lines(GOOD), 1, []),
        (lines(GOOD).replace(b"\n", b"\r\n"), 1, []),
        (b'{"type":"user","x":"\xff\xfe"}\n' + lines(GOOD), 1, [(1, "not_utf8")]),
        (b"// a comment\n" + lines(GOOD), 1, []),
        (lines(GOOD)[:-1] + lines({"type": "file-history-snapshot"}), 2, []),
        (b"[1]\n" + lines(GOOD), 1, [(1, "not_an_object")]),
        (b"not json\n" + lines(GOOD), 1, [(1, "not_json")]),
        (b'{"type":"user","x":"' + b"y" * 5_000_000 + b'"}\n' + lines(GOOD), 2, [(1, "malformed_record")]),
    ],
    ids=str,
)
def test_bad_input_is_set_aside_and_nothing_else_is_lost(
    content: bytes, objects: int, bad: list[tuple[int, str]]
) -> None:
    assert bad_reasons(content) == bad
    assert scan(content).counts.objects == objects


@pytest.mark.parametrize(
    "change",
    [
        {"type": None},
        {"type": 7},
        {"type": ""},
        {"timestamp": None},
        {"timestamp": "yesterday"},
        {"timestamp": "0001-01-01T00:00:00+10:00"},
        {"sessionId": None},
        {"sessionId": 5},
        {"message": "text"},
        {"message": None},
    ],
)
def test_known_type_of_unreadable_shape_is_malformed(change: dict[str, object]) -> None:
    changed = GOOD | change
    assert set_aside_reason(changed, time_of(changed), earliest=EARLIEST, latest=LATEST) == "malformed_record"


@pytest.mark.parametrize("kind", ["system", "attachment", "progress"])
def test_other_timed_types_need_no_message(kind: str) -> None:
    other = {key: value for key, value in GOOD.items() if key != "message"} | {"type": kind}
    assert set_aside_reason(other, time_of(other), earliest=EARLIEST, latest=LATEST) is None


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ("2025-02-23T23:59:59.999Z", "implausible_time"),
        ("2025-02-24T00:00:00.000Z", None),
        ("2026-03-02T00:00:00.000Z", None),
        ("2026-03-02T00:00:00.001Z", "implausible_time"),
        ("1970-01-01T00:00:00.000Z", "implausible_time"),
        ("2026-03-02T03:00:00+05:00", None),
    ],
)
def test_time_outside_the_plausible_is_set_aside(at: str, reason: str | None) -> None:
    moved = GOOD | {"timestamp": at}
    assert set_aside_reason(moved, time_of(moved), earliest=EARLIEST, latest=LATEST) == reason


def test_types_without_a_time_of_their_own_are_read() -> None:
    for stray in ({"type": "summary", "leafUuid": "x"}, {"type": "mode", "sessionId": "s1"}, {"type": "new"}):
        assert set_aside_reason(stray, time_of(stray), earliest=EARLIEST, latest=LATEST) is None


def test_unstamped_record_belongs_to_the_nearest_earlier_stamp_else_the_first() -> None:
    stray = {"type": "file-history-snapshot"}
    other = record("u2", "s2", "2026-02-01T11:00:00.000Z")
    assert assign_stamps([stray, GOOD, stray, other, stray]) == ["s1", "s1", "s1", "s2", "s2"]
    assert assign_stamps([stray, stray]) == [None, None]
    assert assign_stamps([]) == []


def test_file_of_one_summary_belongs_to_no_session() -> None:
    scanned = scan(lines({"type": "summary", "summary": "title", "leafUuid": "u9"}))
    assert scanned.loose_counts == (LooseCount(None, "summary", None, "counted", None, 1),)
    assert dict(scanned.earliest) == {}
    assert len(scanned.keys.leaves) == 1


def test_session_without_any_time_is_loose_and_unknown_types_are_drift() -> None:
    scanned = scan(lines({"type": "mode", "sessionId": "s1"}, {"type": "brand-new", "version": "9.9.9"}))
    assert scanned.loose_counts == (
        LooseCount("s1", "brand-new", None, "unknown", "9.9.9", 1),
        LooseCount("s1", "mode", None, "counted", None, 1),
    )
    assert dict(scanned.earliest) == {"s1": None}


def test_earliest_time_ignores_what_is_set_aside_and_file_order() -> None:
    content = lines(
        GOOD,
        record("u2", "s1", "2026-01-31T23:59:59.000Z"),
        record("u3", "s1", "1999-01-01T00:00:00.000Z"),
    )
    scanned = scan(content)
    assert dict(scanned.earliest) == {"s1": datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)}
    assert (scanned.set_aside_count, scanned.counts.objects) == (1, 3)
    assert scanned.bad_pieces[0].record_type == "user"


def test_parent_in_the_same_file_and_session_connects_nothing() -> None:
    child = record("u2", "s1", "2026-02-01T10:00:01.000Z", parentUuid="u1")
    assert scan(lines(GOOD, child)).keys.parents == frozenset()
    assert len(scan(lines(child)).keys.parents) == 1


def test_file_is_a_sidechain_only_if_all_its_records_are() -> None:
    side = record("u2", "s1", "2026-02-01T10:00:01.000Z", isSidechain=True)
    assert scan(lines(side)).is_sidechain
    assert not scan(lines(GOOD, side)).is_sidechain
    assert not scan(b"").is_sidechain
