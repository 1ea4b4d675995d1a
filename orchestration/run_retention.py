"""Old runs are removed from Dagster's history: nobody else does, and the UI reads more with each of them.

Belongs here: which runs may go. A run stays, whatever its age, while it made what an asset or a date shows as
its newest state: with it the state would be gone from the UI.
"""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.dagster_instance import OUTPUT_FOLDER

if TYPE_CHECKING:
    from dagster import DagsterInstance

REMOVED_AT_ONCE = 200
"""At the end of a run, so that it is soon over; the next run removes more."""


def remove_old_runs(instance: "DagsterInstance", *, kept_days: int, now: datetime | None = None) -> list[str]:
    """Remove ended runs older than that many days with their events and output; their ids."""
    from dagster import DagsterRunStatus, RunsFilter

    ended = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
    before = (now or datetime.now(UTC)) - timedelta(days=kept_days)
    old = instance.get_run_records(
        RunsFilter(statuses=ended, created_before=before), limit=REMOVED_AT_ONCE, ascending=True
    )
    if not old:
        return []
    current = _runs_of_newest_states(instance)
    gone = [record.dagster_run.run_id for record in old if record.dagster_run.run_id not in current]
    for run_id in gone:
        instance.compute_log_manager.delete_logs(prefix=[run_id])
        # What the server captured: the command line captures nothing, and so knows of no folder for it.
        shutil.rmtree(Path(instance.root_directory) / OUTPUT_FOLDER / run_id, ignore_errors=True)
        instance.delete_run(run_id)
    return gone


def _runs_of_newest_states(instance: "DagsterInstance") -> set[str]:
    """Runs that made the newest state of an asset or of one of its dates."""
    from dagster import DagsterEventType
    from dagster._core.storage.event_log import SqlEventLogStorage
    from dagster._core.storage.event_log.schema import SqlEventLogStorageTable as Events
    from sqlalchemy import func, select

    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):  # not ours to know: then nothing goes
        return {record.dagster_run.run_id for record in instance.get_run_records()}
    newest = (
        select(func.max(Events.c.id))
        .where(Events.c.dagster_event_type == DagsterEventType.ASSET_MATERIALIZATION.value)
        .group_by(Events.c.asset_key, Events.c.partition)
    )
    with storage.index_connection() as connection:
        rows = connection.execute(select(Events.c.run_id).where(Events.c.id.in_(newest)).distinct())
        return {str(row[0]) for row in rows}
