"""What every source promises, held on its own fixtures: a new source passes here without a line of it.

Its fixtures stand in `tests/fixtures/<source name>/<situation>/`.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.ingest.archive.archive import Archive
from orchestration.ingest.sources import SOURCES
from orchestration.ingest.sources.discovery import Discovery, source_of
from tests.mutated_lines import violations
from tests.parsed import NOW, Tables, context, discover, parse_archive, rows_of

FIXTURES = Path(__file__).parents[1] / "fixtures"
SITUATIONS = [(name, situation.name) for name in SOURCES for situation in sorted((FIXTURES / name).iterdir())]
SEARCH = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
situations = st.sampled_from(SITUATIONS)


def transcripts(name: str, situation: str) -> dict[str, bytes]:
    folder = FIXTURES / name / situation
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in SOURCES[name].suffixes
    }


def written(folder: Path, contents: dict[str, bytes]) -> Path:
    for relative, content in contents.items():
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def archived(archive_dir: Path, *discoveries: Discovery) -> Tables:
    with Archive.open(archive_dir, start_date=context().start_date) as archive:
        for discovery in discoveries:
            archive.store(discovery, now=NOW)
        return parse_archive(archive)


def plain(tables: Tables) -> dict[str, list[str]]:
    """Rows of sessions, in an order that no file name decides."""
    return {name: sorted(map(str, rows)) for name, rows in rows_of(tables).items()}


def one_of(tables: Tables, source: str) -> list[dict[str, Any]]:
    return [row for rows in tables.rows.values() for row in rows if row["source"] != source]


@pytest.mark.parametrize(("name", "situation"), SITUATIONS)
def test_each_fixture_belongs_to_its_source_and_has_a_fate_for_every_object(
    name: str, situation: str, tmp_path: Path
) -> None:
    folder = FIXTURES / name / situation
    paths = [path for path in folder.rglob("*") if path.suffix in SOURCES[name].suffixes]
    owners = {source.name for path in paths if (source := source_of(path, folder, SOURCES)) is not None}
    assert owners == {name}
    tables = archived(tmp_path / "archive", discover([str(folder)]))
    assert tables.files
    assert violations(tables) == []
    assert tables.set_aside_sessions == []
    assert one_of(tables, name) == []


@pytest.mark.parametrize("name", SOURCES)
def test_sessions_come_from_the_fixtures_of_every_source(name: str, tmp_path: Path) -> None:
    tables = archived(tmp_path / "archive", discover([str(FIXTURES / name)]))
    assert tables.sessions
    assert {row["source"] for row in tables.sessions} == {name}
    assert {row["agent"] for row in tables.sessions} == {SOURCES[name].agent}
    assert all(row["turn_id"] for row in tables.turns)


@SEARCH
@given(chosen=situations, data=st.data())
def test_the_order_in_which_files_arrive_changes_no_row(chosen: tuple[str, str], data: st.DataObject) -> None:
    with TemporaryDirectory() as temporary:
        folder = written(Path(temporary) / "files", transcripts(*chosen))
        found = discover([str(folder)]).files
        parts = [Discovery((file,), ()) for file in data.draw(st.permutations(found))]
        once = archived(Path(temporary) / "once", discover([str(folder)]))
        assert archived(Path(temporary) / "shuffled", *parts).rows == once.rows


@SEARCH
@given(chosen=situations)
def test_a_copy_under_another_name_changes_no_row(chosen: tuple[str, str]) -> None:
    contents = transcripts(*chosen)
    copies = {f"copies/{number}.jsonl": content for number, content in enumerate(contents.values())}
    with TemporaryDirectory() as temporary:
        one = written(Path(temporary) / "one", contents)
        two = written(Path(temporary) / "two", contents | copies)
        alone = archived(Path(temporary) / "a", discover([str(one)]))
        assert plain(archived(Path(temporary) / "b", discover([str(two)]))) == plain(alone)


@SEARCH
@given(chosen=situations, data=st.data())
def test_a_writer_killed_anywhere_is_caught_up_with(chosen: tuple[str, str], data: st.DataObject) -> None:
    contents = transcripts(*chosen)
    cut = {
        name: content[: data.draw(st.integers(0, len(content)), label=name)]
        for name, content in contents.items()
    }
    with TemporaryDirectory() as temporary:
        folder = written(Path(temporary) / "files", cut)
        killed = archived(Path(temporary) / "archive", discover([str(folder)]))
        assert violations(killed) == []
        written(folder, contents)
        whole = archived(Path(temporary) / "archive", discover([str(folder)]))
        assert whole.rows == archived(Path(temporary) / "fresh", discover([str(folder)])).rows
