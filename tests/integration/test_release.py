"""Releases: complete or absent, readable by older clients, gentle to who is reading."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from expectations.verdict import Verdict
from orchestration.landing.disk_space import DiskFullError
from orchestration.publishing.dictionary import Column, Table
from orchestration.publishing.release import (
    ReleaseFacts,
    ReleaseStoppedError,
    clean_up_releases,
    current_release,
    git_revision,
    publish_release,
    releases,
)
from orchestration.publishing.release_copy import BuiltWarehouse, NothingToPublishError

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
FACTS = ReleaseFacts(
    run_id="run-1",
    parser_version="parser-1",
    redactor_version="redactor-1",
    git_revision="abc",
    mode="team",
    min_users=5,
    min_sessions=15,
    time_zone="UTC",
)
WAREHOUSE = """
create schema staging; create schema marts; create schema metrics;
create table staging.stg_turns as select 'secret prompt' as text;
create table marts.fct_sessions (
    session_id varchar not null, started_at timestamp, tags varchar[], cost_usd decimal(18, 4), day date);
insert into marts.fct_sessions
    select 's' || i, timestamp '2026-03-02 10:00:00', ['a'], 1.25, date '2026-03-02' from range({rows}) t(i);
create view marts.dim_users as select 'user_' || i as user_id from range(3) t(i);
create table metrics.rpt_activity (week date, session_count bigint);
insert into metrics.rpt_activity values (date '2026-03-02', {rows});
"""
DESCRIBED = {
    table.full_name: table
    for table in [
        Table(
            "marts",
            "fct_sessions",
            "One row per session, as the analyst's file shows it.",
            (
                Column("started_at", "timestamp", "When it began (UTC)."),
                Column("not_built", "string", "A column that this warehouse does not have."),
            ),
        ),
        Table("marts", "not_built", "One row per nothing.", ()),
        Table(
            "metrics", "rpt_activity", "One row per week.", (Column("session_count", "bigint", "Sessions."),)
        ),
    ]
}


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    return build(tmp_path / "it's" / "build.duckdb", rows=4)


def build(path: Path, *, rows: int) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(WAREHOUSE.format(rows=rows))
    return path


def verdict(status: str) -> Verdict:
    return Verdict(
        gate="rpt_activity",
        table_name="rpt_activity",
        partition_date=None,
        rule="rpt_activity.small_cells",
        severity="warn" if status == "warn" else "fail",
        status=status,  # type: ignore[arg-type]
        unexpected_count=int(status != "pass"),
        row_count=7,
        message="" if status == "pass" else "Suppress the cell.",
    )


def publish(
    home: Path,
    warehouse: Path,
    *,
    hours: int = 0,
    kept: int = 3,
    status: str = "pass",
    step: Callable[[str], None] = lambda _name: None,
    facts: ReleaseFacts = FACTS,
) -> Path:
    return publish_release(
        home,
        warehouse=BuiltWarehouse(warehouse, DESCRIBED),
        verdicts=[verdict(status)],
        facts=facts,
        now=NOW + timedelta(hours=hours),
        releases_kept=kept,
        step=step,
    ).folder


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_release_holds_marts_and_metrics_as_database_and_parquet(data_home: Path, warehouse: Path) -> None:
    publish(data_home, warehouse)
    current = data_home / "published" / "current"
    row = query(current / "marts.duckdb", "select * from marts.fct_sessions order by session_id")[0]
    assert row[0] == "s0"
    assert row[2] == ["a"]
    assert row[4] == date(2026, 3, 2)
    tables = "select table_schema, table_name, table_type from information_schema.tables order by all"
    assert query(current / "marts.duckdb", tables) == [
        ("main", "dim_users", "BASE TABLE"),
        ("main", "fct_sessions", "BASE TABLE"),
        ("metrics", "rpt_activity", "BASE TABLE"),
    ]
    with duckdb.connect() as connection:
        path = str(current / "parquet" / "marts" / "fct_sessions.parquet")
        assert connection.execute("select count(*) from read_parquet(?)", [path]).fetchone() == (4,)
    assert sorted(path.name for path in current.rglob("*") if path.is_file()) == [
        "dim_users.parquet",
        "fct_sessions.parquet",
        "index.html",
        "manifest.json",
        "marts.duckdb",
        "metrics.duckdb",
        "rpt_activity.parquet",
    ]


def test_published_names_work_however_the_files_are_opened(data_home: Path, warehouse: Path) -> None:
    folder = publish(data_home, warehouse)
    marts, metrics = "select count(*) from marts.fct_sessions", "select count(*) from metrics.rpt_activity"
    assert query(folder / "marts.duckdb", marts) == [(4,)]
    assert query(folder / "marts.duckdb", metrics) == [(1,)]
    assert query(folder / "metrics.duckdb", metrics) == [(1,)]
    with duckdb.connect() as connection:
        for name in ("marts", "metrics"):
            connection.execute(f"attach '{folder / name}.duckdb' (read_only)")
        assert connection.execute(marts).fetchall() == [(4,)]
        assert connection.execute(metrics).fetchall() == [(1,)]


def test_shareable_file_holds_metrics_and_nothing_else(data_home: Path, warehouse: Path) -> None:
    folder = publish(data_home, warehouse)
    assert query(folder / "metrics.duckdb", "select schema_name, table_name from duckdb_tables()") == [
        ("main", "rpt_activity")
    ]
    for name in ("marts.duckdb", "metrics.duckdb"):
        assert b"secret prompt" not in (folder / name).read_bytes()


def test_descriptions_become_comments_and_constraints_are_kept(data_home: Path, warehouse: Path) -> None:
    path = publish(data_home, warehouse) / "marts.duckdb"
    columns = "select comment from duckdb_columns() where comment is not null order by all"
    assert query(path, columns) == [("Sessions.",), ("When it began (UTC).",)]
    assert query(path, "select comment from duckdb_tables() where table_name = 'fct_sessions'") == [
        ("One row per session, as the analyst's file shows it.",)
    ]
    nullable = "select is_nullable from duckdb_columns() where column_name = 'session_id'"
    assert query(path, nullable) == [(False,)]


def test_a_parquet_file_says_what_it_holds(data_home: Path, warehouse: Path) -> None:
    folder = publish(data_home, warehouse) / "parquet"
    metadata = pq.read_schema(folder / "marts" / "fct_sessions.parquet").metadata
    assert metadata[b"description"].decode() == "One row per session, as the analyst's file shows it."
    assert json.loads(metadata[b"columns"])["started_at"] == "When it began (UTC)."
    assert b"description" not in (pq.read_schema(folder / "marts" / "dim_users.parquet").metadata or {})


def test_databases_are_in_the_format_that_duckdb_1_2_reads(data_home: Path, warehouse: Path) -> None:
    folder = publish(data_home, warehouse)
    for name in ("marts.duckdb", "metrics.duckdb"):
        header = (folder / name).read_bytes()[:20]
        assert header[8:12] == b"DUCK"
        # Storage version 64 is DuckDB 0.10 to 1.1, 65 is 1.2 to 1.3; clients refuse higher ones.
        assert int.from_bytes(header[12:20], "little") <= 65


def test_manifest_says_what_the_release_is(data_home: Path, warehouse: Path) -> None:
    folder = publish(data_home, warehouse, status="warn")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["release_id"] == folder.name
    assert manifest["created_at"] == "2026-03-04T12:00:00+00:00"
    assert manifest["row_counts"] == {
        "marts.dim_users": 3,
        "marts.fct_sessions": 4,
        "metrics.rpt_activity": 1,
    }
    assert manifest["made_by"]["parser_version"] == "parser-1"
    assert manifest["settings"] == {
        "mode": "team", "min_users": 5, "min_sessions": 15, "time_zone": "UTC", "is_demo": False,
    }  # fmt: skip
    assert manifest["gates"]["rules_judged"] == 1
    assert "Suppress the cell." in manifest["gates"]["warnings"][0]


@pytest.mark.parametrize("status", ["fail", "error"])
def test_stopping_verdict_means_no_release(data_home: Path, warehouse: Path, status: str) -> None:
    first = publish(data_home, warehouse)
    with pytest.raises(ReleaseStoppedError, match="Suppress the cell"):
        publish(data_home, warehouse, hours=1, status=status)
    assert current_release(data_home) == first
    assert releases(data_home) == [first.name]


def test_newest_releases_stay_and_the_current_one_always(data_home: Path, warehouse: Path) -> None:
    folders = [publish(data_home, warehouse, hours=hours) for hours in range(5)]
    assert releases(data_home) == [folder.name for folder in folders[2:]]
    turned_back = publish(data_home, warehouse, hours=-1)
    assert current_release(data_home) == turned_back
    assert turned_back.name in releases(data_home)


def test_release_files_cannot_be_changed_by_a_client(data_home: Path, warehouse: Path) -> None:
    folder = publish(data_home, warehouse)
    modes = {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()}
    assert modes == {0o400}


def test_warehouse_without_marts_is_not_released(data_home: Path, tmp_path: Path) -> None:
    path = tmp_path / "empty.duckdb"
    duckdb.connect(str(path)).close()
    with pytest.raises(NothingToPublishError, match="marts"):
        publish(data_home, path)
    with pytest.raises(FileNotFoundError, match="dbt"):
        publish(data_home, tmp_path / "absent.duckdb")
    assert current_release(data_home) is None
    clean_up_releases(data_home)
    assert list((data_home / "published" / "releases").iterdir()) == []


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        duckdb.IOException('IO Error: Could not write file "x": No space left on device'),
    ],
)
def test_full_disk_leaves_the_current_release_and_frees_the_unfinished(
    data_home: Path, warehouse: Path, error: Exception
) -> None:
    def step(name: str) -> None:
        if name == "metrics.duckdb written":
            raise error

    first = publish(data_home, warehouse)
    with pytest.raises(DiskFullError, match="last good state"):
        publish(data_home, warehouse, hours=1, step=step)
    assert current_release(data_home) == first
    assert list((data_home / "published" / "releases").iterdir()) == [first]


STEPS = [
    ("marts.duckdb written", False),
    ("metrics.duckdb written", False),
    ("parquet written", False),
    ("manifest written", False),
    ("release complete", False),
    ("current switched", True),
]


class KilledError(BaseException):
    """Stands for a kill: nothing of the code under test may catch it."""


@pytest.mark.parametrize(("step_name", "is_switched"), STEPS)
def test_interrupted_release_leaves_a_complete_one_current(
    data_home: Path,
    warehouse: Path,
    step_name: str,
    is_switched: bool,
) -> None:
    def step(name: str) -> None:
        if name == step_name:
            raise KilledError

    first = publish(data_home, warehouse)
    build(warehouse, rows=9)
    with pytest.raises(KilledError):
        publish(data_home, warehouse, hours=1, step=step)
    assert (current_release(data_home) != first) == is_switched
    path = data_home / "published" / "current" / "marts.duckdb"
    assert query(path, "select count(*) from marts.fct_sessions") == [(9 if is_switched else 4,)]
    clean_up_releases(data_home)
    assert all(
        (data_home / "published/releases" / each / "manifest.json").exists() for each in releases(data_home)
    )
    last = publish(data_home, warehouse, hours=2)
    assert current_release(data_home) == last
    assert not list((data_home / "published").rglob("*.partial"))


ANALYST = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
for _ in sys.stdin:
    rows = connection.execute("select count(*), max(length(session_id)) from marts.fct_sessions").fetchone()
    print(rows[0], flush=True)
"""


