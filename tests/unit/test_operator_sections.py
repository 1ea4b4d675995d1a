"""An operator's sections of Dagster's settings go before ours, and a file of their own is left as it is."""

from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.instance.ref import InstanceRef
from dagster._core.utils import make_new_run_id

from orchestration.dagster_instance import (
    COMMAND_LINE_CONFIG,
    FIRST_LINES,
    SERVER_CONFIG,
    has_operator_sections,
    open_instance,
    write_instance_config,
)
from orchestration.forgetting.history import runs_with
from orchestration.settings import SettingsError, load_settings

POSTGRES = """\
storage:
  postgres:
    postgres_db:
      {hostname: db.example, username: dagster, password: {env: DAGSTER_PG_PASSWORD}, db_name: d, port: 5432}
run_launcher:
  module: dagster_k8s
  class: K8sRunLauncher
  config: {job_namespace: agents}
"""


@pytest.fixture
def operator_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_PG_PASSWORD", "hunter22")
    path = tmp_path / "own.yaml"
    path.write_text(POSTGRES)
    return path


def resolved(folder: Path, config: str) -> InstanceRef:
    """What Dagster makes of a file; it loads no class."""
    return InstanceRef.from_dir(str(folder), config_filename=config)


def test_a_database_and_a_launcher_of_the_operator_are_what_dagster_uses(
    tmp_path: Path, operator_file: Path
) -> None:
    folder = tmp_path / "dagster"
    written = write_instance_config(folder, operator_file)
    for config in (SERVER_CONFIG, COMMAND_LINE_CONFIG):
        ref = resolved(folder, config)
        for storage in (ref.run_storage_data, ref.event_storage_data, ref.schedule_storage_data):
            assert storage.module_name.startswith("dagster_postgres"), config
        assert ref.run_launcher_data is not None
        assert ref.run_launcher_data.class_name == "K8sRunLauncher"
        settings = ref.settings
        assert settings["concurrency"]["runs"]["max_concurrent_runs"] == 1, "what they do not name stays ours"
        assert settings["telemetry"]["enabled"] is False
    assert resolved(folder, SERVER_CONFIG).compute_logs_data.class_name == "LocalComputeLogManager"
    assert resolved(folder, COMMAND_LINE_CONFIG).compute_logs_data.class_name == "NoOpComputeLogManager"
    assert "hunter22" not in written.read_text()


def test_without_an_operators_file_it_is_ours_alone(tmp_path: Path) -> None:
    ref = resolved(write_instance_config(tmp_path).parent, SERVER_CONFIG)
    assert ref.event_storage_data.class_name == "BatchedSqliteEventLogStorage"
    assert not has_operator_sections(load_settings(home=tmp_path))


def test_what_an_older_version_has_written_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / SERVER_CONFIG
    path.write_text("# Written by sessionmart at every start: change some module, not this file.\nnux: {}\n")
    assert write_instance_config(tmp_path).read_text().startswith(FIRST_LINES)


def test_a_file_of_the_operators_own_is_left_and_the_command_line_shares_its_storage(
    tmp_path: Path, operator_file: Path
) -> None:
    folder = tmp_path / "home" / "dagster"
    folder.mkdir(parents=True)
    own = folder / SERVER_CONFIG
    own.write_text(POSTGRES)
    for _ in range(2):
        assert write_instance_config(folder).read_text() == POSTGRES
    ref = resolved(folder, COMMAND_LINE_CONFIG)
    assert ref.run_storage_data.module_name.startswith("dagster_postgres")
    assert ref.settings["concurrency"]["runs"]["max_concurrent_runs"] == 1
    assert has_operator_sections(load_settings(home=folder.parent))
    with pytest.raises(SettingsError, match="one of them is enough"):
        write_instance_config(folder, operator_file)
    assert own.read_text() == POSTGRES


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("storage: [", "not valid YAML"),
        ("just words", "no sections"),
        ("", "no sections"),
        ("colours: {}", "colours"),
        ("storage: {postgres: {postgres_db: {port: 6543217}}}", "storage"),
        ("telemetry: {enabled: 6543217}", "telemetry"),
    ],
)
def test_what_cannot_be_used_is_said_without_quoting_it(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=said) as raised:
        write_instance_config(tmp_path / "dagster", path)
    assert str(path) in str(raised.value)
    assert "6543217" not in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        write_instance_config(tmp_path / "dagster", tmp_path / "absent.yaml")


def test_the_setting_is_a_path_that_servers_are_given(tmp_path: Path, operator_file: Path) -> None:
    settings = load_settings(dagster_file=str(operator_file))
    assert settings.dagster_file == operator_file
    written = write_instance_config(tmp_path / "dagster", settings.dagster_file)
    assert yaml.safe_load(written.read_text())["run_launcher"]["config"] == {"job_namespace": "agents"}


def test_a_run_that_names_a_person_is_found_in_the_operators_storage(tmp_path: Path) -> None:
    """There are no files of ours to search then, and a deletion must not pass it over."""
    elsewhere = tmp_path / "elsewhere"
    own = tmp_path / "own.yaml"
    own.write_text(f"storage: {{sqlite: {{base_dir: {elsewhere}}}}}\n")
    settings = load_settings(home=tmp_path / "home", dagster_file=own)
    named, other = (dg.DagsterRun(job_name="update", run_id=make_new_run_id()) for _ in range(2))
    with open_instance(settings.dagster_home, settings.dagster_file) as instance:
        instance.add_run(named.with_tags({"note": "in session-0a1b2c3d"}))
        instance.add_run(other)
    assert elsewhere.exists()
    assert runs_with(settings, frozenset({b"session-0a1b2c3d"})) == {named.run_id}
    assert runs_with(settings, frozenset({b"session-ffffffff"})) == frozenset()
