"""DuckDB in memory stays within its limit and spills where it is told to."""

from pathlib import Path

from orchestration.landing.bounded_duckdb import bounded_duckdb

SORTED = (
    "create table rows as select i, hash(i) as h, repeat(hash(i)::varchar, 20) as t from range(1000000) r(i)"
)


def test_more_than_fits_is_spilled_into_the_folder_which_is_gone_afterwards(tmp_path: Path) -> None:
    folder = tmp_path / "spill"
    with bounded_duckdb(folder, memory_gb=0.1) as connection:
        assert connection.execute("select current_setting('memory_limit')").fetchone() == ("95.3 MiB",)
        connection.execute(SORTED)
        assert any(folder.iterdir())
    assert not folder.exists()


def test_what_a_killed_process_left_is_gone_before_and_after(tmp_path: Path) -> None:
    folder = tmp_path / "spill"
    folder.mkdir()
    (folder / "rows of people").write_text("left")
    with bounded_duckdb(folder) as connection:
        assert not folder.exists() or not any(folder.iterdir())
        connection.execute("select 1")
    assert not folder.exists()
