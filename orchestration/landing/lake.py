"""The layout of the lake: where each table's partitions lie, and how a partition file is written.

Belongs here: paths, the typed empty files that keep globs non-empty, the writer whose bytes depend on
the rows alone, reading back. Not here: when a partition may change (landing, journal) or what is in it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.ingest.rows import PARTITION_COLUMN, RAW_TABLES

LAKE = "lake"
PART_FILE = "part.parquet"
EMPTY_DATE = date(1970, 1, 1)
"""Partition of the typed, zero-row file of each table; no real date is as early."""

ROW_GROUP_ROWS = 8192
"""Rows of a row group. Tool calls hold up to 16 kB of text each, so a buffer stays near 128 MB at worst."""


@dataclass(frozen=True)
class LakeTable:
    """A table of the lake: its folder below `lake/`, its columns, and the column its path carries.

    Without a `partition_column` the table is one file. `file_name`: the date's file that this table is;
    labels of Claude lie beside those of the rules, so that each labeller replaces its own alone.
    """

    folder: str
    schema: pa.Schema
    partition_column: str | None = PARTITION_COLUMN
    file_name: str = PART_FILE

    @property
    def name(self) -> str:
        return self.folder.rsplit("/", maxsplit=1)[-1]


def lake_of(home: Path) -> Path:
    """The lake of a data home."""
    return home / LAKE


@cache
def raw_lake_tables() -> tuple[LakeTable, ...]:
    """The raw tables as the lake holds them, in the order of RAW_TABLES."""
    return tuple(LakeTable(f"raw/{table.name}", table.schema) for table in RAW_TABLES)


def label_lake_table(name: str, schema: pa.Schema, *, labeller: str = "rules") -> LakeTable:
    """Labels of one classifier (`name` = classifier) or its list answers (`<classifier>_items`)."""
    file_name = PART_FILE if labeller == "rules" else f"{labeller}.parquet"
    return LakeTable(f"labels/{name}", schema, file_name=file_name)


def estimate_lake_table(name: str, schema: pa.Schema) -> LakeTable:
    """One table of estimates: a single file, rewritten whole."""
    return LakeTable(f"estimates/{name}", schema, partition_column=None)


def gate_results_lake_table(schema: pa.Schema) -> LakeTable:
    """The verdicts: several files in each date, one per run and stage."""
    return LakeTable("gate_results", schema, partition_column="gate_date")


def partition_dir(lake_dir: Path, table: LakeTable, day: date) -> Path:
    """Folder of one date of a partitioned table."""
    if table.partition_column is None:
        raise ValueError(f"{table.folder} has no partitions")
    return lake_dir / table.folder / f"{table.partition_column}={day.isoformat()}"


def partition_file(lake_dir: Path, table: LakeTable, day: date) -> Path:
    """The file of a date of a partitioned table."""
    return partition_dir(lake_dir, table, day) / table.file_name


def single_file(lake_dir: Path, table: LakeTable) -> Path:
    """The one file of a table without partitions."""
    return lake_dir / table.folder / PART_FILE


def gate_results_file(lake_dir: Path, table: LakeTable, day: date, *, run_id: str, stage: str) -> Path:
    """Verdicts of one run and stage (`raw`, `labels_<classifier>`, …) on one date."""
    return partition_dir(lake_dir, table, day) / f"{run_id}.{stage}.parquet"


def ensure_typed_empty_files(lake_dir: Path, tables: Iterable[LakeTable]) -> None:
    """Give each table a zero-row file with its columns, so that a glob matches and has types.

    Readers take the columns from the first file of a glob, which is this one: it is rewritten where
    the columns differ. A table without partitions gets one where no file is, or one of an earlier version
    with other columns: it is computed anew as a whole before anybody reads it.
    """
    for table in tables:
        is_single = table.partition_column is None
        path = single_file(lake_dir, table) if is_single else partition_file(lake_dir, table, EMPTY_DATE)
        if not _has_schema(path, table.schema):
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".partial")
            write_partition(partial, [], schema=table.schema)
            partial.replace(path)


def landed_days(lake_dir: Path, table: LakeTable) -> list[date]:
    """Dates that hold a file of a partitioned table, sorted, without the typed empty one."""
    pattern = f"{table.partition_column}=*/*.parquet"
    named = {path.parent.name for path in (lake_dir / table.folder).glob(pattern)}
    days = (date.fromisoformat(name.partition("=")[2]) for name in named)
    return sorted(day for day in days if day != EMPTY_DATE)


def read_partition(
    lake_dir: Path, table: LakeTable, day: date, *, columns: Sequence[str] | None = None
) -> pa.Table:
    """Rows of one date with the table's types; zero rows where the date has no file.

    `columns` limits what is read. The partition column is in the path only. A date that an earlier
    version landed, and that no run has read anew yet, has null in columns that are newer than it.
    """
    wanted = list(columns) if columns is not None else table.schema.names
    schema = pa.schema([table.schema.field(name) for name in wanted])
    path = partition_file(lake_dir, table, day)
    if not path.exists():
        return schema.empty_table()
    with pq.ParquetFile(path) as file:
        there = set(file.schema_arrow.names)
        known = [name for name in wanted if name in there]
        rows = file.read(columns=known)
    for name in wanted:
        if name not in known:
            field = schema.field(name).with_nullable(True)
            rows = rows.append_column(field, pa.nulls(rows.num_rows, field.type))
            schema = schema.set(schema.get_field_index(name), field)
    return rows.select(wanted).cast(schema)


def write_partition(path: Path, tables: Iterable[pa.Table], *, schema: pa.Schema) -> int:
    """Write the rows of `tables`, in order, as one file; returns their number."""
    with PartitionWriter(path, schema=schema) as writer:
        for table in tables:
            writer.write(table)
    return writer.row_count


class PartitionWriter:
    """Writes one Parquet file whose bytes depend on the schema and the sequence of rows alone.

    Row groups are cut at a fixed number of rows and each is written from one contiguous chunk, because
    page limits follow the chunks that arrive; so it does not matter in which batches rows come. The file
    holds no pandas or Arrow metadata and no time. Memory: one row group plus the table being written.
    """

    def __init__(self, path: Path, *, schema: pa.Schema) -> None:
        self.path = path
        self.row_count = 0
        self._schema = schema.remove_metadata()
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        # A date is a small file with long texts: dictionaries and statistics of its columns make it a
        # sixth larger, and both writing and DuckDB's reading slower by a quarter.
        self._writer = pq.ParquetWriter(
            path,
            self._schema,
            compression="zstd",
            compression_level=3,
            use_dictionary=False,
            write_statistics=False,
            store_schema=False,
        )

    def write(self, table: pa.Table) -> None:
        """Append rows; raises pa.ArrowInvalid or ValueError where the columns are not the schema's."""
        table = table.replace_schema_metadata(None)
        if not table.schema.equals(self._schema):
            table = table.select(self._schema.names).cast(self._schema)
        self.row_count += table.num_rows
        self._waiting.append(table)
        self._waiting_rows += table.num_rows
        while self._waiting_rows >= ROW_GROUP_ROWS:
            self._write_group(ROW_GROUP_ROWS)

    def close(self) -> None:
        """Write what waits and the footer."""
        if self._waiting_rows:
            self._write_group(self._waiting_rows)
        self._writer.close()

    def abandon(self) -> None:
        """Close the file without its last rows and remove it."""
        try:
            self._writer.close()
        finally:
            self.path.unlink(missing_ok=True)

    def __enter__(self) -> "PartitionWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def _write_group(self, row_count: int) -> None:
        waiting = pa.concat_tables(self._waiting)
        self._writer.write_table(waiting.slice(0, row_count).combine_chunks(), row_group_size=row_count)
        rest = waiting.slice(row_count)
        self._waiting = [rest] if rest.num_rows else []
        self._waiting_rows = rest.num_rows


def _has_schema(path: Path, schema: pa.Schema) -> bool:
    """Whether the file at `path` is readable and has these columns and types."""
    try:
        found = pq.read_schema(path)
    except (OSError, pa.ArrowInvalid):
        return False
    return found.names == schema.names and all(
        _same_type(found.field(name), schema.field(name)) for name in schema.names
    )


def _same_type(found: pa.Field, wanted: pa.Field) -> bool:
    """Types agree; the name of a list's item differs between Arrow and Parquet and does not matter."""
    if found.nullable != wanted.nullable:
        return False
    if pa.types.is_list(found.type) and pa.types.is_list(wanted.type):
        return bool(found.type.value_type == wanted.type.value_type)
    return bool(found.type == wanted.type)
