"""The built file: what is cleared away before a build, and what DuckDB may hold."""

from pathlib import Path

from orchestration.publishing.warehouse import Warehouse, dbt_environment
from orchestration.settings import load_settings


def test_a_new_build_clears_what_a_killed_one_had_spilled(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    path = settings.warehouse_path
    spill = path.with_name(f"{path.name}.tmp")
    spill.mkdir(parents=True)
    for left in (path, path.with_name(f"{path.name}.wal"), spill / "duckdb_temp_storage-0.tmp"):
        left.write_bytes(b"rows of people")
    Warehouse(settings).start_anew()
    assert list(path.parent.iterdir()) == []


def test_the_setting_bounds_the_memory_of_the_build(tmp_path: Path) -> None:
    assert dbt_environment(load_settings(home=tmp_path))["SESSIONMART_DBT_MEMORY"] == "4GB"
    bounded = dbt_environment(load_settings(home=tmp_path, memory_gb=2.5))
    assert bounded["SESSIONMART_DBT_MEMORY"] == "2.5GB"