@pytest.fixture
def analyst(data_home: Path, warehouse: Path) -> Iterator[Callable[[], int]]:
    """A process that opened the current release once and answers with its number of sessions."""
    build(warehouse, rows=300_000)
    publish(data_home, warehouse, kept=1)
    path = data_home / "published" / "current" / "marts.duckdb"
    command = [sys.executable, "-c", ANALYST, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, bufsize=1) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def ask() -> int:
            process.stdin.write("\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield ask


def test_open_reader_keeps_answering_while_releases_come_and_its_own_goes(
    data_home: Path, warehouse: Path, analyst: Callable[[], int]
) -> None:
    before = current_release(data_home)
    assert before is not None
    assert analyst() == 300_000
    build(warehouse, rows=5)
    for hours in (1, 2):
        publish(data_home, warehouse, hours=hours, kept=1, step=lambda _name: None)
        assert analyst() == 300_000
    assert not before.exists()
    path = data_home / "published" / "current" / "marts.duckdb"
    assert query(path, "select count(*) from marts.fct_sessions") == [(5,)]


def test_revision_of_a_folder_outside_git_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", os.fspath(tmp_path.parent))
    assert git_revision(tmp_path) is None


@pytest.mark.parametrize(("mode", "told"), [("team", None), ("personal", 3)])
def test_what_was_set_aside_is_told_with_the_page_but_no_small_number_of_a_team(
    tmp_path: Path, warehouse: Path, mode: str, told: int | None
) -> None:
    facts = replace(FACTS, mode=mode, set_aside={"lines": 40, "sessions (cannot be read)": 3, "nothing": 0})
    folder = publish(tmp_path / "home", warehouse, facts=facts)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["set_aside"] == {"lines": 40, "sessions (cannot be read)": told}
    page = (folder / "report" / "index.html").read_text(encoding="utf-8")
    assert "Set aside: 40 lines." in page
    shown = "fewer than 15" if told is None else "3"
    assert f"Set aside: {shown} sessions (cannot be read)." in page
