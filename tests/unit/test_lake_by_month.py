"""The copy by month reads as the lake does, and a changed date costs its month alone."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing.lake_by_month import CopiedMonths, copy_by_month
from tests.fakes.killed_writer import NEW, OLD, land
from tests.fakes.landing_days import MONDAY, InventedArchive, landing_run, parser
from tests.lakes_as_read import part_of, rows_read

MAY = date(2026, 5, 1)


def land_may(home: Path, turns: int) -> None:
    from orchestration.landing.landing import land_dates

    archive = InventedArchive({MAY: {"m": turns}})
    land_dates(home, archive, [MAY], parser=parser(), run=landing_run())


def test_copy_reads_as_the_lake_does_and_a_changed_date_costs_its_month(data_home: Path) -> None:
    lake, copied = data_home / "lake", data_home / "months"
    land(data_home, OLD)
    land_may(data_home, 2)
    first = copy_by_month(lake, copied)
    assert rows_read(copied) == rows_read(lake)
    assert len(rows_read(copied)["raw_turns"]) == 5
    assert copy_by_month(lake, copied) == CopiedMonths(0, first.written, 0)

    march = (copied / part_of("raw_turns")).stat()
    land_may(data_home, 3)
    changed = copy_by_month(lake, copied)
    assert rows_read(copied) == rows_read(lake)
    assert 0 < changed.written < first.written
    assert (copied / part_of("raw_turns")).stat() == march


def test_month_without_dates_goes_and_a_lost_one_comes_back(data_home: Path) -> None:
    lake, copied = data_home / "lake", data_home / "months"
    land(data_home, OLD)
    copy_by_month(lake, copied)
    assert (copied / part_of("raw_files")).exists()
    land(data_home, NEW)
    assert copy_by_month(lake, copied).removed == 2
    assert not (copied / part_of("raw_files")).exists()
    (copied / part_of("raw_turns")).unlink()
    assert copy_by_month(lake, copied).written == 1
    assert rows_read(copied) == rows_read(lake)


def test_date_of_an_earlier_version_has_null_in_a_newer_column(data_home: Path) -> None:
    lake, copied = data_home / "lake", data_home / "months"
    land(data_home, OLD)
    path = lake / f"raw/raw_turns/session_date={MONDAY}/part.parquet"
    rows = pq.read_table(path, partitioning=None)
    pq.write_table(rows.drop_columns(["turn_id"]), path)
    copy_by_month(lake, copied)
    found = rows_read(copied)["raw_turns"]
    assert [row["turn_id"] is None for row in found] == [row["session_date"] == MONDAY for row in found]
    assert found == rows_read(lake)["raw_turns"]


def test_tables_without_dates_are_the_lakes_own(data_home: Path) -> None:
    lake, copied = data_home / "lake", data_home / "months"
    land(data_home, OLD)
    folder = lake / "prices" / "unit_prices"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"usd": [1.5]}), folder / "part.parquet")
    copy_by_month(lake, copied)
    assert pq.read_table(copied / "prices/unit_prices/part.parquet").to_pylist() == [{"usd": 1.5}]
