"""`python -m benchmarks.synthetic_lake --sessions 4000 --out FOLDER`: a lake of any size, no transcripts.

Belongs here: the tables of the lake, their types, writing a file per date. Not here: what the rows say
(synthetic_population, synthetic_rows, synthetic_labels). Columns and types are those of the row types, so
that a lake cannot drift from what the project lands.
"""

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from benchmarks.synthetic_labels import (
    ASKED,
    CLAUDE,
    RULES,
    classifiers_of,
    eligibility_rows,
    item_rows,
    label_rows,
)
from benchmarks.synthetic_population import Population
from benchmarks.synthetic_rows import RAW_ROWS, Rows
from classifiers.asking.eligibility import LabelEligibility
from orchestration.change_reviews.rows import CHANGE_REVIEW_TABLES
from orchestration.clusters.rows import CLUSTER_TABLES
from orchestration.duels.rows import DUEL_TABLES
from orchestration.estimates.land_estimates import ESTIMATE_TABLES
from orchestration.git_history.tables import git_lake_tables
from orchestration.ingest.rows import PARTITION_COLUMN, arrow_schema
from orchestration.labellers.people import human_label_tables
from orchestration.landing.lake import (
    PART_FILE,
    ROW_GROUP_ROWS,
    LakeTable,
    ensure_typed_empty_files,
    label_lake_table,
    raw_lake_tables,
)
from orchestration.pricing.land_prices import UNIT_PRICES, land_prices
from orchestration.supplied.rows import SUPPLIED_TABLES

SQL_TYPES: Mapping[pa.DataType, tuple[str, str]] = {
    pa.string(): ("varchar", "''"),
    pa.int64(): ("bigint", "0"),
    pa.float64(): ("double", "0"),
    pa.bool_(): ("boolean", "false"),
    pa.timestamp("us"): ("timestamp", "timestamp '2026-01-01'"),
    pa.list_(pa.string()): ("varchar[]", "[]"),
}
"""SQL type of an Arrow type, and what a column holds that may not be null and is not named."""

MEMORY_LIMIT = "3GB"


def synthetic_tables() -> Iterator[tuple[LakeTable, Rows]]:
    """Every table that has rows, and what they are."""
    for table in raw_lake_tables():
        yield table, RAW_ROWS[table.name]
    for labeller in (RULES, CLAUDE):
        for classifier in classifiers_of(labeller):
            schema = classifier.label_schema
            yield (
                label_lake_table(classifier.name, schema, labeller=labeller),
                label_rows(classifier, labeller),
            )
            items = classifier.items_schema
            if items is not None:
                table = label_lake_table(classifier.items_name, items, labeller=labeller)
                yield table, item_rows(classifier, labeller)
    schema = arrow_schema(LabelEligibility)
    yield label_lake_table("label_eligibility", schema, labeller=CLAUDE), eligibility_rows()


def write_synthetic_lake(lake_dir: Path, population: Population) -> dict[str, int]:
    """Write every table, a file per date, and the typed empty files; rows by folder of the table."""
    lake_dir.mkdir(parents=True)
    counts: dict[str, int] = {}
    tables = list(synthetic_tables())
    with TemporaryDirectory(dir=lake_dir.parent) as name:
        scratch = Path(name)
        with duckdb.connect(str(scratch / "population.duckdb")) as database:
            database.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
            database.execute(f"set temp_directory = '{scratch / 'spill'}'")
            # Fewer open files than dates would begin a date's file anew in the middle.
            database.execute("set partitioned_write_max_open_files = 1000")
            populate(database, population)
            for table, rows in tables:
                count = _write(database, scratch / "written", lake_dir, table, rows)
                counts[table.folder] = counts.get(table.folder, 0) + count
    ensure_typed_empty_files(lake_dir, every_table())
    land_prices(lake_dir)
    return counts


def every_table() -> list[LakeTable]:
    """One table per folder of the lake, those without rows too: dbt builds on the lake as it is."""
    people = [label_lake_table(name, schema) for name, schema in human_label_tables().items()]
    return _one_per_folder(
        [
            *(table for table, _ in synthetic_tables()),
            *people,
            *git_lake_tables(),
            *CLUSTER_TABLES,
            *SUPPLIED_TABLES,
            *DUEL_TABLES,
            *CHANGE_REVIEW_TABLES,
            *ESTIMATE_TABLES,
            UNIT_PRICES,
        ]
    )


def populate(database: duckdb.DuckDBPyConnection, population: Population) -> None:
    """Make what the tables are selected from."""
    for statement in (*population.statements(), ASKED):
        database.execute(statement)


def select_of(table: LakeTable, rows: Rows) -> str:
    """The rows of a table as SQL: its columns, its types, the date; raises KeyError for another column."""
    unknown = rows.values.keys() - {*table.schema.names, PARTITION_COLUMN}
    if unknown:
        raise KeyError(f"{table.name} has no column {sorted(unknown)}")
    columns = []
    for field in table.schema:
        type_name, blank = SQL_TYPES[field.type]
        value = rows.values.get(field.name, "null" if field.nullable else blank)
        columns.append(f"cast({value} as {type_name}) as {field.name}")
    day = rows.values.get(PARTITION_COLUMN, PARTITION_COLUMN)
    columns.append(f"cast({day} as date) as {PARTITION_COLUMN}")
    return f"select {', '.join(columns)} from {rows.source}"  # noqa: S608 - texts of these modules


def _write(
    database: duckdb.DuckDBPyConnection, written: Path, lake_dir: Path, table: LakeTable, rows: Rows
) -> int:
    """Write the dates of one table; each file goes to where the lake has it."""
    found = database.execute(
        f"copy ({select_of(table, rows)}) to '{written}' (format parquet, compression zstd,"
        f" row_group_size {ROW_GROUP_ROWS}, partition_by ({PARTITION_COLUMN}), overwrite true)"
    ).fetchone()
    for path in sorted(written.glob(f"{PARTITION_COLUMN}=*/*.parquet")):
        target = lake_dir / table.folder / path.parent.name / table.file_name
        if target.exists():
            raise RuntimeError(f"{path.parent.name} of {table.folder} was written in more than one file")
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
    return int(found[0]) if found else 0


def _one_per_folder(tables: Iterable[LakeTable]) -> list[LakeTable]:
    """The labellers' files lie beside each other."""
    return list({table.folder: replace(table, file_name=PART_FILE) for table in tables}.values())


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.synthetic_lake", description=__doc__)
    parser.add_argument("--sessions", type=int, required=True)
    parser.add_argument("--seed", type=int, default=Population.seed)
    parser.add_argument("--out", type=Path, required=True, help="the lake; it must not exist")
    options = parser.parse_args(arguments)
    counts = write_synthetic_lake(options.out, Population(options.sessions, options.seed))
    for folder, count in counts.items():
        print(f"{count:>12,} {folder}")


if __name__ == "__main__":
    main()
