"""The main job: archive what is on disk, bring dirty dates up to date, release, all in one run.

Belongs here: the order of things on the command line, and running Dagster's job in this process, against
the instance that `make dev` shows. Not here: the stages (stages), what is printed afterwards (summary).
"""

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from orchestration.command_lines import command_line
from orchestration.dagster_instance import (
    COMMAND_LINE,
    STARTED_BY_TAG,
    end_dead_runs,
    open_instance,
    served_origin,
)
from orchestration.date_states import dirty_days
from orchestration.failures import NoTranscriptsError, RunStoppedError
from orchestration.forgetting.forget import finish_deletion
from orchestration.home import open_home
from orchestration.home_record import plain_pattern
from orchestration.ingest.archive.archive import ArchiveReport
from orchestration.ingest.sources.discovery import Discovery, found_instead
from orchestration.labelling.asking import days_to_ask, is_spent
from orchestration.labelling.batches import batch_state, wait_for_batches
from orchestration.labelling.change_reviews import plan_reviews
from orchestration.labelling.lake_sessions import days_with_sessions
from orchestration.labelling.next_step_duels import plan_duels
from orchestration.landing.journal import home_lock, roll_forward
from orchestration.landing.judge_process import JudgeProcess
from orchestration.progress import Reporter
from orchestration.publishing.parsed_project import require_manifest
from orchestration.publishing.release import clean_up_releases
from orchestration.publishing.warehouse_stages import release_state, released_state
from orchestration.run_log import LOGGER
from orchestration.run_retention import remove_old_runs
from orchestration.settings import Settings, has_api_key
from orchestration.stages import archive_transcripts, discover, open_archive

if TYPE_CHECKING:
    import dagster as dg
    from dagster import JobExecutionResult

POLL_SECONDS = 30.0
"""Between two looks at open batches; the API answers from a counter, most batches take under an hour."""

SHOWN_UNREADABLE = 10
"""Paths in the message that nothing was found; a folder may hold thousands."""

Ending = Literal["released", "nothing_changed"]


