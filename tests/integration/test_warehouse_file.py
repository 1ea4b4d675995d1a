"""The built file: what is cleared away before a build, what DuckDB may hold, whose lake is read."""

from pathlib import Path

from orchestration.publishing.warehouse import (
    LAKE_WHEN_PARSED,
    LOCATION,
    PARSED_PATH,
    Warehouse,
    dbt_environment,
    dbt_variables,
    use_lake,
)
from orchestration.settings import load_settings


def test_a_new_build_clears_what_a_killed_one_had_spilled(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    path = settings.warehouse_path
    spill = path.with_name(f"{path.name}.tmp")
    beside = path.with_name(f"{path.name}.spill")
    for folder in (spill, beside):
        folder.mkdir(parents=True)
    left_by_duckdb = "duckdb_temp_storage-0.tmp"
    for left in (path, path.with_name(f"{path.name}.wal"), spill / left_by_duckdb, beside / left_by_duckdb):
        left.write_bytes(b"rows of people")
    Warehouse(settings).start_anew()
    assert list(path.parent.iterdir()) == []


def test_the_setting_bounds_the_memory_of_the_build(tmp_path: Path) -> None:
    assert dbt_environment(load_settings(home=tmp_path))["SESSIONMART_DBT_MEMORY"] == "4GB"
    bounded = dbt_environment(load_settings(home=tmp_path, memory_gb=2.5))
    assert bounded["SESSIONMART_DBT_MEMORY"] == "2.5GB"


def test_the_parsed_project_reads_the_lake_of_the_home(dbt_manifest: object) -> None:
    from dbt.contracts.graph.manifest import Manifest

    manifest = Manifest.from_msgpack(PARSED_PATH.read_bytes())
    assert use_lake(manifest, Path("/homes/o'hara/lake"))
    places = [str(source.meta[LOCATION]) for source in manifest.sources.values()]
    assert len(places) > 20
    assert all("/homes/o''hara/lake/" in place and LAKE_WHEN_PARSED not in place for place in places)


def test_a_project_that_was_parsed_for_another_lake_is_not_taken(dbt_manifest: object) -> None:
    """Somebody has typed `dbt` in the project's folder: its copy reads the lake of the checkout."""
    from dbt.contracts.graph.manifest import Manifest

    manifest = Manifest.from_msgpack(PARSED_PATH.read_bytes())
    source = next(iter(manifest.sources.values()))
    source.config.meta[LOCATION] = str(source.config.meta[LOCATION]).replace(LAKE_WHEN_PARSED, "../data/lake")
    assert not use_lake(manifest, Path("/homes/o'hara/lake"))
    untouched = [one for one in manifest.sources.values() if one is not source]
    assert all(LAKE_WHEN_PARSED in str(one.meta[LOCATION]) for one in untouched)


def test_the_mode_of_the_home_reaches_the_models() -> None:
    """Hashes of commits are in a personal home's release alone (fct_commits)."""
    assert dbt_variables(load_settings(mode="personal"))["mode"] == "personal"
    assert dbt_variables(load_settings(mode="team"))["mode"] == "team"
