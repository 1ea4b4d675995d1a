"""Who is told that a run has failed: a command of the operator's, or a webhook, as the settings say.

Belongs here: what is told, and telling it. The daemon does it for every run of this home, also for one of the
command line. What failed is told in our own words (`assets.reporting.stated_failures`), which hold nothing of
a transcript; of another error only its kind is told.
"""

import json
import os
import shlex
import subprocess
from collections.abc import Sequence
from urllib.request import Request, urlopen

import dagster as dg

from orchestration.settings import Settings

PATIENCE_SECONDS = 60
MOST_CHARACTERS = 4_000
"""Of a reason: chat services refuse longer texts, and the run in the UI has all of it."""


def failure_sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """The sensor `failed_runs`, switched on; none where the settings name nobody to tell."""
    if settings.failure_command is None and settings.failure_webhook is None:
        return []

    @dg.run_failure_sensor(
        name="failed_runs",
        description=(
            "Tells failed runs to what the settings failure_command and failure_webhook name, once each."
        ),
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def failed_runs(context: dg.RunFailureSensorContext) -> None:
        because = why_failed(context.get_step_failure_events())
        tell_failure(
            settings, run_id=context.dagster_run.run_id, job=context.dagster_run.job_name, because=because
        )

    return [failed_runs]


def why_failed(failures: Sequence[dg.DagsterEvent]) -> str:
    """What the failed steps of a run said."""
    said = []
    for event in failures:
        stated = event.step_failure_data.user_failure_data
        error = event.step_failure_data.error
        if stated is not None and stated.description:
            said.append(stated.description)
        else:
            kind = error.cls_name if error is not None else "an error"
            said.append(
                f"The step {event.step_key} failed with {kind}; the run in the Dagster UI shows where."
            )
    return "\n".join(said) or "The run ended before a step had failed; the Dagster UI shows its last events."


def tell_failure(settings: Settings, *, run_id: str, job: str, because: str) -> None:
    """Tell one failed run. Raises what keeps it from being told; the sensor's tick shows that."""
    because = because[:MOST_CHARACTERS]
    if settings.failure_command is not None:
        told = {"RUN_ID": run_id, "JOB": job, "HOME": str(settings.home), "BECAUSE": because}
        subprocess.run(
            shlex.split(settings.failure_command),
            env={**os.environ, **{f"FAILED_{name}": value for name, value in told.items()}},
            check=True,
            timeout=PATIENCE_SECONDS,
        )
    if settings.failure_webhook is not None:
        body = {
            "text": f"sessionmart: a run of the job {job} has failed. {because}",
            "run_id": run_id,
            "job": job,
            "home": str(settings.home),
            "because": because,
        }
        request = Request(  # noqa: S310 - the operator's own address
            settings.failure_webhook.get_secret_value(),
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urlopen(request, timeout=PATIENCE_SECONDS):  # noqa: S310
            pass
