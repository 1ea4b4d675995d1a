"""The built file: what is cleared away before a build, what DuckDB may hold, whose lake is read."""

import json
from pathlib import Path

import pytest

from orchestration.publishing import project_files
from orchestration.publishing.parsed_project import LAKE_WHEN_PARSED, LOCATION, parsed_for, timeless
from orchestration.publishing.project_files import MANIFEST_PATH, PARSED_PATH, PROJECT_DIR, STAMP_PATH
from orchestration.publishing.warehouse import Warehouse, dbt_environment, dbt_variables
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
    manifest = parsed_for(Path("/homes/o'hara/lake"))
    assert manifest is not None
    places = [str(source.meta[LOCATION]) for source in manifest.sources.values()]
    assert len(places) > 20
    assert all("/homes/o''hara/lake/" in place and LAKE_WHEN_PARSED not in place for place in places)


def test_the_parsed_project_finds_its_seeds_in_this_folder(dbt_manifest: object) -> None:
    manifest = parsed_for(Path("/lake"))
    assert manifest is not None
    seeds = [node for node in manifest.nodes.values() if str(node.resource_type) == "seed"]
    assert seeds
    assert all((Path(str(seed.root_path)) / seed.original_file_path).is_file() for seed in seeds)


def test_the_parsed_project_says_nothing_of_when_and_where(dbt_manifest: object) -> None:
    """So that the wheel is the same bytes from every machine, and works in every folder."""
    for path in (MANIFEST_PATH, PARSED_PATH):
        written = path.read_bytes()
        assert len(written) > 1_000_000
        assert str(PROJECT_DIR.parent).encode() not in written
    again = timeless(json.loads(MANIFEST_PATH.read_bytes()))
    assert json.dumps(again, ensure_ascii=False) == MANIFEST_PATH.read_text(encoding="utf-8")
    moments = {node["created_at"] for node in again["nodes"].values()}
    assert moments == {0.0}


def test_a_copy_of_other_files_or_of_another_dbt_is_not_taken(
    dbt_manifest: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody has edited a model since: a build then parses, and does not build what was there before."""
    assert parsed_for(tmp_path) is not None
    for key in ("project", "dbt"):
        stamp = tmp_path / f"{key}.json"
        stamp.write_text(json.dumps({**json.loads(STAMP_PATH.read_text()), key: "another"}))
        with monkeypatch.context() as patched:
            patched.setattr(project_files, "STAMP_PATH", stamp)
            patched.setattr(project_files, "PARSED_FILES", (MANIFEST_PATH, PARSED_PATH, stamp))
            assert parsed_for(tmp_path) is None


def test_the_mode_of_the_home_reaches_the_models() -> None:
    """Hashes of commits are in a personal home's release alone (fct_commits)."""
    assert dbt_variables(load_settings(mode="personal"))["mode"] == "personal"
    assert dbt_variables(load_settings(mode="team"))["mode"] == "team"
