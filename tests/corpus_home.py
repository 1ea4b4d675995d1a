"""A whole corpus as rows, and the warehouse and figures built from them: each once per test process.

Test support for tests that count a corpus in another way. The corpus is a real one where SESSIONMART_CORPUS
names it, else the generated one. Its people stay apart and nothing is hidden.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.ingest.archive.archive import Archive
from orchestration.ingest.parse import open_parser
from orchestration.ingest.rows import RAW_TABLES, to_arrow
from orchestration.ingest.sources.discovery import Discovery
from orchestration.ingest.sources.source import TranscriptFile
from orchestration.landing.lake import ensure_typed_empty_files, raw_lake_tables, write_partition
from orchestration.pricing.land_prices import land_prices
from tests.dbt_runs import METRICS, PERSONAL, Home
from tests.parsed import context
from tests.raw_lake import all_lake_tables

NOW = datetime(2030, 1, 1, tzinfo=UTC)
"""When the corpus is archived: long after its last session, so that nothing in it is open."""

FACTS_UNTESTED = ["build", "--selector", "facts", "--exclude-resource-type", "test", "unit_test"]


@dataclass(frozen=True)
class Parsed:
    """Every raw table of a corpus, whole."""

    tables: dict[str, pa.Table]

    def rows(self, name: str, *columns: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.tables[name].select(list(columns)).to_pylist()
        return rows

    def total(self, name: str, column: str) -> int:
        return int(pc.sum(self.tables[name][column]).as_py() or 0)


def parse_corpus(archive_dir: Path, parts: Iterable[tuple[TranscriptFile, ...]]) -> Parsed:
    """Archive the files part by part, then parse every date, in two processes."""
    settings = context()
    pieces: dict[str, list[pa.Table]] = {table.name: [table.schema.empty_table()] for table in RAW_TABLES}
    with Archive.open(archive_dir, start_date=settings.start_date) as archive:
        for part in parts:
            archive.store(Discovery(part, ()), now=NOW)
        with open_parser(archive_dir, context=settings, workers=2) as parser:
            parser.expect(map(archive.day, archive.dates()))
            for day in map(archive.day, archive.dates()):
                rows: dict[str, list[Any]] = defaultdict(list)
                for scan in day.scans:
                    rows["raw_files"].append(scan.file)
                    rows["raw_quarantined_lines"] += scan.quarantined
                    rows["raw_record_counts"] += scan.without_session
                for table in RAW_TABLES:
                    if rows[table.name]:
                        pieces[table.name].append(to_arrow(rows[table.name], table.schema))
                for tables in parser.parse_day(day):
                    for name, more in tables.items():
                        pieces[name].append(more)
    return Parsed({name: pa.concat_tables(parts).combine_chunks() for name, parts in pieces.items()})


@dataclass(frozen=True)
class CorpusHome:
    """The corpus with its rows, facts and figures."""

    corpus: Path
    parsed: Parsed
    home: Home

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a query on the built warehouse."""
        with duckdb.connect(str(self.home.warehouse_path), read_only=True) as warehouse:
            rows: list[dict[str, Any]] = warehouse.execute(sql).to_arrow_table().to_pylist()
        return rows


def build_corpus_home(corpus: Path, parsed: Parsed, folder: Path) -> CorpusHome:
    """Facts, estimates as one person sees them, and figures, from the rows of a corpus."""
    home = Home(folder)
    ensure_typed_empty_files(home.lake_dir, all_lake_tables())
    for table in raw_lake_tables():
        if table.name in parsed.tables and parsed.tables[table.name].num_rows:
            path = home.lake_dir / table.folder / "session_date=2026-01-01" / "part.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_partition(path, [parsed.tables[table.name]], schema=table.schema)
    land_prices(home.lake_dir)
    for step in home.run(FACTS_UNTESTED, PERSONAL, METRICS):
        assert step.success, step.message
    return CorpusHome(corpus, parsed, home)
