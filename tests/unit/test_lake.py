"""Partition files: bytes follow the rows alone, globs are never empty, types survive."""

from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.ingest.rows import RAW_TABLES, RawTurn, arrow_schema, to_arrow
from orchestration.landing import lake
from tests.fakes.landing_days import MONDAY, TUESDAY, example_row

SCHEMA = pa.schema(
    [
        pa.field("name", pa.string(), nullable=False),
        pa.field("number", pa.int64()),
        pa.field("tags", pa.list_(pa.string())),
    ]
)


def some_rows(count: int) -> pa.Table:
    columns = {
        "name": [f"name {index % 50} {'x' * (index % 7)}" for index in range(count)],
        "number": [None if index % 3 == 0 else index for index in range(count)],
        "tags": [[str(index)] * (index % 3) for index in range(count)],
    }
    return pa.table(columns, schema=SCHEMA)


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(1, 2999), max_size=6), groups=st.integers(50, 4000))
def test_bytes_do_not_depend_on_the_batches_rows_arrive_in(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], groups: int
) -> None:
    folder = tmp_path_factory.mktemp("batches")
    rows = some_rows(3000)
    edges = [0, *sorted(set(cuts)), 3000]
    batches = [rows.slice(start, stop - start) for start, stop in pairwise(edges)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lake, "ROW_GROUP_ROWS", groups)
        lake.write_partition(folder / "whole.parquet", [rows], schema=SCHEMA)
        lake.write_partition(folder / "batches.parquet", batches, schema=SCHEMA)
    assert (folder / "batches.parquet").read_bytes() == (folder / "whole.parquet").read_bytes()


def test_row_groups_are_cut_at_a_fixed_number_of_rows(tmp_path: Path) -> None:
    path = tmp_path / "part.parquet"
    row_count = lake.ROW_GROUP_ROWS + 5
    assert lake.write_partition(path, [some_rows(row_count)], schema=SCHEMA) == row_count
    metadata = pq.read_metadata(path)
    counts = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    assert counts == [lake.ROW_GROUP_ROWS, 5]


def test_files_hold_no_metadata_of_pandas_or_arrow(tmp_path: Path) -> None:
    path = tmp_path / "part.parquet"
    noted = some_rows(3).replace_schema_metadata({"pandas": "{}", "written_at": "today"})
    lake.write_partition(path, [noted], schema=SCHEMA)
    assert pq.read_metadata(path).metadata is None


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    table = lake.LakeTable("labels/outcome", SCHEMA)
    path = lake.partition_file(tmp_path, table, MONDAY)
    path.parent.mkdir(parents=True)
    lake.write_partition(path, [some_rows(10)], schema=SCHEMA)
    assert lake.read_partition(tmp_path, table, MONDAY).equals(some_rows(10))
    assert lake.read_partition(tmp_path, table, MONDAY, columns=["number"]).column_names == ["number"]


def test_date_without_file_reads_as_zero_rows_with_columns(tmp_path: Path) -> None:
    table = lake.LakeTable("raw/raw_turns", arrow_schema(RawTurn))
    found = lake.read_partition(tmp_path, table, TUESDAY)
    assert found.num_rows == 0
    assert found.schema.equals(table.schema)


def test_rows_of_other_columns_are_refused_and_leave_no_file(tmp_path: Path) -> None:
    path = tmp_path / "part.parquet"
    with pytest.raises(KeyError):
        lake.write_partition(path, [pa.table({"other": [1]})], schema=SCHEMA)
    assert not path.exists()


def test_every_raw_table_has_a_typed_empty_file(tmp_path: Path) -> None:
    lake.ensure_typed_empty_files(tmp_path, lake.raw_lake_tables())
    for raw, table in zip(RAW_TABLES, lake.raw_lake_tables(), strict=True):
        path = tmp_path / "raw" / raw.name / "session_date=1970-01-01" / "part.parquet"
        assert pq.read_table(path, partitioning=None).cast(table.schema).num_rows == 0
        assert lake.landed_days(tmp_path, table) == []


def test_typed_empty_file_follows_a_change_of_columns_and_is_else_left_alone(tmp_path: Path) -> None:
    before = lake.LakeTable("labels/outcome", SCHEMA)
    lake.ensure_typed_empty_files(tmp_path, [before])
    path = lake.partition_file(tmp_path, before, lake.EMPTY_DATE)
    untouched = path.stat().st_ino
    lake.ensure_typed_empty_files(tmp_path, [before])
    assert path.stat().st_ino == untouched
    lake.ensure_typed_empty_files(
        tmp_path, [lake.LakeTable("labels/outcome", SCHEMA.append(pa.field("is_new", pa.bool_())))]
    )
    assert pq.read_schema(path).names == [*SCHEMA.names, "is_new"]


def test_table_without_partitions_is_one_file_that_is_never_emptied(tmp_path: Path) -> None:
    table = lake.estimate_lake_table("durations", SCHEMA)
    lake.ensure_typed_empty_files(tmp_path, [table])
    path = lake.single_file(tmp_path, table)
    assert pq.read_metadata(path).num_rows == 0
    lake.write_partition(path, [some_rows(4)], schema=SCHEMA)
    lake.ensure_typed_empty_files(tmp_path, [table])
    assert pq.read_metadata(path).num_rows == 4


def test_times_land_as_plain_utc(tmp_path: Path) -> None:
    schema = arrow_schema(RawTurn)
    path = tmp_path / "part.parquet"
    lake.write_partition(path, [to_arrow([example_row(RawTurn)], schema)], schema=schema)
    (started_at,) = pq.read_table(path)["started_at"].to_pylist()
    assert started_at.tzinfo is None
    assert started_at.hour == 12


def test_date_of_an_earlier_version_has_null_in_newer_columns(tmp_path: Path) -> None:
    table = lake.LakeTable(
        "raw/raw_moods", pa.schema([pa.field("a", pa.string()), pa.field("b", pa.int64(), False)])
    )
    path = lake.partition_file(tmp_path, table, MONDAY)
    path.parent.mkdir(parents=True)
    lake.write_partition(path, [pa.table({"a": ["x"]})], schema=table.schema.remove(1))
    assert lake.read_partition(tmp_path, table, MONDAY).to_pylist() == [{"a": "x", "b": None}]
