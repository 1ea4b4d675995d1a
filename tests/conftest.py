"""What every test stands on: its own data home, no settings of the developer, no key, no network.

Fixtures that only some tests need live beside those tests.
"""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

LOOPBACK_ONLY = Path(__file__).parent / "fakes" / "loopback_only"
CORPUS_VARIABLE = "SESSIONMART_CORPUS"


def pytest_configure() -> None:
    """Refuse other hosts here and in every subprocess, from before the first test is imported."""
    sys.path.insert(0, str(LOOPBACK_ONLY))
    import sitecustomize

    if Path(str(sitecustomize.__file__)).parent != LOOPBACK_ONLY:
        # The interpreter brings its own; ours is put in place under another name.
        import importlib.util

        spec = importlib.util.spec_from_file_location("loopback_only", LOOPBACK_ONLY / "sitecustomize.py")
        assert spec is not None
        assert spec.loader is not None
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    inherited = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(LOOPBACK_ONLY), *([inherited] if inherited else [])])


LONGEST_FIRST = (
    "test_dagster_server",
    "test_labelling",
    "test_forget",
    "test_cli",
    "test_crash_safety",
    "test_ledger_kills",
    "test_planted_truth",
    "test_bad_input",
)
"""Files of minutes, so that no process is left alone with one at the end."""

ONE_HOME = {
    "demo": (
        "test_planted_", "test_release", "test_report", "test_reviews", "test_semantic_layer",
        "test_stand_in",
    ),
    "whole corpus": ("test_corpus_",),
    "small lake": (
        "test_dbt_build", "test_dbt_labels", "test_small_git", "test_two_agents",
        "test_api_traffic_lands", "test_change_reviews", "test_next_step_duels", "test_stored_columns",
    ),
}  # fmt: skip
"""Files whose tests share a home that is built once: in one process, home by home."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files begin; several processes take files in this order."""
    ranks = {name: rank for rank, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: ranks.get(item.path.stem, len(ranks)))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file to each process at a time, and the files of one home to the same process.

    `--dist loadgroup` would do it, but its marks are not read with pytest 9.2 (pytest-xdist 3.8).
    """
    from xdist.scheduler import LoadFileScheduling

    class FilesOfOneHome(LoadFileScheduling):  # type: ignore[misc,unused-ignore]
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::", 1)[0]
            homes = (home for home, files in ONE_HOME.items() if Path(file).name.startswith(files))
            return next(homes, file)

    config.option.loadscopereorder = False  # the order above is by time, theirs would be by number of tests
    return FilesOfOneHome(config, log)


@pytest.fixture(autouse=True)
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data home of the test's own; no setting, key or telemetry reaches in from outside."""
    for name in list(os.environ):
        is_setting = name.startswith("SESSIONMART_") and name != CORPUS_VARIABLE
        if is_setting or name.startswith(("ANTHROPIC_", "DAGSTER_", "DBT_")):
            monkeypatch.delenv(name)
    os.umask(0o022)  # as on most machines, whatever a test before has made of it
    home = tmp_path / "home"
    monkeypatch.setenv("SESSIONMART_HOME", str(home))
    monkeypatch.setenv("SESSIONMART_CONFIG", str(tmp_path / "no-settings.toml"))
    monkeypatch.setenv("SESSIONMART_TRANSCRIPTS", str(tmp_path / "no-transcripts"))
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    monkeypatch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
    return home


@pytest.fixture(scope="session")
def dbt_manifest() -> dict[str, Any]:
    """The parsed dbt project; `make test` has built it, a test run by hand builds it here."""
    from orchestration.publishing.parsed_project import read_manifest
    from orchestration.publishing.project_files import MANIFEST_PATH
    from orchestration.publishing.warehouse import parse_project

    if not MANIFEST_PATH.exists():
        parse_project()
    return read_manifest()
