"""Staged dates: the tables of one date as files that nobody reads yet.

Belongs here: streaming the tables of a date into staging, counting rows and redactions on the way.
Not here: the gate's verdict and the landing itself (landing, journal), nor what the rows mean (ingest).
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from orchestration.ingest.archive.days import FileScan
from orchestration.ingest.rows import RawFile, RawQuarantinedLine, RawRecordCount, arrow_schema, to_arrow
from orchestration.landing.lake import LakeTable, PartitionWriter


@dataclass(frozen=True)
class StagedDate:
    """One date in staging: a file and a row count per table that has rows."""

    day: date
    folder: Path
    fingerprint: str
    files: Mapping[str, Path]
    row_counts: Mapping[str, int]
    redaction_counts: Mapping[str, int]
    byte_count: int


def stage_date(
    day: date,
    tables: Iterable[Mapping[str, pa.Table]],
    *,
    fingerprint: str,
    folder: Path,
    lake_tables: Mapping[str, LakeTable],
) -> StagedDate:
    """Stream `tables` into one file per table; a failure leaves nothing in `folder`.

    Memory is bounded by one element of `tables` and a row group per table. Raises KeyError for a table
    that is not in `lake_tables`, and whatever producing or writing the rows raises.
    """
    writers: dict[str, PartitionWriter] = {}
    redactions: Counter[str] = Counter()
    try:
        for batch in tables:
            for name, table in batch.items():
                if name == "raw_redactions":
                    count_redactions(redactions, table)
                if table.num_rows:
                    _writer(writers, name, folder=folder, lake_tables=lake_tables).write(table)
        for writer in writers.values():
            writer.close()
    except BaseException:
        # The space is needed at once when the disk is full; a kill leaves it to roll_forward.
        shutil.rmtree(folder, ignore_errors=True)
        raise
    files = {name: writers[name].path for name in sorted(writers)}
    return StagedDate(
        day=day,
        folder=folder,
        fingerprint=fingerprint,
        files=files,
        row_counts={name: writers[name].row_count for name in files},
        redaction_counts=dict(sorted(redactions.items())),
        byte_count=sum(path.stat().st_size for path in files.values()),
    )


def scan_tables(
    scans: Iterable[FileScan], *, parser_version: str, key_path: Callable[[str], str]
) -> dict[str, pa.Table]:
    """Rows of the file versions archived on a date: files, quarantined pieces, objects without session.

    The archive knows paths by a plain hash; `key_path` makes each the keyed pseudonym that may land.
    """
    ordered = sorted(scans, key=lambda scan: scan.file.content_hash)
    files = [
        scan.file._replace(parser_version=parser_version, path_id=key_path(scan.file.path_id))
        for scan in ordered
    ]
    quarantined = [
        line._replace(path_id=key_path(line.path_id)) for scan in ordered for line in scan.quarantined
    ]
    counts = [count for scan in ordered for count in scan.without_session]
    return {
        "raw_files": to_arrow(files, arrow_schema(RawFile)),
        "raw_quarantined_lines": to_arrow(quarantined, arrow_schema(RawQuarantinedLine)),
        "raw_record_counts": to_arrow(counts, arrow_schema(RawRecordCount)),
    }


def _writer(
    writers: dict[str, PartitionWriter], name: str, *, folder: Path, lake_tables: Mapping[str, LakeTable]
) -> PartitionWriter:
    """The open writer of a table; opened at its first rows, because a table without rows has no file."""
    if name not in writers:
        if name not in lake_tables:
            raise KeyError(f"{name} is not a table of this stage: {', '.join(sorted(lake_tables))}")
        writers[name] = PartitionWriter(folder / f"{name}.parquet", schema=lake_tables[name].schema)
    return writers[name]


def count_redactions(redactions: Counter[str], table: pa.Table) -> None:
    """Add the redactions of rows of raw_redactions, by kind."""
    pairs = zip(table["redaction_kind"].to_pylist(), table["redaction_count"].to_pylist(), strict=True)
    for kind, redaction_count in pairs:
        redactions[kind] += redaction_count