@dataclass(frozen=True)
class RunOptions:
    """What a run is asked for beyond the settings.

    `force` lands every date again; `skip_stopped` leaves dates alone that a gate has refused before.
    `wait`: poll submitted batches until all are answered, and ask what then can be asked. `relabel`: ask
    again for held labels, the `stale` ones or `all`.
    """

    force: bool = False
    skip_stopped: bool = False
    wait: bool = False
    relabel: str = "none"


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended that was not stopped. `budget_run`: the name its requests bear in the ledger."""

    ending: Ending
    archived: ArchiveReport
    days: tuple[date, ...]
    budget_run: str | None = None


def run_home(settings: Settings, reporter: Reporter, options: RunOptions) -> RunOutcome:
    """Bring the data home up to date, and ask Claude within the budget where a key and one are set.

    Raises NoTranscriptsError, RunStoppedError, HomeLockedError.
    """
    require_manifest()
    settings = open_home(settings)
    _require_free_disk(settings)
    asks = may_ask(settings)
    budget_run = f"run-{uuid4().hex[:12]}" if asks else None
    with JudgeProcess() as judge:
        with home_lock(settings.home, purpose="sessionmart run"):
            roll_forward(settings.home)
            finish_deletion(settings, now=datetime.now(UTC))
            clean_up_releases(settings.home)
            archived = _archive(settings, reporter)
        log_archived(archived)
        days = _bring_up_to_date(settings, reporter, options, judge=judge, archived=archived, run=budget_run)
        while (
            options.wait
            and budget_run
            and (answered := _follow_batches(settings, judge, reporter, budget_run))
        ):
            # The warehouse once, for all that has come; clusters and duels may then ask, in batches again.
            resources = {"judge": judge, "reporter": reporter}
            _run_in_dagster(settings, answered, None, resources, RunOptions(), budget_run=budget_run)
            days = sorted({*(days or ()), *answered})
    if days is None:
        return RunOutcome("nothing_changed", archived, ())
    return RunOutcome("released", archived, tuple(days), budget_run)


def may_ask(settings: Settings) -> bool:
    """Whether this run may send anything: a key alone does not, a budget alone cannot."""
    return has_api_key(settings) and settings.budget_usd > 0


def _bring_up_to_date(
    settings: Settings,
    reporter: Reporter,
    options: RunOptions,
    *,
    judge: JudgeProcess,
    archived: ArchiveReport,
    run: str | None,
) -> list[date] | None:
    """One Dagster run over all dates that have something to do; the dates, or None where nothing is."""
    with home_lock(settings.home, purpose="sessionmart run"):
        days = _wanted_days(settings, options)
        if run is not None:
            with reporter.task("Planning labels") as advance:
                again = options.relabel != "none"
                asked = days_with_sessions(settings) if again else days_to_ask(settings, advance=advance)
                days = sorted({*days, *asked})
        is_asking_apart = run is not None and _has_requests_apart(settings)
        if not days and not is_asking_apart and released_state(settings) == release_state(settings):
            return None
        judge.start()
        LOGGER.info("%s dates to bring up to date", len(days))
        resources = {"judge": judge, "reporter": reporter}
        _run_in_dagster(settings, days, archived, resources, options, budget_run=run)
    return days


def _has_requests_apart(settings: Settings) -> bool:
    """Whether a duel or a review can go on; clusters are asked about when there is something else to do."""
    return any(plan(settings).request_count for plan in (plan_duels, plan_reviews))


def _follow_batches(
    settings: Settings, judge: JudgeProcess, reporter: Reporter, budget_run: str
) -> list[date]:
    """Land the labels of each batch as it ends and ask the next steps, until nothing is open; the dates."""
    judge.start()
    resources = {"judge": judge, "reporter": reporter}
    answered: set[date] = set()
    while days := _awaited_days(settings, reporter, budget_run):
        _run_in_dagster(
            settings, days, None, resources, RunOptions(), budget_run=budget_run, only_labels=True
        )
        answered.update(days)
    return sorted(answered)


def _awaited_days(settings: Settings, reporter: Reporter, budget_run: str) -> list[date]:
    """Wait until a batch has ended; its dates. Where none is open, those with a next step to ask."""
    if not batch_state(settings, ask=False).open_batches:
        return [] if is_spent(settings, budget_run) else days_to_ask(settings)
    with reporter.task("Waiting for batches (Ctrl-C leaves them to the next run)") as advance:
        state = wait_for_batches(settings, pause=time.sleep, seconds=POLL_SECONDS, advance=advance)
    return list(state.days)


def _archive(settings: Settings, reporter: Reporter) -> ArchiveReport:
    with reporter.task("Looking for transcripts"):
        discovery = discover(settings)
    if not discovery.files:
        _require_archived(settings, discovery)
    with reporter.task("Archiving transcripts") as advance:
        archived = archive_transcripts(settings, discovery, now=datetime.now(UTC), advance=advance)
    with open_archive(settings) as archive:
        if not archive.has_sessions():
            raise NoTranscriptsError(_without_sessions(settings, archived))
    return archived


def _without_sessions(settings: Settings, archived: ArchiveReport) -> str:
    """Files of a known agent were there, and no session in any of them: nothing to release."""
    of_deleted = archived.deleted_person_file_count
    return (
        f"No session was found in {archived.file_count:,} transcript file(s) of "
        f"{', '.join(settings.transcripts)}"
        + (
            f"; {of_deleted:,} of them are passed over, because their person was deleted"
            if of_deleted
            else ""
        )
        + ". Nothing is released. Name the right folder with --transcripts (make: TRANSCRIPTS=; several are "
        "separated by ':')."
    )


def log_archived(archived: ArchiveReport) -> None:
    """What came in, and every path that was passed over: the terminal shows only the first of them."""
    LOGGER.info("archived %s files, %s new versions", archived.file_count, archived.new_version_count)
    for path, reason in (*archived.unknown, *archived.unreadable):
        LOGGER.info("passed over: %s: %s", path, reason)
    if archived.other_file_count:
        LOGGER.info("passed over: %s files of other kinds", archived.other_file_count)


def _require_archived(settings: Settings, discovery: Discovery) -> None:
    """Nothing on disk is fine where an archive holds what was there before."""
    if settings.archive_dir.exists():
        with open_archive(settings) as archive:
            if archive.has_sessions():
                return
    raise NoTranscriptsError(f"No transcripts were found{_looked(settings, discovery)}")


def _looked(settings: Settings, discovery: Discovery) -> str:
    """Where was looked, what lay there instead, and what to do."""
    bad = {str(path): reason for path, reason in discovery.unreadable}
    patterns = [plain_pattern(pattern) for pattern in settings.transcripts]
    lines = [f"  {pattern}" + (f": {bad.pop(pattern)}" if pattern in bad else "") for pattern in patterns]
    lines += [f"  {path}: {reason}" for path, reason in sorted(bad.items())[:SHOWN_UNREADABLE]]
    return (
        f": {found_instead(discovery)}. Looked in:\n" + "\n".join(lines) + "\n"
        "Name the right folder with --transcripts (make: TRANSCRIPTS=; several are separated by ':'), or see "
        f"how it works with `{command_line(None, 'demo')}`."
    )


def _wanted_days(settings: Settings, options: RunOptions) -> list[date]:
    if options.force:
        with open_archive(settings) as archive:
            return archive.dates()
    dirty = dirty_days(settings, skip_stopped=options.skip_stopped)
    ended = batch_state(settings, ask=True).days if has_api_key(settings) else ()
    return sorted({*dirty, *ended})


def _run_in_dagster(
    settings: Settings,
    days: list[date],
    archived: ArchiveReport | None,
    resources: Mapping[str, Any],
    options: RunOptions,
    *,
    budget_run: str | None = None,
    only_labels: bool = False,
) -> None:
    """One run in this process, recorded where the UI looks; it asks Claude only under a `budget_run`.

    `only_labels`: Claude's labels of these dates alone, without the warehouse and a release. Raises
    RunStoppedError where it fails.
    """
    import dagster as dg
    from dagster._core.definitions.job_base import InMemoryJob
    from dagster._core.execution.api import execute_run

    from orchestration.assets.label_config import asking_config
    from orchestration.assets.transcripts import ARCHIVED_TRANSCRIPTS, archive_metadata
    from orchestration.definitions import build_definitions
    from orchestration.jobs import PUBLISH_JOB, UPDATE_AND_LABEL_JOB, UPDATE_JOB
    from orchestration.partitions import FORCE_TAG, RELEASE_HELD_TAG, SKIP_STOPPED_TAG, range_tags

    definitions = build_definitions(settings, overrides=resources)
    tags = {**(range_tags(days) if days else {}), STARTED_BY_TAG: COMMAND_LINE}
    if options.force:
        tags[FORCE_TAG] = "true"
    if options.skip_stopped:
        tags |= {SKIP_STOPPED_TAG: "true", RELEASE_HELD_TAG: "true"}
    with open_instance(settings.dagster_home, settings.dagster_file) as instance:
        end_dead_runs(instance)
        if archived is not None:
            instance.report_runless_asset_event(
                dg.AssetMaterialization(ARCHIVED_TRANSCRIPTS, metadata=archive_metadata(archived))
            )
        if only_labels:
            job = _labels_alone(definitions)
        else:
            update = UPDATE_JOB if budget_run is None else UPDATE_AND_LABEL_JOB
            job = definitions.resolve_job_def(update if days else PUBLISH_JOB)
        asked = (
            asking_config(
                has_dates=bool(days), only_labels=only_labels, budget_run=budget_run, relabel=options.relabel
            )
            if budget_run is not None
            else {}
        )
        # Made here and not by `execute_in_process`, whose runs belong to no job of the server: the timeline
        # leaves them out, and nothing can start them again.
        run = instance.create_run_for_job(
            job,
            tags={**job.run_tags, **tags},
            # Dagster's own log goes to its folder, where the UI shows it; a person reads the summary.
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}, **asked},
            remote_job_origin=served_origin().get_job_origin(job.name),
        )
        result = execute_run(InMemoryJob(job), run, instance)
        remove_old_runs(instance, kept_days=settings.runs_kept_days)
    LOGGER.info("dagster run %s: %s", result.run_id, "success" if result.success else "failed")
    if not result.success:
        raise RunStoppedError(_why(result, settings))


def _labels_alone(definitions: "dg.Definitions") -> "dg.JobDefinition":
    """The part of the job `label` that asks, collects and lands, without the warehouse and a release."""
    import dagster as dg

    from orchestration.jobs import LABEL_JOB
    from orchestration.labellers.claude import GROUP

    labels = dg.AssetSelection.groups(GROUP).resolve(definitions.resolve_asset_graph())
    return definitions.resolve_job_def(LABEL_JOB).get_subset(asset_selection=labels)


def _why(result: "JobExecutionResult", settings: Settings) -> str:
    """What the first failed step said; its text is ours, see `assets.reporting.stated_failures`."""
    for event in result.all_events:
        if event.is_step_failure:
            said = event.step_failure_data.user_failure_data
            if said is not None and said.description:
                return said.description
            error = event.step_failure_data.error
            kind = error.cls_name if error is not None else "an error"
            return (
                f"The step {event.step_key} failed with {kind}; `{command_line(settings, 'dev')}` shows "
                f"where (run {result.run_id})."
            )
    return f"The run did not start. `{command_line(settings, 'dev')}` shows why, in run {result.run_id}."


def _require_free_disk(settings: Settings) -> None:
    free_gb = shutil.disk_usage(settings.home).free / 1e9
    if free_gb < settings.min_free_gb:
        raise RunStoppedError(
            f"Only {free_gb:.1f} GB are free on the disk of {settings.home}, but min_free_gb requires "
            f"{settings.min_free_gb:g}. Free some space, or lower min_free_gb."
        )
