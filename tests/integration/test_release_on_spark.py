"""A run whose facts Spark builds releases what DuckDB's releases; what Spark holds of people can be taken away.

A real Thrift server and the command's own path, from the settings to the release, over the whole demo with its
traffic, made-up labels and supplied tables.
"""

import json
import socket
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import dagster as dg
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.gates import WAREHOUSE_GATES
from orchestration.commands.doctor import examine
from orchestration.dagster_instance import open_instance
from orchestration.definitions import build_definitions
from orchestration.demo_home import TRUTH_FILE
from orchestration.home_record import HOME_FILE
from orchestration.landing.journal import write_json
from orchestration.progress import SilentReporter
from orchestration.publishing.release import current_release
from orchestration.publishing.spark_connection import SparkError, SparkPlace
from orchestration.publishing.spark_tables import SCHEMAS, begin_pass, clear_spark
from orchestration.run import RunOptions, run_home
from orchestration.settings import Settings, load_settings
from tests.demo_lake import settings_of
from tests.fakes.two_people import forget, store, two_people
from tests.made_up_home import MadeUpHome
from tests.spark_server import spark_server
from tests.two_builds import Comparison, compare

WITHIN = 1e-9
FACTS = ("seeds", "intermediate", "marts")
MART = "dim_users"
CHECK = dg.AssetCheckKey(dg.AssetKey(MART), "unique_dim_users_user_id")


@dataclass(frozen=True)
class TwoReleases:
    """One lake, released twice; `spark` is the home of a run whose facts Spark built."""

    duckdb: Settings
    spark: Settings
    duckdb_release: Path
    spark_release: Path


@pytest.fixture(scope="module")
def released_twice(made_up: MadeUpHome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoReleases]:
    """A copy of the home, and `sessionmart run` with the settings of Spark; the server stays for what follows."""
    folder = tmp_path_factory.mktemp("spark")
    with spark_server(folder) as server:
        given = made_up.team.settings.model_dump(include={"transcripts", "pull_requests", "survey_answers", "incidents", "wages"})
        copied = made_up.team.copy(folder)
        there = settings_of(copied.settings.home, copied.transcripts)
        there = there.model_copy(update={**given, "facts_engine": "spark", "spark_host": "127.0.0.1", "spark_port": server.port})
        (there.home / TRUTH_FILE).unlink()  # the demo's own settings would leave the supplied tables out
        outcome = run_home(there, SilentReporter(), RunOptions())
        print(outcome.ending, len(outcome.days))
        release = current_release(there.home)
        assert release is not None
        yield TwoReleases(made_up.team.settings, there, made_up.release.folder, release)


def test_x(released_twice: TwoReleases) -> None:
    found = compare(released_twice.duckdb.warehouse_path, released_twice.spark.warehouse_path, FACTS, within=WITHIN)
    print(len(found.tables), sum(found.rows.values()), [t for t, r in found.rows.items() if not r])
    print(found.largest)
    print("\n".join(found.wrong))
    found = compare(released_twice.duckdb_release / "marts.duckdb", released_twice.spark_release / "marts.duckdb", ("main", "metrics"), within=WITHIN)
    print(len(found.tables), sum(found.rows.values()), [t for t, r in found.rows.items() if not r])
    print(found.largest)
    print("\n".join(found.wrong))
