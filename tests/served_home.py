"""A data home served by a real webserver and a real daemon, each its own process group on this machine.

Belongs here: starting, asking over GraphQL, ending. What is asked and expected stands in the tests.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.request import Request, urlopen

from orchestration.dagster_instance import server_environment, write_instance_config
from orchestration.settings import CHECKOUT, Settings

Answer = TypeVar("Answer")
PATIENCE_SECONDS = 420
LOCATION = {"repositoryLocationName": "orchestration.definitions", "repositoryName": "__repository__"}


class ServedHome:
    """The GraphQL side of a running webserver."""

    def __init__(self, settings: Settings, port: int) -> None:
        self.settings = settings
        self.address = f"http://127.0.0.1:{port}"

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """The data of one GraphQL request; errors fail the test with their text."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = Request(f"{self.address}/graphql", body, {"Content-Type": "application/json"})  # noqa: S310
        with urlopen(request, timeout=60) as response:  # noqa: S310 - always this machine
            answer = json.load(response)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def is_up(self) -> bool:
        try:
            with urlopen(f"{self.address}/server_info", timeout=5) as response:  # noqa: S310
                return bool(response.status == 200)
        except OSError:
            return False

    def switch_sensor(self, name: str, *, on: bool) -> None:
        """Start or stop a sensor, as the switch in the UI does."""
        selector = {**LOCATION, "sensorName": name}
        if on:
            self.ask(_START_SENSOR, selector=selector)
            return
        sensor = self.ask(_SENSOR, selector=selector)["sensorOrError"]
        self.ask(_STOP_SENSOR, id=sensor["id"])

    def launch_backfill(self, assets: list[str], partitions: list[str]) -> str:
        """Launch an asset backfill; returns its id."""
        parameters = {"assetSelection": [{"path": [asset]} for asset in assets], "partitionNames": partitions}
        launched = self.ask(_LAUNCH_BACKFILL, parameters=parameters)["launchPartitionBackfill"]
        assert "backfillId" in launched, launched
        return str(launched["backfillId"])

    def newest_backfill(self) -> str | None:
        """The id of the backfill that was launched last, if any was."""
        found = self.ask(_NEWEST_BACKFILL)["partitionBackfillsOrError"]["results"]
        return str(found[0]["id"]) if found else None

    def launch_job(self, job: str) -> str:
        """Launch a job without dates, as the UI does; returns the id of its run."""
        selector = {**LOCATION, "pipelineName": job}
        parameters = {"selector": selector, "mode": "default", "runConfigData": {}}
        launched = self.ask(_LAUNCH_JOB, parameters=parameters)["launchRun"]
        assert "run" in launched, launched
        return str(launched["run"]["runId"])

    def finished_run(self, run_id: str) -> str:
        """The status of a run when it has ended."""

        def ended() -> str | None:
            (run,) = self.runs(runIds=[run_id])
            return str(run["status"]) if run["status"] in {"SUCCESS", "FAILURE", "CANCELED"} else None

        return wait_for(ended, f"the end of run {run_id}")

    def skip_reason(self, sensor: str) -> str | None:
        """Why the last tick of a sensor asked for nothing; None where it asked, or there was none."""
        selector = {**LOCATION, "sensorName": sensor}
        ticks = self.ask(_TICKS, selector=selector)["sensorOrError"]["sensorState"]["ticks"]
        return ticks[0]["skipReason"] if ticks and ticks[0]["status"] == "SKIPPED" else None

    def finished_backfill(self, backfill_id: str) -> str:
        """The status of a backfill when it has ended."""

        def ended() -> str | None:
            backfill = self.ask(_BACKFILL, id=backfill_id)["partitionBackfillOrError"]
            status = str(backfill["status"])
            return None if status in {"REQUESTED", "COMPLETING", "FAILING", "CANCELING"} else status

        return wait_for(ended, f"the end of backfill {backfill_id}")

    def runs(self, **filters: object) -> list[dict[str, Any]]:
        """Runs, the newest first, with status, tags and where their job was loaded from."""
        found: list[dict[str, Any]] = self.ask(_RUNS, filter=filters)["runsOrError"]["results"]
        return found

    def failure_of(self, run_id: str) -> str:
        """What the failed step of a run said, as the UI shows it."""
        events = self.ask(_EVENTS, id=run_id)["logsForRun"]["events"]
        said = [event["failureMetadata"] for event in events if event.get("failureMetadata")]
        return " ".join(str(each["description"]) for each in said)

    def materialized_dates(self, asset: str, *, run_id: str) -> set[str]:
        """The partitions of an asset that a run has recorded."""
        found = self.ask(_MATERIALIZATIONS, key={"path": [asset]})["assetOrError"]["assetMaterializations"]
        return {str(each["partition"]) for each in found if each["runId"] == run_id}

    def failed_dates(self, asset: str) -> list[tuple[str, str]]:
        """The ranges of an asset's partitions that the UI shows as failed."""
        node = self.ask(_STATUSES, key={"path": [asset]})["assetNodeOrError"]
        ranges = node["assetPartitionStatuses"]["ranges"]
        return [(each["startKey"], each["endKey"]) for each in ranges if each["status"] == "FAILED"]


