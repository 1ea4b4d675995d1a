"""Dagster's own folder of a data home: its settings file, and the instance that the command line uses.

Every line of our settings answers a trap that was met; an operator's sections go before them (ADR 0057). The
webserver, the daemon and `sessionmart run` share the folder, so `make dev` shows every run. Not here: what
an operator's file says, and whether Dagster takes it (operator_sections).
"""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.operator_sections import check_sections, with_sections
from orchestration.settings import CHECKOUT, Settings, SettingsError, environment_of

if TYPE_CHECKING:
    from dagster import DagsterInstance
    from dagster._core.remote_origin import RemoteRepositoryOrigin

STARTED_BY_TAG = "sessionmart/started_by"
COMMAND_LINE = "command line"

DEFINITIONS = "orchestration.definitions"
"""The module that webserver and daemon load, after which Dagster names what it finds there."""

OURS = "# Written by sessionmart"
"""How a file begins that is ours to replace, in every version."""

FIRST_LINES = f"""\
{OURS} at every start. The setting dagster_file names a file whose sections go before
# these; without this first line, the file is yours and is left as it is.
"""

INSTANCE_CONFIG = """\
telemetry:
  enabled: false
nux:
  enabled: false

# A range run records an event per table and date: the batched log writes them together.
event_log_storage:
  module: orchestration.event_log
  class: BatchedSqliteEventLogStorage
  config:
    base_dir: "{folder}/history"
run_storage:
  module: dagster._core.storage.runs
  class: SqliteRunStorage
  config:
    base_dir: "{folder}/runs"
schedule_storage:
  module: dagster._core.storage.schedules
  class: SqliteScheduleStorage
  config:
    base_dir: "{folder}/schedules"
local_artifact_storage:
  module: dagster._core.storage.root
  class: LocalArtifactStorage
  config:
    base_dir: "{folder}"
{compute_logs}

# One run at a time: a data home has one writer, and dbt's database has one too.
concurrency:
  pools:
    granularity: op
    default_limit: 1
  runs:
    max_concurrent_runs: 1

# Without these, a run that was killed keeps its pool slot for ever (dagster#33643).
run_monitoring:
  enabled: true
  start_timeout_seconds: 300
  free_slots_after_run_end_seconds: 60
  poll_interval_seconds: 30
  # The local launcher cannot ask whether a run is alive: after six hours it is taken for dead.
  max_runtime_seconds: 21600
run_retries:
  enabled: false
  retry_on_asset_or_op_failure: false

# Events are kept all the same; at the stock level each is a line of the terminal, a thousand for a run.
python_logs:
  python_log_level: WARNING

retention:
  schedule:
    purge_after_days: 30
  sensor:
    purge_after_days:
      skipped: 2
      failure: 30
      success: 90
"""


OUTPUT_FOLDER = "compute_logs"

CAPTURED_OUTPUT = f"""\
compute_logs:
  module: dagster._core.storage.local_compute_log_manager
  class: LocalComputeLogManager
  config:
    base_dir: "{{folder}}/{OUTPUT_FOLDER}\""""

# Capturing takes four processes a run, which a terminal's Ctrl-C ends with a traceback each.
SHOWN_OUTPUT = """\
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager"""

SERVER_CONFIG = "dagster.yaml"
COMMAND_LINE_CONFIG = "command_line.yaml"


def write_instance_config(dagster_home: Path, operator_file: Path | None = None) -> Path:
    """Write `dagster.yaml` and its twin for the command line (only where they differ); the first's path.

    A `dagster.yaml` that is not ours stays, and the command line shares its storage. Raises SettingsError
    where the operator's sections cannot be used.
    """
    dagster_home.mkdir(parents=True, exist_ok=True, mode=0o700)
    server = dagster_home / SERVER_CONFIG
    is_left = _is_operators(server)
    if is_left and operator_file is not None:
        raise SettingsError(
            f"{server} is a file of your own, and dagster_file names {operator_file}: one of them is enough. "
            "Remove the first, or leave the setting out."
        )
    own = server if is_left else operator_file
    _write(dagster_home / COMMAND_LINE_CONFIG, _content(dagster_home, own, SHOWN_OUTPUT))
    if not is_left:
        _write(server, _content(dagster_home, own, CAPTURED_OUTPUT))
    if own is not None:
        check_sections(dagster_home, COMMAND_LINE_CONFIG, own)
    return server


