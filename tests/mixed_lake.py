"""The lake of the small team with the last days of another: few files, and rows in every table of the facts.

Test support for what is slow by the file. Sessions lie whole in their date, so that days can be left out.
"""

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.ingest.rows import RAW_TABLES
from tests.claude_lake import label_by_claude
from tests.planted_duels import write_asked_apart
from tests.raw_lake import small_lake
from tests.small_git import add_git


def mixed_lake(lake_dir: Path, other: Path, *, days: int) -> None:
    """Write the lake of the small team, and the last `days` of the lake `other`."""
    lake = small_lake()
    label_by_claude(lake)
    add_git(lake)
    lake.write(lake_dir)
    write_asked_apart(lake_dir)
    last = {day.name for day in sorted((other / "raw" / "raw_sessions").glob("session_date=*"))[-days:]}
    of_files = {table.name for table in RAW_TABLES if table.is_by_archived_date}
    for table in sorted(path for path in other.glob("*/*") if path.is_dir()):
        for file in table.rglob("*.parquet"):
            if file.parent == table or file.parent.name in last or table.name in of_files:
                _add(lake_dir / file.relative_to(other), file)


def _add(target: Path, file: Path) -> None:
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    elif pq.read_metadata(file).num_rows:
        parts = [pq.read_table(path, partitioning=None) for path in (target, file)]
        pq.write_table(pa.concat_tables(parts), target)
