"""The server loads what it should, importing does nothing, and a missing manifest is said plainly."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.dagster_instance import server_environment, write_instance_config
from orchestration.definitions import build_definitions
from orchestration.publishing import parsed_project, warehouse
from orchestration.settings import CHECKOUT, load_settings


def test_importing_the_definitions_does_nothing(data_home: Path, tmp_path: Path) -> None:
    code = "import orchestration.definitions, orchestration.cli, orchestration.event_log"
    broken = {**os.environ, "SESSIONMART_MODE": "neither", "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=broken, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert not data_home.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_manifest_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsed_project, "MANIFEST_PATH", tmp_path / "manifest.json")
    with pytest.raises(parsed_project.ManifestMissingError, match="make manifest"):
        build_definitions(load_settings())


def test_dagster_and_dbt_report_nothing_to_their_makers(data_home: Path) -> None:
    settings = load_settings()
    written = write_instance_config(settings.dagster_home).read_text()
    assert "telemetry:\n  enabled: false" in written
    assert "nux:\n  enabled: false" in written
    environment = server_environment(settings)
    assert environment["DO_NOT_TRACK"] == "1"
    assert environment["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"
    assert warehouse.dbt_environment(settings)["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"
