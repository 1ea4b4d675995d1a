"""How many turns a session has: the median and the 90th percentile, over all and by quarter and month (C7).

Belongs here: which sessions enter, which percentiles, which periods. Not here: the interval by user
(statistics.clusters), the mean (int_activity__summed), what may be shown (privacy). Rests on no label.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow, estimate_row, sample_of
from orchestration.statistics.clusters import quantile_by_user

METRIC = "turns_per_session"
QUANTILES = {"median": 0.5, "p90": 0.9}

_SESSIONS_SQL = """
    select
        user_id,
        worked_turn_count,
        cast(started_month as varchar) as month,
        cast(cast(date_trunc('quarter', started_month) as date) as varchar) as quarter
    from marts.fct_sessions
    where agent = $agent and is_in_study_c_frame and worked_turn_count > 0
    order by session_id
"""


def turns_of_sessions(facts: BuiltFacts) -> list[EstimateRow]:
    """Rows of the sessions of study C's frame in which the agent worked, in the period of their start.

    The study says "about 4" of a typical session, which is a median. Withheld below 30 expected effective
    sessions, as rates are, but not of one person's own data.
    """
    sessions = facts.read(_SESSIONS_SQL).to_pandas()
    least = 0.0 if facts.rules.is_personal else facts.rules.min_effective_n
    rows = list(_of_period(sessions, least, period_kind="overall", period_start=None))
    for kind in ("quarter", "month"):
        for start, found in sessions.groupby(kind, sort=True):
            rows += _of_period(found, least, period_kind=kind, period_start=date.fromisoformat(str(start)))
    return rows


def _of_period(sessions: pd.DataFrame, least_effective_n: float, **period: Any) -> Iterator[EstimateRow]:
    turns, users = sessions["worked_turn_count"], sessions["user_id"]
    for statistic, quantile in QUANTILES.items():
        found = quantile_by_user(turns, users, quantile, least_effective_n=least_effective_n)
        yield estimate_row(
            METRIC, statistic, found.estimate, sample=sample_of(users), labeller=None, fingerprint=None,
            n_effective=found.expected_n, unknown_share=0.0, **period,
        )  # fmt: skip
