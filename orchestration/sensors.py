"""What runs by what changed: transcripts on disk, and dates whose rows are no longer what they came from.

A tick looks at file times and at the archive's index; it reads no transcript. Each request carries a key
made of what it saw, so the same state is asked for once, also when its run failed: a person decides then.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import blake2b

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from orchestration.command_lines import command_line
from orchestration.dagster_instance import end_dead_runs
from orchestration.date_states import day_states, dirty_days, held_days, say_held
from orchestration.home import open_home
from orchestration.ingest.pseudonyms import key_exists
from orchestration.ingest.sources.source import TranscriptFile
from orchestration.jobs import ARCHIVE_JOB, PUBLISH_JOB, UPDATE_JOB
from orchestration.labelling.batches import batch_state
from orchestration.landing.journal import HomeLockedError, home_lock
from orchestration.partitions import SKIP_STOPPED_TAG, range_tags
from orchestration.publishing.warehouse_stages import release_state, released_state
from orchestration.settings import Settings, has_api_key
from orchestration.stages import discover, open_archive

TICK_SECONDS = 30
BATCH_TICK_SECONDS = 60
_UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def changed_transcripts(settings: Settings) -> dg.SensorDefinition:
    """Archive soon after transcripts have changed; switched on in the UI (Automation)."""

    @dg.sensor(
        name="changed_transcripts",
        job_name=ARCHIVE_JOB,
        minimum_interval_seconds=TICK_SECONDS,
        description="Archives transcripts that have changed and come to rest; looks at sizes and times only.",
    )
    def sensor() -> Iterator[dg.RunRequest | dg.SkipReason]:
        open_home(settings)  # it may have been changed since the server started
        changed = settled_changes(settings, now=datetime.now(UTC))
        if changed:
            yield dg.RunRequest(run_key=_key(f"{f.path} {f.size} {f.modified_ns}" for f in changed))
        else:
            yield dg.SkipReason("No transcript has changed and come to rest.")

    return sensor


def settled_changes(settings: Settings, *, now: datetime) -> list[TranscriptFile]:
    """Files that the archive does not have as they are, and that were left alone for a while.

    A session that is being written changes every few seconds: without the wait every tick would run.
    """
    settled_before = (now.timestamp() - settings.debounce_seconds) * 1e9
    with open_archive(settings) as archive:
        pending = archive.pending(discover(settings, known=archive.sources_by_path()))
    return [file for file in pending if file.modified_ns <= settled_before]


def dirty_dates_sensor(
    settings: Settings, targets: Sequence[UnresolvedAssetJobDefinition]
) -> dg.SensorDefinition:
    """Bring dirty dates up to date in one run, and release what is landed; `targets`: the jobs for it.

    Switched on in the UI like the other: looking at a home must not change what is published.
    """

    @dg.sensor(
        name="dirty_dates",
        jobs=[job for job in targets if job.name in {UPDATE_JOB, PUBLISH_JOB}],
        minimum_interval_seconds=TICK_SECONDS,
        description=(
            "Requests one run over the dates whose rows or labels are not what archive, parser, key, rules "
            "and answers make of them. States that a gate has refused are not asked for again, and nothing "
            "is released while there are any."
        ),
    )
    def sensor(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        open_home(settings, make=False)
        if not settings.archive_dir.exists() or not key_exists(settings.pseudonym_key_path):
            yield dg.SkipReason("Nothing is archived yet.")
        elif is_run_under_way(settings, context.instance):
            yield dg.SkipReason("A run is under way; its end is awaited.")
        else:
            yield wanted_run(settings)

    return sensor


def finished_batches_sensor(settings: Settings) -> dg.SensorDefinition:
    """Bring home the answers of ended batches; they are paid already, and nothing more is asked."""

    @dg.sensor(
        name="finished_batches",
        job_name=UPDATE_JOB,
        minimum_interval_seconds=BATCH_TICK_SECONDS,
        description="Asks the API whether submitted batches have ended, and requests a run that lands them.",
    )
    def sensor() -> Iterator[dg.RunRequest | dg.SkipReason]:
        if not has_api_key(settings):
            yield dg.SkipReason("No key is set.")
            return
        open_home(settings, make=False)
        state = batch_state(settings, ask=True)
        if state.ended:
            key = _key(str(batch.batch_id) for batch in state.ended)
            yield dg.RunRequest(run_key=f"collect-{key}", tags=range_tags(state.days))
        elif state.problem:
            yield dg.SkipReason(state.problem)
        else:
            waiting = len(state.open_batches)
            yield dg.SkipReason(f"{waiting} batches are at work." if waiting else "No batch is open.")

    return sensor


def is_run_under_way(settings: Settings, instance: dg.DagsterInstance) -> bool:
    """Whether a run of this home is unfinished; one whose command line was killed is ended here."""
    unfinished = dg.RunsFilter(statuses=_UNFINISHED)
    if instance.get_runs_count(unfinished):
        with suppress(HomeLockedError), home_lock(settings.home, purpose="looking for dead runs"):
            end_dead_runs(instance)
    return instance.get_runs_count(unfinished) > 0


def wanted_run(settings: Settings) -> dg.RunRequest | dg.SkipReason:
    """The one run that would bring this home up to date, or why none is needed."""
    dirty = dirty_days(settings, skip_stopped=True)
    if dirty:
        return dg.RunRequest(
            job_name=UPDATE_JOB,
            run_key=_key(day_states(settings, dirty)),
            tags={**range_tags(dirty), SKIP_STOPPED_TAG: "true"},
        )
    held = held_days(settings)
    if held:
        listed = command_line(settings, "dates")
        return dg.SkipReason(
            f"Nothing is released: {say_held(held)}. `{listed}` says which rules and what to do."
        )
    state = release_state(settings)
    if released_state(settings) != state:
        return dg.RunRequest(job_name=PUBLISH_JOB, run_key=f"publish-{state}")
    return dg.SkipReason("Everything that is archived is landed and released.")


def _key(parts: Iterable[str]) -> str:
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(f"{part}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
