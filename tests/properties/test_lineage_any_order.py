"""The sessions are a function of what is archived: order, splits and repetition do not matter."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.ingest.archive.archive import Archive
from orchestration.ingest.archive.days import DayInput
from orchestration.ingest.sources.claude_code.scan import scan_file
from orchestration.ingest.sources.discovery import Discovery
from tests.fakes.claude_lines import lines, response
from tests.parsed import discover

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FIRST_TIME = datetime(2026, 1, 1, tzinfo=UTC)

RECORDS = st.builds(
    lambda uuid, session, hours, message, parent: response(
        f"u{uuid}",
        f"s{session}",
        (FIRST_TIME + timedelta(hours=hours)).isoformat(),
        message_id=f"m{message}",
        parentUuid=None if parent is None else f"u{parent}",
    ),
    uuid=st.integers(0, 15),
    session=st.integers(0, 6),
    hours=st.integers(0, 5),
    message=st.integers(0, 3),
    parent=st.none() | st.integers(0, 15),
)
STRAYS = st.sampled_from(
    [{"type": "summary", "leafUuid": "u1"}, {"type": "mode", "sessionId": "s6"}, {"type": "brand-new"}]
)
FILES = st.lists(st.lists(RECORDS | STRAYS, max_size=5), min_size=1, max_size=7)
SEARCH = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def write_files(root: Path, files: list[list[dict[str, Any]]]) -> None:
    for number, records in enumerate(files):
        (root / f"{number}.jsonl").write_bytes(lines(*records))


def store_in(archive_dir: Path, *parts: Discovery) -> tuple[list[DayInput], list[str]]:
    """The days and fingerprints of an archive that got the parts one after the other."""
    with Archive.open(archive_dir, start_date=date(2025, 2, 24)) as archive:
        for part in parts:
            archive.store(part, now=NOW)
        days = archive.dates()
        return [archive.day(day) for day in days], [archive.day_fingerprint(day, salt="") for day in days]


def is_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two records are copies of one: the id alone may be anybody's."""
    return bool(one["uuid"] == other["uuid"] and one["timestamp"] == other["timestamp"])


def is_contested(uuid: str, stamped: list[dict[str, Any]]) -> bool:
    borne = [each for each in stamped if each["uuid"] == uuid]
    return any(
        one["sessionId"] != other["sessionId"] and not is_same(one, other) for one in borne for other in borne
    )


def parents_of(
    record: dict[str, Any], own: list[dict[str, Any]], stamped: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The records that a record's parent can only be: those of its file, else of all files."""
    here = [each for each in own if each["uuid"] == record["parentUuid"]]
    if any(each["sessionId"] == record["sessionId"] for each in here):
        return []
    if here or is_contested(record["parentUuid"], stamped):
        return here
    return [each for each in stamped if each["uuid"] == record["parentUuid"]]


def expected_sessions(files: list[list[dict[str, Any]]]) -> set[tuple[str, frozenset[str]]]:
    """Sessions by brute force: merge stamps until nothing connects any more."""
    by_file = [[each for each in records if "uuid" in each] for records in files]
    stamped = [each for own in by_file for each in own]
    groups = [{each["sessionId"]} for each in stamped]
    links = [
        {one["sessionId"], other["sessionId"]} for one in stamped for other in stamped if is_same(one, other)
    ]
    links += [
        {child["sessionId"], parent["sessionId"]}
        for own in by_file
        for child in own
        for parent in parents_of(child, own, stamped)
    ]
    for link in links:
        joined = set().union(*(group for group in groups if group & link))
        groups = [group for group in groups if not group & link] + [joined]
    earliest = [
        min((each["timestamp"], each["sessionId"]) for each in stamped if each["sessionId"] in group)
        for group in groups
    ]
    return {(first[1], frozenset(group)) for first, group in zip(earliest, groups, strict=True)}


@SEARCH
@given(files=FILES, data=st.data())
def test_order_splits_and_repetition_do_not_matter(
    files: list[list[dict[str, Any]]], data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder) / "files"
        root.mkdir()
        write_files(root, files)
        found = discover([str(root)]).files
        at_once = store_in(Path(folder) / "once", Discovery(found, ()))
        shuffled = data.draw(st.permutations(found))
        cut = data.draw(st.integers(0, len(found)))
        parts = (Discovery(tuple(shuffled[:cut]), ()), Discovery(tuple(shuffled[cut:]), ()))
        assert store_in(Path(folder) / "split", *parts) == at_once
        assert store_in(Path(folder) / "twice", *parts, *parts) == at_once
        sessions = {
            (session.session_id, frozenset(session.stamps)) for day in at_once[0] for session in day.sessions
        }
        assert sessions == expected_sessions(files)


@SEARCH
@given(files=FILES, data=st.data())
def test_files_that_grow_in_steps_end_as_if_they_came_whole(
    files: list[list[dict[str, Any]]], data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder) / "files"
        root.mkdir()
        cuts = [data.draw(st.integers(0, len(lines(*records)))) for records in files]
        for number, (records, cut) in enumerate(zip(files, cuts, strict=True)):
            (root / f"{number}.jsonl").write_bytes(lines(*records)[:cut])
        begun = discover([str(root)])
        store_in(Path(folder) / "grown", begun)
        write_files(root, files)
        assert store_in(Path(folder) / "grown", discover([str(root)])) == store_in(
            Path(folder) / "whole", discover([str(root)])
        )


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode()))
def test_no_bytes_stop_a_scan(content: bytes) -> None:
    scanned = scan_file(content, earliest=FIRST_TIME, latest=NOW)
    assert scanned.counts.objects >= scanned.set_aside_count


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = ("type", "uuid", "parentUuid", "sessionId", "timestamp", "message", "version", "isSidechain", "data")


@settings(max_examples=600, deadline=None)
@given(key=st.sampled_from(KEYS), value=JSON, kind=st.sampled_from(["assistant", "user", "progress", "mode"]))
def test_no_value_of_any_key_stops_a_scan_or_loses_the_object(key: str, value: object, kind: str) -> None:
    good = response("u1", "s1", "2026-02-01T10:00:00.000Z", message_id="m1") | {"type": kind}
    try:
        content = lines(good | {key: value}, good)
    except TypeError:  # an integer beyond 64 bits cannot be written, so it cannot be read either
        return
    scanned = scan_file(content, earliest=FIRST_TIME, latest=NOW)
    assert scanned.counts.objects == 2
    assert set(scanned.earliest) >= {"s1"}
