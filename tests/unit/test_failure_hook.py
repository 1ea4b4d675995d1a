"""Who is told of a failed run, and what: our own words, never a library's, which may quote a transcript."""

import json
import sys
from pathlib import Path
from subprocess import CalledProcessError

import dagster as dg
import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from orchestration.assets.reporting import stated_failures
from orchestration.failure_hook import MOST_CHARACTERS, tell_failure, why_failed
from orchestration.failures import RunStoppedError
from orchestration.settings import load_settings


def failures_of(error: Exception, *, is_stated: bool) -> list[dg.DagsterEvent]:
    """The failed steps of a run in which a step raises."""

    @dg.op
    def step() -> None:
        if not is_stated:
            raise error
        with stated_failures():
            raise error

    @dg.job
    def job() -> None:
        step()

    result = job.execute_in_process(raise_on_error=False)
    return [event for event in result.all_events if event.is_step_failure]


def test_our_own_words_are_told_and_a_foreign_error_by_its_kind() -> None:
    ours = failures_of(RunStoppedError("The disk is full: free some space."), is_stated=True)
    assert why_failed(ours) == "The disk is full: free some space."
    foreign = why_failed(failures_of(ValueError("a line of a transcript"), is_stated=False))
    assert "transcript" not in foreign
    assert "step" in foreign
    assert why_failed([]).startswith("The run ended before a step had failed")


def test_the_command_is_told_by_variables(tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    program = tmp_path / "tell.py"
    program.write_text(
        "import json, os, sys\n"
        "told = {name: value for name, value in os.environ.items() if name.startswith('FAILED_')}\n"
        "open(sys.argv[1], 'w').write(json.dumps(told))\n"
    )
    settings = load_settings(failure_command=f"'{sys.executable}' '{program}' '{told}'")
    tell_failure(settings, run_id="run-1", job="update", because="$(rm -rf /) 'quoted'")
    assert json.loads(told.read_text()) == {
        "FAILED_RUN_ID": "run-1",
        "FAILED_JOB": "update",
        "FAILED_HOME": str(settings.home),
        "FAILED_BECAUSE": "$(rm -rf /) 'quoted'",
    }


def test_a_command_that_fails_is_seen(tmp_path: Path) -> None:
    settings = load_settings(failure_command=f"'{sys.executable}' -c 'raise SystemExit(3)'")
    with pytest.raises(CalledProcessError):
        tell_failure(settings, run_id="run-1", job="update", because="")


def test_the_webhook_gets_the_run_as_json(httpserver: HTTPServer) -> None:
    httpserver.expect_oneshot_request("/hook", method="POST").respond_with_data("")
    settings = load_settings(failure_webhook=SecretStr(httpserver.url_for("/hook")))
    tell_failure(settings, run_id="run-1", job="update", because="x" * 2 * MOST_CHARACTERS)
    (request, _), *others = httpserver.log
    assert others == []
    body = request.get_json()
    assert (body["run_id"], body["job"], body["home"]) == ("run-1", "update", str(settings.home))
    assert body["because"] == "x" * MOST_CHARACTERS
    assert "update has failed" in body["text"]
