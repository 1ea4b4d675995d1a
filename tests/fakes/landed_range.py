"""A process that lands some dates of a home, as a run over a range does; its gate lets everything pass.

Run as `python -m tests.fakes.landed_range <first> <last>` with the environment of the home's settings.
"""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from expectations.verdict import Verdict
from orchestration.landing.chunk import LandingReport, LandingRun
from orchestration.settings import Settings, load_settings
from orchestration.stages import land_raw

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def pass_all(staged: Mapping[date, Mapping[str, Path]]) -> Sequence[Verdict]:
    return [Verdict("any", "raw_sessions", day, "passes", "block", "pass", 0, 0, "") for day in staged]


def land(settings: Settings, days: Sequence[date], *, run_id: str = "run") -> LandingReport:
    """Land these dates."""
    return land_raw(settings, days, LandingRun(run_id, NOW, pass_all))


if __name__ == "__main__":
    first, last = (date.fromisoformat(each) for each in sys.argv[1:])
    from orchestration.date_states import dirty_days

    settings = load_settings()
    own = [day for day in dirty_days(settings) if first <= day <= last]
    print(len(land(settings, own, run_id=f"run-{first}").landed))  # noqa: T201 - the caller reads it
