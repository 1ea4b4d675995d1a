"""The synthetic lake: every table of the lake, its types, and rows that fit together. In memory, no files."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from benchmarks.synthetic_answers import ANSWERS
from benchmarks.synthetic_labels import eligibility_rows
from benchmarks.synthetic_lake import every_table, populate, select_of, synthetic_tables
from benchmarks.synthetic_population import Population
from benchmarks.synthetic_rows import Rows
from classifiers.catalog import CATALOG
from classifiers.classifier import ITEM_KEY_COLUMNS
from classifiers.label_row import LABEL_KEY
from classifiers.vocabulary import vocabulary
from orchestration.ingest.rows import PARTITION_COLUMN, RAW_TABLES
from orchestration.landing.lake import LakeTable

POPULATION = Population(sessions=300)


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with populated(POPULATION) as made:
        yield made


def populated(population: Population) -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    populate(made, population)
    return made


def made_tables() -> dict[str, tuple[LakeTable, Rows]]:
    """By folder and file: labellers' files lie beside each other."""
    return {f"{table.folder}/{table.file_name}": (table, rows) for table, rows in synthetic_tables()}


TABLES = made_tables()


def arrow_of(database: duckdb.DuckDBPyConnection, name: str) -> pa.Table:
    return database.execute(select_of(*TABLES[name])).to_arrow_table()


def test_every_raw_table_and_question_has_rows(database: duckdb.DuckDBPyConnection) -> None:
    expected = {f"raw/{table.name}/part.parquet" for table in RAW_TABLES}
    expected |= {f"labels/{classifier.name}/claude.parquet" for classifier in CATALOG}
    assert expected <= TABLES.keys()
    assert set(ANSWERS) == {classifier.name for classifier in CATALOG}
    empty = {name for name in TABLES if not arrow_of(database, name).num_rows}
    assert empty <= {"raw/raw_quarantined_lines/part.parquet"}  # one session in five hundred


def test_every_source_of_dbt_has_a_file(dbt_manifest: dict[str, Any]) -> None:
    folders = {"transcripts": "raw"}
    wanted = {
        f"{folders.get(source['source_name'], source['source_name'])}/{source['name']}"
        for source in dbt_manifest["sources"].values()
    }
    assert wanted <= {table.folder for table in every_table()}


@pytest.mark.parametrize("name", sorted(TABLES))
def test_columns_are_those_of_the_row_type_and_keys_are_unique(
    database: duckdb.DuckDBPyConnection, name: str
) -> None:
    table, _ = TABLES[name]
    found = arrow_of(database, name)
    assert found.schema.names == [*table.schema.names, PARTITION_COLUMN]
    for field in table.schema:
        column = found[field.name].cast(field.type)
        assert field.nullable or not column.null_count, field.name
    rows = found.select(key_of(table)).to_pylist()
    assert len({tuple(row.values()) for row in rows}) == len(rows)


def key_of(table: LakeTable) -> list[str]:
    if table.name == "label_eligibility":
        return ["classifier", "fingerprint", "unit_id"]
    if table.folder.startswith("labels/"):
        return list(ITEM_KEY_COLUMNS if table.name.endswith("_items") else LABEL_KEY)
    return list(next(raw.key for raw in RAW_TABLES if raw.name == table.name))


def test_sessions_lie_in_six_months_and_most_users_have_one(database: duckdb.DuckDBPyConnection) -> None:
    sessions = arrow_of(database, "raw/raw_sessions/part.parquet")
    days = sessions[PARTITION_COLUMN].to_pylist()
    assert sessions.num_rows == 300
    assert {(day.year, day.month) for day in days} == {(2025, 12), *((2026, month) for month in range(1, 6))}
    users = Counter(sessions["user_id"].to_pylist())
    assert 170 < len(users) <= POPULATION.users == 177
    assert Counter(users.values()).most_common(1)[0][0] == 1


def test_counts_of_a_turn_are_those_of_its_calls(database: duckdb.DuckDBPyConnection) -> None:
    turns = arrow_of(database, "raw/raw_turns/part.parquet")
    calls = arrow_of(database, "raw/raw_tool_calls/part.parquet")
    stated = dict(zip(turns["turn_id"].to_pylist(), turns["tool_call_count"].to_pylist(), strict=True))
    found = dict.fromkeys(stated, 0)
    for turn_id in calls["turn_id"].to_pylist():
        found[turn_id] += 1
    assert found == stated


def test_objects_of_a_file_are_accounted_for(database: duckdb.DuckDBPyConnection) -> None:
    files = arrow_of(database, "raw/raw_files/part.parquet").to_pylist()
    counts = arrow_of(database, "raw/raw_record_counts/part.parquet").to_pylist()
    found: dict[str, int] = {}
    for row in counts:
        found[row["content_hash"]] = found.get(row["content_hash"], 0) + row["object_count"]
    assert {
        row["content_hash"]: row["object_count"] - row["set_aside_object_count"] for row in files
    } == found


def test_answers_are_words_of_the_vocabulary(database: duckdb.DuckDBPyConnection) -> None:
    known: dict[tuple[str, str], set[str]] = {}
    for row in vocabulary():
        known.setdefault((row.classifier, row.field), set()).add(row.label)
    for name, (table, _) in TABLES.items():
        classifier = table.name.removesuffix("_items")
        found = arrow_of(database, name)
        for column in found.schema.names:
            if (classifier, column) in known:
                said = {str(one) for one in found[column].to_pylist() if one is not None}
                assert said <= known[classifier, column], (name, column)


def test_an_answer_without_status_ok_is_null(database: duckdb.DuckDBPyConnection) -> None:
    rows = arrow_of(database, "labels/outcome/claude.parquet").to_pylist()
    assert {row["status"] for row in rows} > {"ok"}
    assert all((row["outcome"] is None) == (row["status"] != "ok") for row in rows)


def test_experts_reach_more_than_novices() -> None:
    with populated(Population(sessions=20_000)) as database:
        shares: dict[int, Any] = dict(
            database.execute(
                "select level, avg(cast(outcome = 'succeeded' as double)) from sessions group by level"
            ).fetchall()
        )
    assert shares[5] > shares[3] > shares[1] > 0.2


def test_the_same_seed_gives_the_same_rows_and_another_one_others(
    database: duckdb.DuckDBPyConnection,
) -> None:
    query = select_of(*TABLES["labels/expertise/claude.parquet"]) + " order by all"
    with populated(POPULATION) as again, populated(Population(sessions=300, seed=1)) as other:
        once = database.execute(query).fetchall()
        assert again.execute(query).fetchall() == once
        assert other.execute(query).fetchall() != once


def test_a_column_that_the_table_does_not_have_is_refused() -> None:
    table, _ = TABLES["labels/label_eligibility/claude.parquet"]
    rows = eligibility_rows()
    with pytest.raises(KeyError, match="colour"):
        select_of(table, Rows(rows.source, {**rows.values, "colour": "'red'"}))
