"""The daily partition: one UTC date of sessions, the newest being today.

A session belongs to the UTC date of its lineage's earliest record; files and what was set aside belong
to the date they were archived. All partitioned assets share one definition and one backfill policy: with
different ones Dagster splits a range into separate runs, and the gates of one no longer hold the other.
"""

from collections.abc import Sequence
from datetime import date

import dagster as dg

from orchestration.stages import Scope

ONE_RUN_FOR_A_RANGE = dg.BackfillPolicy.single_run()
"""Five dates as one run took 35 s, as five runs 270 s: starting up dominates."""

RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"
FORCE_TAG = "sessionmart/force"
"""A run with this tag lands every date of its range again, also those that have not changed."""

SKIP_STOPPED_TAG = "sessionmart/skip_stopped"
"""A run with this tag leaves states alone that a gate has refused before: a range may span such dates."""

RELEASE_HELD_TAG = "sessionmart/release_held"
"""A run with this tag releases although a gate holds dates back: a person has asked for it, no automation."""


def daily_partitions(start_date: date) -> dg.DailyPartitionsDefinition:
    """Days from `start_date` to today, in UTC; Dagster's default would end yesterday."""
    return dg.DailyPartitionsDefinition(start_date=start_date.isoformat(), end_offset=1, timezone="UTC")


def range_tags(days: Sequence[date]) -> dict[str, str]:
    """Tags of one run over all of `days` and what lies between them."""
    return {RANGE_START_TAG: min(days).isoformat(), RANGE_END_TAG: max(days).isoformat()}


def days_of(context: dg.AssetExecutionContext) -> list[date]:
    """The dates that a run was asked for; where it has none, its failure says what to do."""
    if not (context.has_partition_key or context.has_partition_key_range):
        raise dg.Failure(
            description=(
                "This run has no dates, and this step works on dates. Start it again with a date from the "
                "launchpad, or with a range of dates: press `Materialize all…` on the page of the job."
            ),
            allow_retries=False,
        )
    return [date.fromisoformat(key) for key in context.partition_keys]


def releases_held(context: dg.AssetExecutionContext) -> bool:
    """Whether a person has said that dates which are held back shall not keep the others from release."""
    return context.run.tags.get(RELEASE_HELD_TAG) == "true"


def scope_of(context: dg.AssetExecutionContext) -> Scope:
    """Which of its dates a run brings up to date. One date that is asked for alone is always done."""
    tags = context.run.tags
    is_alone = len(context.partition_keys) == 1 and RANGE_START_TAG not in tags
    return Scope(
        force=is_alone or tags.get(FORCE_TAG) == "true",
        skip_stopped=tags.get(SKIP_STOPPED_TAG) == "true",
    )
