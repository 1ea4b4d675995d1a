"""A release of facts that Spark built is that of DuckDB, table by table; what Spark holds can be taken away.

A real Thrift server, and the job that a command or a button starts where no date has changed: from what is
landed to the release, over days of the demo with traffic and made-up labels, and its supplied tables.
"""

import json
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.gates import WAREHOUSE_GATES
from orchestration.commands.doctor import examine
from orchestration.dagster_instance import open_instance
from orchestration.definitions import build_definitions
from orchestration.landing.journal import write_json
from orchestration.publishing.release import Release, current_release
from orchestration.publishing.spark_connection import SparkError, SparkPlace
from orchestration.publishing.spark_tables import RESULT_SCHEMAS, SCHEMAS, begin_pass, clear_spark
from orchestration.publishing.warehouse import Warehouse
from orchestration.publishing.warehouse_stages import (
    build_facts,
    build_metrics,
    estimate_facts,
    release_state,
    release_warehouse,
    released_state,
)
from orchestration.settings import Settings, load_settings
from tests.demo_lake import NOW, query_file, settings_of
from tests.fakes.two_people import forget, store, two_people
from tests.made_up_home import MadeUpHome
from tests.mixed_lake import mixed_lake
from tests.spark_server import spark_server
from tests.two_builds import Comparison, compare

# Two builds and two releases, one of them on a server that plans some hundred statements.
pytestmark = pytest.mark.timeout(1500)

WITHIN = 1e-9
DAYS = 14
"""Of the demo's lake: all of its days take Spark six minutes on two cores (docs/scaling.md)."""

WITHOUT_ROWS = {"intermediate.int_sessions__continued", "marts.dim_transcript_drift"}
"""Tables of which these days have no row; of all of the demo's days, they have some."""

JOB = "publish_landed"
MART = "dim_repositories"
CHECK = dg.AssetCheckKey(dg.AssetKey(MART), "unique_dim_repositories_repository_id")


@dataclass(frozen=True)
class TwoReleases:
    """One lake, released twice: in the home of Spark by a job, in that of DuckDB stage by stage."""

    duckdb: Settings
    by_duckdb: Release
    spark: Settings
    by_spark: Path
    run_id: str


@pytest.fixture(scope="module")
def built(made_up: MadeUpHome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoReleases]:
    """Both releases; the server is there for the tests that follow."""
    folder = tmp_path_factory.mktemp("spark")
    here = made_up.team.settings.model_copy(
        update={"home": made_up.team.copy(folder / "duckdb").settings.home}
    )
    shutil.rmtree(here.lake_dir)
    mixed_lake(here.lake_dir, made_up.team.settings.lake_dir, days=DAYS)
    there = here.model_copy(update={"home": folder / "spark" / "home"})
    shutil.copytree(here.home, there.home, symlinks=True)
    warehouse = Warehouse(here)
    build_facts(here, warehouse)
    estimate_facts(here)
    build_metrics(here, warehouse)
    by_duckdb = release_warehouse(here, (), run_id="duckdb", now=NOW)
    with spark_server(folder) as server:
        there = there.model_copy(
            update={"facts_engine": "spark", "spark_host": "127.0.0.1", "spark_port": server.port}
        )
        job = build_definitions(there).resolve_job_def(JOB)
        chosen = [key for step in steps_of(there).values() for key in step.keys]
        with open_instance(there.dagster_home) as instance:
            run_id = job.execute_in_process(instance=instance, asset_selection=chosen).run_id
        by_spark = current_release(there.home)
        assert by_spark is not None
        yield TwoReleases(here, by_duckdb, there, by_spark, run_id)


def steps_of(settings: Settings) -> dict[str, dg.AssetsDefinition]:
    """The steps that build from landed rows to the release.

    What lands others would take those of the small team away, which no repository here has.
    """
    found = {
        assets.op.name: assets
        for assets in build_definitions(settings).assets or ()
        if isinstance(assets, dg.AssetsDefinition)
    }
    return {name: found[name] for name in ("dbt_facts", "estimates", "dbt_metrics", "publish")}


def test_gates_and_attack_judged_what_was_released(built: TwoReleases) -> None:
    """Every rule of the warehouse, by the rows that Spark wrote and the metrics that are published."""
    manifest = manifest_of(built)
    assert manifest["made_by"]["run_id"] == built.run_id
    (judged,) = built.spark.lake_dir.rglob(f"{built.run_id}.warehouse.parquet")
    verdicts = pq.read_table(judged, partitioning=None).to_pylist()
    assert manifest["gates"]["rules_judged"] == len(verdicts)
    assert {verdict["rule"] for verdict in verdicts} >= {
        rule.id for gate in WAREHOUSE_GATES for rule in gate.rules
    }
    assert {verdict["status"] for verdict in verdicts} <= {"pass", "warn"}
    counted: dict[str, dict[str, int]] = {}
    for verdict in verdicts:
        counted.setdefault(verdict["gate"], {})[verdict["table_name"]] = verdict["row_count"]
    of_spark = SparkPlace.of(built.spark).folder_of("marts") / "fct_sessions"
    assert counted["fct_sessions"] == {"fct_sessions": rows_in(of_spark)}
    published = {name.removeprefix("metrics."): rows for name, rows in manifest["row_counts"].items()}
    assert counted["metrics"].items() <= published.items()
    assert len(counted["hidden_counts"]) > 20


