"""What runs by the clock: keeping transcripts every day, before the agent's own clean-up removes them.

The sensor `dirty_dates` does the rest as soon as the archive has grown.
"""

import dagster as dg

from orchestration.jobs import ARCHIVE_JOB
from orchestration.settings import Settings


def daily_archive(settings: Settings) -> dg.ScheduleDefinition:
    """Every night at three, in the configured zone; switched on in the UI (Automation)."""
    return dg.ScheduleDefinition(
        name="daily_archive",
        job_name=ARCHIVE_JOB,
        cron_schedule="0 3 * * *",
        execution_timezone=settings.time_zone,
        description="Archives new and changed transcripts every night; `dirty_dates` updates their dates.",
    )
