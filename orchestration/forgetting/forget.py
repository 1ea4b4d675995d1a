"""Deletes one person's data from a data home, everywhere, and leaves a tombstone.

Belongs here: the order of the steps, what is counted before and after, finishing what was interrupted.
Not here: who is meant (plan), the places (places, history, the archive, the ledger).

The plan is on disk before the first step and removed after the last; every step may be done twice. Killed
at any moment, the next call, of whatever person, finishes the deletion first. Tombstones come before the
archive and the archive before the rest: from then on no run can bring the person back.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import orjson

from orchestration.demo_home import TRUTH_FILE, demo_places
from orchestration.failures import RunStoppedError
from orchestration.forgetting import history as forget_history
from orchestration.forgetting import places as forget_places
from orchestration.forgetting import stores as forget_stores
from orchestration.forgetting.demo_requests import clear_requests
from orchestration.forgetting.plan import (
    Bystanders,
    ForgetPlan,
    plan_deletion,
    plan_path,
    read_plan,
    record_keys,
    write_plan,
)
from orchestration.forgetting.reviews import clear_reviews, count_reviews
from orchestration.forgetting.tombstones import Burial, open_tombstones
from orchestration.landing.journal import Step, home_lock, no_step, roll_forward, sync_path
from orchestration.publishing.release import clean_up_releases
from orchestration.publishing.spark_tables import clear_spark
from orchestration.settings import Settings
from orchestration.stages import open_archive

VENDOR_KEEPS = timedelta(days=29)
"""How long the vendor keeps the results of a batch, from its creation on."""


@dataclass(frozen=True)
class Place:
    """One place and how much of the person it holds; `after` is None as long as nothing was removed."""

    name: str
    unit: str
    before: int
    after: int | None = None


@dataclass(frozen=True)
class ForgetReport:
    """What a deletion would remove, or has removed.

    `vendor_batches`: ids of batches that held requests of the person and whose results may still lie with
    the vendor. `transcripts_on_disk`: how many of the person's files lie where they are read from.
    """

    user_id: str
    is_done: bool
    places: tuple[Place, ...]
    bystanders: Bystanders
    vendor_batches: tuple[str, ...]
    transcripts_on_disk: int


class DeletionIncompleteError(Exception):
    """Something of the person was found after the last step; the message names the place."""


def forget_person(
    settings: Settings, *, user: str, now: datetime, is_confirmed: bool = False, step: Step = no_step
) -> ForgetReport:
    """Say what of a person is in the home and, confirmed, remove it and see to it that it stays out.

    Raises UnknownPersonError, HomeLockedError, LedgerBusyError, ArchiveError, TombstonesError, StoreError,
    SparkError, and RunStoppedError where there is no home.
    """
    if not settings.home.exists():
        raise RunStoppedError(f"There is no data home at {settings.home}; name the right one with --home.")
    with home_lock(settings.home, purpose="deleting a person's data"):
        if is_confirmed:
            finish_deletion(settings, now=now, step=step)
        plan, bystanders = _plan(settings, user)
        before = _count(settings, plan)
        batches = _vendor_batches(settings, plan, now=now)
        on_disk = sum(_is_outside(settings, path) and Path(path).exists() for path in plan.paths)
        places = tuple(Place(name, unit, count) for (name, unit), count in before.items())
        if is_confirmed:
            write_plan(settings, plan)
            step("plan written")
            after = _execute(settings, plan, now=now, step=step)
            places = tuple(replace(each, after=after[each.name, each.unit]) for each in places)
    return ForgetReport(plan.user_id, is_confirmed, places, bystanders, batches, on_disk)


def finish_deletion(settings: Settings, *, now: datetime, step: Step = no_step) -> bool:
    """Finish a deletion that was killed half way; returns whether there was one. Call it at every start."""
    plan = read_plan(settings)
    if plan is None:
        return False
    with home_lock(settings.home, purpose="finishing a deletion"):
        _execute(settings, plan, now=now, step=step)
    return True


def _plan(settings: Settings, user: str) -> tuple[ForgetPlan, Bystanders]:
    with open_archive(settings) as archive:
        plan, bystanders = plan_deletion(settings, archive, user)
    in_lake = forget_places.sessions_in_lake(settings, plan.user_id)
    addresses = forget_places.author_keys_in_lake(settings, plan.user_id)
    lake_sessions = tuple(sorted(in_lake - plan.session_ids))
    plan = replace(plan, lake_sessions=lake_sessions, author_keys=tuple(sorted(addresses)))
    rows = forget_places.lake_rows(settings, forget_places.marks_of(plan))
    return replace(plan, lake_row_count=sum(rows.values())), bystanders


def _execute(
    settings: Settings, plan: ForgetPlan, *, now: datetime, step: Step
) -> dict[tuple[str, str], int]:
    """Every step, in order; returns the counts afterwards, which are all zero or DeletionIncompleteError."""
    marks = forget_places.marks_of(plan)
    bury, unlink = partial(_bury, settings, plan, now), partial(clear_reviews, settings, plan)
    steps: tuple[tuple[str, Callable[[], object]], ...] = (
        ("commits finished", lambda: (roll_forward(settings.home), clean_up_releases(settings.home))),
        ("tombstones written", bury),
        ("archive cleared", lambda: _clear_archive(settings, plan)),
        ("releases cleared", lambda: forget_places.clear_releases(settings, marks)),
        ("warehouse cleared", lambda: forget_places.clear_warehouse(settings)),
        ("lake cleared", lambda: forget_places.clear_lake(settings, plan.dates, marks)),
        ("object stores cleared", lambda: forget_stores.clear_stores(settings)),
        ("ledger cleared", lambda: _clear_ledger(settings, plan)),
        ("reviews cleared", unlink),
        ("history cleared", lambda: forget_history.clear_history(settings, plan)),
        ("own transcripts cleared", lambda: _clear_demo(settings, plan)),
        # Last, because it alone needs another server: where that is not there, all else is done.
        ("Spark's tables cleared", lambda: clear_spark(settings)),
    )
    for name, act in steps:
        if plan.has_data or act in (bury, unlink):
            act()
        step(name)
    after = _count(settings, plan)
    left = [f"{count} {unit} in {name}" for (name, unit), count in after.items() if count]
    if left:
        raise DeletionIncompleteError(
            f"After the last step there are still {', '.join(left)}. Another process may have written to "
            f"{settings.home}: end it, and run the same command again."
        )
    plan_path(settings).unlink()
    sync_path(settings.home)
    step("plan removed")
    return after


def _count(settings: Settings, plan: ForgetPlan) -> dict[tuple[str, str], int]:
    """How much of a person each place holds."""
    marks, needles = forget_places.marks_of(plan), forget_history.needles_of(plan)
    with open_archive(settings) as archive:
        extent = archive.extent(plan.removal)
    rows = forget_places.lake_rows(settings, marks)
    reviewed, answered = count_reviews(settings, plan)
    labels = sum(count for path, count in rows.items() if settings.labels_dir in path.parents)
    holding = forget_places.releases_with(settings, marks)
    return {
        ("archive", "sessions"): len(extent.sessions),
        ("archive", "file versions"): len(extent.live_versions),
        ("archive", "paths"): len(extent.paths),
        ("lake", "label rows"): labels,
        ("lake", "other rows"): sum(rows.values()) - labels,
        ("ledger", "requests"): _ledger_requests(settings, plan),
        ("reviews", "sessions"): reviewed,
        ("reviews", "answers by the person"): answered,
        ("releases", "releases"): len(holding),
        ("object stores", "objects"): forget_stores.object_count(settings, set(rows), holding),
        ("logs", "files"): len(forget_history.logs_with(settings, plan)),
        ("run history", "runs"): len(forget_history.runs_with(settings, needles)),
        ("demo transcripts", "files"): sum(Path(path).exists() for path in _own_paths(settings, plan)),
    }


def _bury(settings: Settings, plan: ForgetPlan, now: datetime) -> None:
    with open_tombstones(settings) as tombstones, open_archive(settings) as archive:
        burial = Burial(
            plan.user_id,
            names=frozenset(plan.names),
            paths=frozenset(plan.paths),
            stamps=frozenset(plan.removal.stamps),
            content_hashes=frozenset(plan.removal.content_hashes),
            record_keys=record_keys(archive, plan),
            author_keys=frozenset(plan.author_keys),
        )
        tombstones.bury(burial, now=now)


def _clear_archive(settings: Settings, plan: ForgetPlan) -> None:
    with open_archive(settings) as archive:
        archive.remove(plan.removal)


def _clear_ledger(settings: Settings, plan: ForgetPlan) -> None:
    from classifiers.ledger.ledger import Ledger

    if settings.ledger_path.exists():
        with Ledger.open(settings.ledger_path, clock=lambda: datetime.now(UTC)) as ledger:
            ledger.forget_sessions(plan.session_ids)


def _ledger_requests(settings: Settings, plan: ForgetPlan) -> int:
    from classifiers.ledger.ledger import Ledger

    if not settings.ledger_path.exists():
        return 0
    with Ledger.open(settings.ledger_path, clock=lambda: datetime.now(UTC)) as ledger:
        requests = sum(1 for _ in ledger.requests_of(plan.session_ids))
        return requests + sum(1 for _ in ledger.skipped_of(plan.session_ids))


def _vendor_batches(settings: Settings, plan: ForgetPlan, *, now: datetime) -> tuple[str, ...]:
    """Batches with requests of the person whose results the vendor may still hold."""
    from classifiers.ledger.ledger import Ledger

    if not settings.ledger_path.exists():
        return ()
    with Ledger.open(settings.ledger_path, clock=lambda: datetime.now(UTC)) as ledger:
        recent = [r for r in ledger.requests_of(plan.session_ids) if r.created_at > now - VENDOR_KEEPS]
    return tuple(sorted({request.batch_id for request in recent if request.batch_id is not None}))


def _is_outside(settings: Settings, path: str) -> bool:
    return settings.home not in Path(path).parents


def _own_paths(settings: Settings, plan: ForgetPlan) -> list[str]:
    """The person's transcripts that lie in the home itself: a demo's, which sessionmart wrote."""
    return [path for path in plan.paths if not _is_outside(settings, path)]


def _clear_demo(settings: Settings, plan: ForgetPlan) -> None:
    """Remove a demo's transcripts of the person, and what was planted in them from the list of truths."""
    for path in map(Path, _own_paths(settings, plan)):
        path.unlink(missing_ok=True)
        for folder in path.parents:
            # A folder is named for the person, or for a session of theirs.
            if folder == settings.home or (folder.exists() and any(folder.iterdir())):
                break
            with suppress(FileNotFoundError):
                folder.rmdir()
    truth = settings.home / TRUTH_FILE
    if not truth.exists():
        return
    names = {name.casefold() for name in plan.names}
    clear_requests(demo_places(settings.home)["pull_requests"], names)
    value = orjson.loads(truth.read_bytes())
    ids = plan.session_ids
    value["sessions"] = [each for each in value["sessions"] if each["session_id"] not in ids]
    value["secrets"] = [each for each in value["secrets"] if each["session_id"] not in ids]
    if (value["lone_user"] or "").casefold() in names:
        value["lone_user"] = None
    partial = truth.with_suffix(".partial")
    partial.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2))
    partial.replace(truth)