def test_every_table_of_the_facts_is_equal(built: TwoReleases, capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers within 1e-9, all else exactly; what differs at all is listed in the log."""
    found = compare(built.duckdb.warehouse_path, built.spark.warehouse_path, RESULT_SCHEMAS, within=WITHIN)
    must_be_equal(found, capsys)
    assert len(found.tables) > 75
    assert {table for table, count in found.rows.items() if not count} <= WITHOUT_ROWS


def test_every_table_of_the_release_is_equal(built: TwoReleases, capsys: pytest.CaptureFixture[str]) -> None:
    """Marts, and the metrics that estimates and suppression made of them."""
    one = built.by_duckdb.folder / "marts.duckdb"
    found = compare(one, built.by_spark / "marts.duckdb", ("main", "metrics"), within=WITHIN)
    must_be_equal(found, capsys)
    published = {name.replace("marts.", "main.", 1) for name in manifest_of(built)["row_counts"]}
    assert set(found.tables) == published


def test_another_engine_is_something_to_do(built: TwoReleases) -> None:
    """Whoever changes it sees it work: a run builds again, though no date has changed."""
    by_spark = built.duckdb.model_copy(update={"facts_engine": "spark"})
    assert released_state(built.duckdb) == release_state(built.duckdb) != release_state(by_spark)


def must_be_equal(found: Comparison, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        for column, difference in found.largest.items():
            sys.stdout.write(f"\n{column} differs by at most {difference:.1e}")
    assert not found.wrong, "\n".join(found.wrong)


def manifest_of(built: TwoReleases) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((built.by_spark / "manifest.json").read_text())
    return manifest


def rows_in(folder: Path) -> int:
    return sum(pq.read_metadata(path).num_rows for path in folder.glob("*.parquet"))


def test_the_tests_of_the_data_ran_on_spark(built: TwoReleases) -> None:
    """They are recorded as checks, before the warehouse file had anything to look at."""
    checks = set(steps_of(built.spark)["dbt_facts"].check_keys)
    assert len(checks) > 100
    with open_instance(built.spark.dagster_home) as instance:
        found = instance.event_log_storage.get_latest_asset_check_execution_by_key(sorted(checks))
    assert {(record.run_id, record.status.value) for record in found.values()} == {
        (built.run_id, "SUCCEEDED")
    }
    assert set(found) == checks


def test_the_views_are_over_sparks_files(built: TwoReleases) -> None:
    """No table of the facts is in the file: with the folder of Spark gone, no row of a person is read."""
    tables = query_file(built.spark.warehouse_path, "select distinct schema_name from duckdb_tables()")
    assert {row["schema_name"] for row in tables} == {"metrics", "attack"}


def test_one_model_and_one_test_alone(built: TwoReleases, capsys: pytest.CaptureFixture[str]) -> None:
    """As the UI builds it: the model on Spark, where it is what it was, and the test where its view is."""
    job = build_definitions(built.spark).resolve_job_def(JOB)
    with open_instance(built.spark.dagster_home) as instance:
        chosen = [dg.AssetKey(MART)]
        assert job.execute_in_process(instance=instance, asset_selection=chosen).success
        event = instance.get_latest_materialization_event(dg.AssetKey(MART))
        test = job.get_subset(asset_selection=set(), asset_check_selection={CHECK})
        assert test.execute_in_process(instance=instance).success
    assert event is not None
    assert event.run_id != built.run_id
    assert event.asset_materialization is not None
    rows = rows_in(SparkPlace.of(built.spark).folder_of("marts") / MART)
    assert event.asset_materialization.metadata["dagster/row_count"].value == rows > 0
    found = compare(built.duckdb.warehouse_path, built.spark.warehouse_path, RESULT_SCHEMAS, within=WITHIN)
    must_be_equal(found, capsys)


def test_the_doctor_finds_the_server(built: TwoReleases) -> None:
    (found,) = [each for each in examine(built.spark) if each.subject == "Spark"]
    assert (found.health, found.detail) == (
        "well",
        f"{version('pyspark')} answers on 127.0.0.1:{built.spark.spark_port}",
    )


def test_somebody_elses_schema_is_not_dropped(built: TwoReleases, tmp_path: Path) -> None:
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


def test_forgetting_leaves_nothing_in_spark(built: TwoReleases, tmp_path: Path) -> None:
    """A deletion drops every table with its files. It is last: others look at what it takes away."""
    from pyhive import hive

    folder = built.spark.spark_dir
    assert _users(folder)
    # A home with an archive, whose facts are these tables: the other's people are many.
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
