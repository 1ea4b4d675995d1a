"""Tables of Spark over a lake, without a Spark: what is asked of it, and what is said where it cannot be."""

import os
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
import yaml
from dbt.config.renderer import ProfileRenderer
from dbt_common.context import set_invocation_context

from orchestration.landing.lake import LakeTable, partition_file, single_file, write_partition
from orchestration.publishing import spark_connection
from orchestration.publishing.project_files import PROJECT_DIR
from orchestration.publishing.spark_connection import SparkError, SparkPlace, asking, require_spark
from orchestration.publishing.spark_tables import lake_statements
from orchestration.publishing.warehouse import _safe_message, dbt_environment
from orchestration.settings import SettingsError, load_settings

SCHEMA = pa.schema(
    [
        ("session_id", pa.string()),
        ("turn_count", pa.int64()),
        ("is_open", pa.bool_()),
        ("cost_usd", pa.float64()),
        ("started_at", pa.timestamp("us")),
        ("started_on", pa.date32()),
        ("record_ids", pa.list_(pa.string())),
    ]
)


def manifest(lake: Path | str, folder: str, files: str) -> Any:
    """A parsed project with one source, as its file describes it."""
    location = f"read_parquet('{lake}/{folder}/{{name}}/{files}', hive_partitioning=true)"
    source = SimpleNamespace(
        unique_id="source.sessionmart.x", source_name="transcripts", name="raw_sessions",
        meta={"external_location": location},
    )  # fmt: skip
    return SimpleNamespace(sources={"x": source})


def statement(parsed: Any) -> str:
    (found,) = lake_statements(parsed, "own")
    return found


def test_a_table_of_dates_has_the_columns_of_its_files_and_the_date_of_its_folders(tmp_path: Path) -> None:
    lake = tmp_path / "it's a lake"
    path = partition_file(lake, LakeTable("raw/raw_sessions", SCHEMA), date(2026, 1, 2))
    path.parent.mkdir(parents=True)
    write_partition(path, [], schema=SCHEMA)
    quoted = str(lake).replace("'", "''")
    assert statement(manifest(quoted, "raw", "*/*.parquet")) == (
        "create table own_lake.transcripts_raw_sessions (`session_id` string, `turn_count` bigint, "
        "`is_open` boolean, `cost_usd` double, `started_at` timestamp_ntz, `started_on` date, "
        "`record_ids` array<string>, `session_date` date) using parquet partitioned by (`session_date`) "
        f"location '{tmp_path}/it\\'s a lake/raw/raw_sessions'"
    )


def test_a_table_by_month_is_partitioned_by_the_month(tmp_path: Path) -> None:
    path = tmp_path / "raw" / "raw_sessions" / "month=2026-01" / "part.parquet"
    path.parent.mkdir(parents=True)
    write_partition(path, [], schema=SCHEMA)
    assert statement(manifest(tmp_path, "raw", "*/*.parquet")).endswith(
        f"`month` string) using parquet partitioned by (`month`) location '{tmp_path}/raw/raw_sessions'"
    )


def test_a_table_of_one_file_has_no_partitions(tmp_path: Path) -> None:
    path = single_file(tmp_path, LakeTable("raw/raw_sessions", SCHEMA, partition_column=None))
    path.parent.mkdir(parents=True)
    write_partition(path, [], schema=SCHEMA)
    assert "partitioned" not in statement(manifest(tmp_path, "raw", "part.parquet"))


def test_a_lake_that_is_not_in_folders_is_refused() -> None:
    with pytest.raises(SparkError, match=r"raw_sessions is in s3://lake/raw/"):
        statement(manifest("s3://lake", "raw", "*/*.parquet"))


def test_without_the_extra_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark_connection, "find_spec", lambda _name: None)
    with pytest.raises(SparkError, match=r"pip install -e '\.\[spark\]'"):
        require_spark()


def test_a_schema_that_is_not_a_plain_name_is_refused() -> None:
    with pytest.raises(SettingsError, match="spark_schema"):
        load_settings(spark_schema="marts; drop schema sales")


def test_values_that_spark_quotes_are_not_shown() -> None:
    quoted = "org.apache.spark.SparkDateTimeException: [CAST_INVALID_INPUT] The value 'my secret' of the type"
    assert "my secret" not in _safe_message(quoted)
    named = (
        "org.apache.spark.sql.AnalysisException: [UNRESOLVED_COLUMN] A column with name `x` cannot be found"
    )
    assert "`x`" in _safe_message(named)


@pytest.mark.parametrize("password", [None, "12", 'quotes " and {{ braces'])
@pytest.mark.parametrize("has_tls", [False, True])
def test_dbt_and_our_own_connection_log_in_alike(
    monkeypatch: pytest.MonkeyPatch, password: str | None, has_tls: bool
) -> None:
    """The password is in the environment alone; without one none may be named, and none is asked for."""
    if password is None:
        monkeypatch.delenv("SPARK_PASSWORD", raising=False)
    else:
        monkeypatch.setenv("SPARK_PASSWORD", password)
    settings = load_settings(facts_engine="spark", spark_user="ann", spark_tls=has_tls)
    ours: dict[str, Any] = {"use_ssl": False}
    names = {"username": "user", "auth": "auth", "password": "password"}

    def connect(*_place: object, **given: Any) -> Any:
        ours.update({names[name]: value for name, value in given.items() if name in names})
        return SimpleNamespace(close=lambda: None)

    def over_tls(*_place: object, **given: Any) -> str:
        connect(**given)
        ours["use_ssl"] = True
        return "a transport"

    monkeypatch.setattr("pyhive.hive.connect", connect)
    monkeypatch.setattr("dbt.adapters.spark.connections.build_ssl_transport", over_tls)
    monkeypatch.setattr(
        "socket.create_connection", lambda *_place, **_given: SimpleNamespace(close=lambda: None)
    )
    with asking(SparkPlace.of(settings)):
        pass
    set_invocation_context({**os.environ, **dbt_environment(settings)})
    profile = ProfileRenderer({}).render_data(yaml.safe_load((PROJECT_DIR / "profiles.yml").read_text()))
    of_dbt = profile["sessionmart"]["outputs"]["spark"]
    assert {name: of_dbt[name] for name in ours} == ours
    assert ours == {
        "user": "ann",
        "auth": None if password is None else "LDAP",
        "password": password,
        "use_ssl": has_tls,
    }