@contextmanager
def serve(settings: Settings) -> Iterator[ServedHome]:
    """Webserver and daemon of a home until the block ends; its sensors are off, as they are at first."""
    write_instance_config(settings.dagster_home)
    port = free_port()
    logs = settings.home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    web = ["dagster-webserver", "-m", "orchestration.definitions", "-h", "127.0.0.1", "-p", str(port)]
    with _process(web, settings, logs / "webserver.log") as server:
        home = ServedHome(settings, port)
        wait_for(lambda: home.is_up() or server.poll() is not None, "the webserver")
        assert server.poll() is None, (logs / "webserver.log").read_text()[-3000:]
        daemon = ["python", "-m", "tests.fakes.hasty_daemon", "run", "-m", "orchestration.definitions"]
        with _process(daemon, settings, logs / "daemon.log"):
            yield home


def wait_for(ask: Callable[[], Answer | None], what: str) -> Answer:
    """What `ask` gives as soon as it gives something; fails the test when patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if answer := ask():
            return answer
        time.sleep(0.5)
    raise AssertionError(f"{what} did not come within {PATIENCE_SECONDS} seconds")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def _process(arguments: list[str], settings: Settings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program of the virtual environment, with all processes that it starts, until the block ends."""
    program = Path(sys.executable).with_name(arguments[0])
    environment: Mapping[str, str] = server_environment(settings)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(program), *arguments[1:]],
            cwd=CHECKOUT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        with group_ended(process):
            yield process


@contextmanager
def group_ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """After the block, a process that leads a group of its own is ended with all that it has started."""
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)
        # Ending the parent leaves Dagster's children running: the group is ended as a whole.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


_LAUNCH_JOB = """
mutation ($parameters: ExecutionParams!) {
  launchRun(executionParams: $parameters) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}"""
_TICKS = """
query ($selector: SensorSelector!) {
  sensorOrError(sensorSelector: $selector) {
    ... on Sensor { sensorState { ticks(limit: 1) { status skipReason } } }
    ... on PythonError { message }
  }
}"""
_LAUNCH_BACKFILL = """
mutation ($parameters: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $parameters) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
    ... on UnauthorizedError { message }
  }
}"""
_BACKFILL = """
query ($id: String!) {
  partitionBackfillOrError(backfillId: $id) {
    ... on PartitionBackfill { status error { message } }
    ... on PythonError { message }
  }
}"""
_NEWEST_BACKFILL = """
query {
  partitionBackfillsOrError(limit: 1) {
    ... on PartitionBackfills { results { id } }
    ... on PythonError { message }
  }
}"""
_RUNS = """
query ($filter: RunsFilter!) {
  runsOrError(filter: $filter) {
    ... on Runs {
      results { runId status jobName tags { key value } repositoryOrigin { repositoryLocationName } }
    }
    ... on PythonError { message }
  }
}"""
_EVENTS = """
query ($id: ID!) {
  logsForRun(runId: $id, limit: 5000) {
    ... on EventConnection {
      events { ... on ExecutionStepFailureEvent { failureMetadata { description } } }
    }
  }
}"""
_MATERIALIZATIONS = """
query ($key: AssetKeyInput!) {
  assetOrError(assetKey: $key) {
    ... on Asset { assetMaterializations(limit: 1000) { partition runId } }
  }
}"""
_STATUSES = """
query ($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) {
    ... on AssetNode {
      assetPartitionStatuses {
        ... on TimePartitionStatuses { ranges { status startKey endKey } }
      }
    }
  }
}"""
_SENSOR = """
query ($selector: SensorSelector!) {
  sensorOrError(sensorSelector: $selector) { ... on Sensor { id } ... on PythonError { message } }
}"""
_START_SENSOR = """
mutation ($selector: SensorSelector!) {
  startSensor(sensorSelector: $selector) { ... on Sensor { id } ... on PythonError { message } }
}"""
_STOP_SENSOR = """
mutation ($id: String!) {
  stopSensor(id: $id) {
    ... on StopSensorMutationResult { instigationState { status } }
    ... on PythonError { message }
  }
}"""