def has_operator_sections(settings: Settings) -> bool:
    """Whether an operator says anything of Dagster's settings: the history may be in a database then."""
    return settings.dagster_file is not None or _is_operators(settings.dagster_home / SERVER_CONFIG)


def _is_operators(server: Path) -> bool:
    return server.exists() and not server.read_text(encoding="utf-8").startswith(OURS)


def _content(dagster_home: Path, operator_file: Path | None, output: str) -> str:
    folder = json.dumps(str(dagster_home), ensure_ascii=False)[1:-1]  # a path may hold what YAML reads
    text = INSTANCE_CONFIG.format(folder=folder, compute_logs=output.format(folder=folder))
    if operator_file is not None:
        text = with_sections(text, operator_file, kept=("compute_logs",) if output == SHOWN_OUTPUT else ())
    return FIRST_LINES + text


def _write(path: Path, content: str) -> None:
    # Two sessionmarts may start at once; replacing is atomic, and both write the same.
    if not path.exists() or path.read_text(encoding="utf-8") != content:
        partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
        partial.write_text(content, encoding="utf-8")
        partial.replace(path)


def open_instance(dagster_home: Path, operator_file: Path | None = None) -> "DagsterInstance":
    """The Dagster instance of a data home for this process, whose output its terminal shows.

    The caller closes it (it is a context manager). Raises SettingsError as write_instance_config does.
    """
    from dagster import DagsterInstance

    write_instance_config(dagster_home, operator_file)
    return DagsterInstance.from_config(str(dagster_home), COMMAND_LINE_CONFIG)


def served_origin() -> "RemoteRepositoryOrigin":
    """Where webserver and daemon load the definitions from: a run that names it belongs to their jobs."""
    from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
    from dagster._core.remote_origin import ManagedGrpcPythonEnvCodeLocationOrigin, RemoteRepositoryOrigin
    from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

    loaded = LoadableTargetOrigin(
        executable_path=sys.executable, module_name=DEFINITIONS, working_directory=str(CHECKOUT)
    )
    return RemoteRepositoryOrigin(
        ManagedGrpcPythonEnvCodeLocationOrigin(loaded, location_name=DEFINITIONS), SINGLETON_REPOSITORY_NAME
    )


def end_dead_runs(instance: "DagsterInstance") -> list[str]:
    """Mark runs of command lines that were killed as failed and free their slots; returns their ids.

    To be called by whoever holds the home's lock: a command line holds it from beginning to end, so an
    unfinished run of one is dead then. Left alone it would keep every later run waiting.
    """
    from dagster import DagsterRunStatus, RunsFilter

    unfinished = [DagsterRunStatus.NOT_STARTED, DagsterRunStatus.STARTING, DagsterRunStatus.STARTED]
    found = instance.get_runs(RunsFilter(tags={STARTED_BY_TAG: COMMAND_LINE}, statuses=unfinished))
    # A run that the UI starts again has the tags of its parent, and a process of its own.
    dead = [run for run in found if run.parent_run_id is None]
    for run in dead:
        instance.report_run_failed(run, "Its process was ended before it had finished; the next run goes on.")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    return [run.run_id for run in dead]


def server_environment(settings: Settings) -> dict[str, str]:
    """The environment of a webserver or daemon of this data home, and of the runs they start."""
    return {
        **environment_of(settings),
        "DAGSTER_HOME": str(settings.dagster_home),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
