"""The facts on Spark are the facts on DuckDB, table by table; what Spark holds of people can be taken away.

A real Thrift server and the project's own pass. The lake is that of the small team with some days of the
demo, so that all but a few tables have rows.
"""

import socket
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.landing.journal import write_json
from orchestration.landing.lake_by_month import copy_by_month, lake_by_month
from orchestration.publishing.spark_tables import SCHEMAS, SparkError, SparkPlace, begin_pass, clear_spark
from orchestration.publishing.warehouse import FACTS, BuiltNode, Warehouse
from orchestration.settings import Settings, load_settings
from tests.demo_lake import settings_of
from tests.fakes.two_people import forget, store, two_people
from tests.made_up_home import MadeUpHome
from tests.mixed_lake import mixed_lake
from tests.spark_server import spark_server
from tests.two_builds import Comparison, compare

WITHIN = 1e-9
DAYS = 14
FEW_EMPTY = 4
"""Tables that may have no row in these days: the others are held against each other with rows."""


@dataclass(frozen=True)
class TwoBuilds:
    """One lake, its facts built twice; `nodes` are those of Spark."""

    duckdb: Settings
    spark: Settings
    nodes: tuple[BuiltNode, ...]
    found: Comparison


@pytest.fixture(scope="module")
def built(made_up: MadeUpHome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoBuilds]:
    """Both builds; the server is there for the tests that follow."""
    folder = tmp_path_factory.mktemp("spark")
    here = settings_of(folder / "duckdb", folder)
    mixed_lake(here.lake_dir, made_up.team.settings.lake_dir, days=DAYS)
    _build(here)
    with spark_server(folder) as server:
        there = settings_of(
            folder / "spark", folder, facts_engine="spark", spark_host="127.0.0.1", spark_port=server.port
        )
        there.home.mkdir()
        there.lake_dir.symlink_to(here.lake_dir)
        nodes = _build(there)
        schemas = ("seeds", "intermediate", "marts")
        yield TwoBuilds(
            here, there, nodes, compare(here.warehouse_path, there.warehouse_path, schemas, within=WITHIN)
        )


def _build(settings: Settings) -> tuple[BuiltNode, ...]:
    warehouse = Warehouse(settings)
    warehouse.start_anew()
    copy_by_month(settings.lake_dir, lake_by_month(settings.warehouse_path))
    # Files of the demo are there whose sessions are of days that are not.
    return warehouse.build(FACTS, is_lake_complete=False)


def test_every_table_is_equal(built: TwoBuilds, capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers within 1e-9, all else exactly; what differs at all is listed in the log."""
    found = built.found
    with capsys.disabled():
        for column, difference in found.largest.items():
            sys.stdout.write(f"\n{column} differs by at most {difference:.1e}")
    assert not found.wrong, "\n".join(found.wrong)
    empty = [table for table, rows in found.rows.items() if not rows]
    assert len(empty) <= FEW_EMPTY, empty
    built_by_spark = {node.name for node in built.nodes}
    assert len(found.tables) > 75
    assert {table.partition(".")[2] for table in found.tables} <= built_by_spark


def test_the_tests_of_the_data_ran_on_spark(built: TwoBuilds) -> None:
    tests = [node for node in built.nodes if node.resource_type == "test"]
    assert len(tests) > 100
    assert {node.status for node in tests} == {"pass"}


def test_the_views_are_over_sparks_files(built: TwoBuilds) -> None:
    """Nothing of the facts is in the file: with the folder of Spark gone, no row of a person is read."""
    with duckdb.connect(str(built.spark.warehouse_path), read_only=True) as warehouse:
        assert warehouse.execute("select count(*) from duckdb_tables()").fetchone() == (0,)
        assert warehouse.execute("select count(*) > 0 from marts.fct_sessions").fetchone() == (True,)


def test_somebody_elses_schema_is_not_dropped(built: TwoBuilds, tmp_path: Path) -> None:
    from pyhive import hive

    other = built.spark.model_copy(update={"home": tmp_path, "spark_schema": "sales"})
    with hive.connect("127.0.0.1", built.spark.spark_port, username="test") as connection:
        connection.cursor().execute("create schema sales_marts")
        connection.cursor().execute("create table sales_marts.orders using parquet as select 1 as order_id")
        with pytest.raises(SparkError, match="sales_marts"):
            begin_pass(other, _NoSources())  # type: ignore[arg-type]  # it has what is asked
        cursor = connection.cursor()
        cursor.execute("select count(*) from sales_marts.orders")
        assert cursor.fetchall() == [(1,)]
        connection.cursor().execute("drop schema sales_marts cascade")


class _NoSources:
    """What stands for a parsed project that is not looked at."""

    def __init__(self) -> None:
        self.sources: dict[str, object] = {}


def test_forgetting_leaves_nothing_in_spark(built: TwoBuilds, tmp_path: Path) -> None:
    """A deletion drops every table with its files. It is last: others look at what it takes away."""
    from pyhive import hive

    folder = built.spark.spark_dir
    assert _users(folder)
    # A home with an archive, whose facts are these tables: the lake of the others was made without one.
    home = load_settings(home=tmp_path / "home", transcripts=str(tmp_path / "projects"))
    two_people(tmp_path / "projects")
    store(home)
    write_json(home.home / "spark.json", asdict(SparkPlace.of(built.spark)))
    assert forget(home, "ann").is_done
    assert list(folder.rglob("*.parquet")) == []
    with hive.connect("127.0.0.1", built.spark.spark_port, username="test") as connection:
        cursor = connection.cursor()
        cursor.execute("show schemas")
        left = {name for (name,) in cursor.fetchall()}
    assert not left & {f"{built.spark.spark_schema}_{schema}" for schema in SCHEMAS}
    assert not (home.home / "spark.json").exists()
    assert (built.spark.lake_dir / "raw").exists(), "the lake is not Spark's to remove"


def test_a_deletion_waits_for_a_spark_that_is_away(tmp_path: Path) -> None:
    """Nobody is told that a person is gone while Spark may hold their rows."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    settings = settings_of(
        tmp_path / "home", tmp_path, facts_engine="spark", spark_host="127.0.0.1", spark_port=port
    )
    settings.home.mkdir()
    clear_spark(settings)  # no build has been on Spark: there is nothing to wait for
    with pytest.raises(SparkError, match=f"127.0.0.1:{port}"):
        begin_pass(settings, _NoSources())  # type: ignore[arg-type]
    clear_spark(settings)  # nothing was made there either
    write_json(settings.home / "spark.json", asdict(SparkPlace.of(settings)))
    # The record names the place, whatever the settings have become.
    with pytest.raises(SparkError, match=f"127.0.0.1:{port}"):
        clear_spark(settings.model_copy(update={"facts_engine": "duckdb", "spark_port": 1}))


def _users(folder: Path) -> set[str]:
    """Every user that any file of Spark's tables names."""
    found: set[str] = set()
    for path in folder.rglob("*.parquet"):
        if "user_id" in pq.read_schema(path).names:
            column = pq.read_table(path, columns=["user_id"], partitioning=None)["user_id"].cast(pa.string())
            found |= set(column.to_pylist()) - {None}
    return found
