"""The lake of the small team with all rows of another: rows in every table of the facts."""

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.claude_lake import label_by_claude
from tests.planted_duels import write_asked_apart
from tests.raw_lake import small_lake
from tests.small_git import add_git


def mixed_lake(lake_dir: Path, other: Path) -> None:
    """Write the lake of the small team, and add the lake `other`."""
    lake = small_lake()
    label_by_claude(lake)
    add_git(lake)
    lake.write(lake_dir)
    write_asked_apart(lake_dir)
    for file in other.rglob("*.parquet"):
        _add(lake_dir / file.relative_to(other), file)


def _add(target: Path, file: Path) -> None:
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    elif pq.read_metadata(file).num_rows:
        parts = [pq.read_table(path, partitioning=None) for path in (target, file)]
        pq.write_table(pa.concat_tables(parts), target)
