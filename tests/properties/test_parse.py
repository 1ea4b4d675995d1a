"""What holds of every transcript: order and repetition do not matter, nothing is lost, nothing crashes."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.ingest.archive.archive import Archive
from orchestration.ingest.sources.discovery import Discovery
from tests.mutated_lines import as_line, mutate, read_records, seeded, violations
from tests.parsed import NOW, Tables, context, discover, parse_archive, parse_folder
from tests.plain_count import PlainCount, objects_of
from tests.regenerate_golden import FIXTURES

SITUATIONS = sorted(path.name for path in FIXTURES.iterdir())
BY_FILE = frozenset({"raw_files", "raw_quarantined_lines", "raw_record_counts"})
SEARCH = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def file_name(number: int) -> str:
    """A name that is a transcript's whatever the mutations leave of its records."""
    return f"{number:08x}-1111-4111-8111-000000000001.jsonl"


def records_of(situation: str) -> list[list[dict[str, Any]]]:
    return [read_records(path) for path in sorted((FIXTURES / situation).rglob("*.jsonl"))]


def renamed(records: list[dict[str, Any]], number: int) -> bytes:
    """A copy of a transcript with ids of its own, so that several fixtures do not become one session."""
    lines = b"".join(map(as_line, records))
    for name in (
        b"s1",
        b"s2",
        b"aaa",
        b"bbb",
        b"a1",
        b"w1",
        b"msg_1",
        b"toolu_1",
        b"toolu_elsewhere",
        b"msg_p",
        b"fork",
        b"later",
    ):
        own = b"n%d-%s" % (number, name)
        lines = lines.replace(b'"' + name, b'"' + own).replace(b"_" + name + b"_", b"_" + own + b"_")
    return lines


def write(folder: Path, contents: list[bytes]) -> Path:
    project = folder / "files" / "-project"
    project.mkdir(parents=True)
    for number, content in enumerate(contents):
        (project / file_name(number)).write_bytes(content)
    return folder / "files"


def stored(folder: Path, files: Path, parts: list[Discovery]) -> Tables:
    with Archive.open(folder, start_date=context().start_date) as archive:
        for part in parts or [discover([str(files)])]:
            archive.store(part, now=NOW)
        return parse_archive(archive)


def of_sessions(tables: Tables) -> dict[str, Any]:
    return {name: rows for name, rows in tables.rows.items() if name not in BY_FILE}


@SEARCH
@given(situations=st.lists(st.sampled_from(SITUATIONS), min_size=1, max_size=3), data=st.data())
def test_order_and_splits_of_store_calls_do_not_matter(situations: list[str], data: st.DataObject) -> None:
    contents = [
        renamed(records, number)
        for number, situation in enumerate(situations)
        for records in records_of(situation)
    ]
    with TemporaryDirectory() as temporary:
        files = write(Path(temporary), contents)
        once = stored(Path(temporary) / "once", files, [])
        found = data.draw(st.permutations(discover([str(files)]).files))
        cut = data.draw(st.integers(0, len(found)))
        parts = [Discovery(tuple(found[:cut]), ()), Discovery(tuple(found[cut:]), ())]
        assert stored(Path(temporary) / "split", files, parts).rows == once.rows
        assert stored(Path(temporary) / "twice", files, parts + parts).rows == once.rows
        assert violations(once) == []


@SEARCH
@given(situation=st.sampled_from(SITUATIONS), data=st.data())
def test_copies_slices_and_prefixes_of_a_transcript_add_nothing(situation: str, data: st.DataObject) -> None:
    contents = [renamed(records, 0) for records in records_of(situation)]
    extra = []
    for content in contents:
        lines = content.splitlines(keepends=True)
        start = data.draw(st.integers(0, len(lines) - 1))
        extra.append(b"".join(lines[start : data.draw(st.integers(start + 1, len(lines)))]))
    with TemporaryDirectory() as temporary:
        alone = stored(Path(temporary) / "a", write(Path(temporary) / "1", contents), [])
        copied = stored(Path(temporary) / "b", write(Path(temporary) / "2", contents + extra), [])
    for name in (
        "raw_turns",
        "raw_human_acts",
        "raw_responses",
        "raw_tool_calls",
        "raw_events",
        "raw_harness_texts",
    ):
        # Rows of one instant may stand in another order: between files the content hash decides.
        assert sorted(map(str, copied.rows[name])) == sorted(map(str, alone.rows[name])), name
    assert violations(copied) == []


@SEARCH
@given(situation=st.sampled_from(SITUATIONS), seed=st.integers(0, 2**32))
def test_order_of_lines_in_a_file_does_not_change_what_is_counted(situation: str, seed: int) -> None:
    contents = [renamed(records, 0) for records in records_of(situation)]
    shuffled = []
    for content in contents:
        # State and titles have no time of their own: their place in the file is all they have.
        lines = [line for line in content.splitlines(keepends=True) if b'"timestamp"' in line]
        seeded(seed).shuffle(lines)
        shuffled.append(b"".join(lines))
    with TemporaryDirectory() as temporary:
        alone = stored(Path(temporary) / "a", write(Path(temporary) / "1", contents), [])
        mixed = stored(Path(temporary) / "b", write(Path(temporary) / "2", shuffled), [])
    for name, key in (("responses", "message_id"), ("tool_calls", "tool_use_id"), ("human_acts", "text")):
        ours = sorted(str(row[key]) for row in alone.rows[f"raw_{name}"])
        assert sorted(str(row[key]) for row in mixed.rows[f"raw_{name}"]) == ours, name
    tokens = [sum(row["output_tokens"] or 0 for row in each.responses) for each in (alone, mixed)]
    assert tokens[0] == tokens[1]
    assert violations(mixed) == []


@settings(SEARCH, max_examples=40)
@given(situation=st.sampled_from(SITUATIONS), seed=st.integers(0, 2**32))
def test_broken_lines_never_crash_and_lose_no_object(situation: str, seed: int) -> None:
    with TemporaryDirectory() as temporary:
        contents = [
            mutate(records, seeded(seed + number)) for number, records in enumerate(records_of(situation))
        ]
        files = write(Path(temporary), contents)
        tables = parse_folder(files, Path(temporary) / "archive")
    assert violations(tables) == []
    assert all(row["has_result"] or row["result_record_id"] is None for row in tables.tool_calls)


@settings(SEARCH, max_examples=25)
@given(situation=st.sampled_from(SITUATIONS), seed=st.integers(0, 2**32))
def test_objects_read_are_those_that_plain_json_reads(situation: str, seed: int) -> None:
    with TemporaryDirectory() as temporary:
        records = records_of(situation)[0]
        files = write(Path(temporary), [mutate(records, seeded(seed))])
        tables = parse_folder(files, Path(temporary) / "archive")
        plain = PlainCount()
        objects = [
            value for value in objects_of(files / "-project" / file_name(0), plain) if isinstance(value, dict)
        ]
    (file,) = tables.files
    unread = {row["reason"] for row in tables.quarantined_lines if not row["is_object"]}
    if not unread & {"not_utf8", "binary", "line_too_long"}:
        assert file["object_count"] == len(objects)
