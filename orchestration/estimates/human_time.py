"""What follows from the estimated hours of a person: time ratios (B16), their value at wages, the horizon
(B12).

Belongs here: which sessions, and which figures. Not here: the question about hours (classifiers), the curve
(statistics.time_horizon), wages (supplied tables). Sessions are those of study C's frame.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts, joined_fingerprint
from orchestration.estimates.estimate_row import EstimateRow, estimate_row, rounded_sample, sample_of
from orchestration.statistics.clusters import mean_by_user
from orchestration.statistics.log_outcomes import geometric_mean
from orchestration.statistics.time_horizon import time_horizon
from orchestration.statistics.withholding import LEAST_EFFECTIVE_N, Estimate, is_too_few, withheld

HOURS = "human_time"

_SQL = """
    select
        judged.user_id,
        cast(judged.is_judged_success as double) as is_success,
        cast(judged.has_clear_goal as double) as has_goal,
        judged.price_usd,
        labelled.human_hours,
        sessions.active_seconds / 3600.0 as agent_hours,
        wages.hourly_wage_usd
    from intermediate.int_sessions__judged as judged
    inner join marts.fct_sessions as sessions on judged.session_id = sessions.session_id
    left join intermediate.int_sessions__labelled as labelled
        on judged.session_id = labelled.session_id and judged.labeller = labelled.labeller
    left join staging.stg_supplied__wages as wages on judged.work_occupation = wages.occupation
    where judged.agent = $agent and judged.labeller = $labeller
    order by judged.session_id
"""


def human_time(facts: BuiltFacts) -> list[EstimateRow]:
    """The figures of every labeller that was asked for the hours of a person."""
    rows: list[EstimateRow] = []
    for labeller in facts.labellers():
        if HOURS in facts.fingerprints(labeller):
            sessions = facts.read(_SQL, labeller=labeller).to_pandas()
            rows += _ratios(facts, labeller, sessions)
            rows += _horizon(facts, labeller, sessions)
    return rows


def _ratios(facts: BuiltFacts, labeller: str, sessions: pd.DataFrame) -> Iterator[EstimateRow]:
    """Hours of a person per hour of the agent, and what the hours cost at the wages that were supplied."""
    timed = sessions[(sessions["human_hours"] > 0) & (sessions["agent_hours"] > 0)]
    ratio = timed["human_hours"] / timed["agent_hours"]
    yield _row(
        facts, labeller, (HOURS,), "human_hours_per_agent_hour", "geometric_mean", _geometric(ratio, timed),
        timed, sessions,
    )  # fmt: skip
    paid = sessions[(sessions["human_hours"] > 0) & sessions["hourly_wage_usd"].notna()]
    if paid.empty:
        return  # no wages were supplied, or none for these occupations
    value = paid["human_hours"] * paid["hourly_wage_usd"]
    needs = (HOURS, "work_occupation")
    found = _enough(paid) or mean_by_user(value.to_numpy(), paid["user_id"])
    yield _row(facts, labeller, needs, "work_value_at_wages_usd", "mean", found, paid, sessions)
    both = paid[paid["price_usd"] > 0]
    compared = both["human_hours"] * both["hourly_wage_usd"] / both["price_usd"]
    yield _row(
        facts, labeller, (*needs, "task_value"), "work_value_per_task_value", "geometric_mean",
        _geometric(compared, both), both, sessions,
    )  # fmt: skip


def _horizon(facts: BuiltFacts, labeller: str, sessions: pd.DataFrame) -> Iterator[EstimateRow]:
    """The hours of a person at which half, and four of five, of the sessions with a clear goal succeed."""
    possible = sessions[sessions["has_goal"] != 0]
    known = possible[possible["is_success"].notna() & (possible["human_hours"] > 0)]
    found = time_horizon(known["human_hours"].to_numpy() * 60, known["is_success"], known["user_id"])
    for metric, statistic, value in (
        ("success_time_horizon_hours", "at_50_percent", _in_hours(found.at_50)),
        ("success_time_horizon_hours", "at_80_percent", _in_hours(found.at_80)),
        ("success_log_odds_per_doubling", "coefficient", found.per_doubling),
    ):
        yield _row(facts, labeller, (HOURS, "outcome"), metric, statistic, value, known, possible)


def _in_hours(found: Estimate) -> Estimate:
    if found.value is None:
        return found
    low, high = (None if bound is None else bound / 60 for bound in (found.low, found.high))
    return Estimate(found.value / 60, None, low, high)


def _enough(sessions: pd.DataFrame) -> Estimate | None:
    """Why there is no mean, or None where there can be one."""
    if sessions.empty:
        return withheld("no_observations")
    return withheld("too_few_effective_sessions") if is_too_few(len(sessions), LEAST_EFFECTIVE_N) else None


def _geometric(values: "pd.Series[Any]", sessions: pd.DataFrame) -> Estimate:
    return _enough(sessions) or geometric_mean(values.to_numpy(), sessions["user_id"])


def _row(
    facts: BuiltFacts,
    labeller: str,
    needs: Sequence[str],
    metric: str,
    statistic: str,
    found: Estimate,
    sessions: pd.DataFrame,
    population: pd.DataFrame,
) -> EstimateRow:
    """`unknown_share`: sessions of the population that miss what the figure needs."""
    fingerprint = joined_fingerprint(facts.fingerprints(labeller), needs)
    return estimate_row(
        metric, statistic, withheld("not_asked") if fingerprint is None else found,
        sample=rounded_sample(sample_of(sessions["user_id"]), facts.rules), labeller=labeller,
        fingerprint=fingerprint or "none", n_effective=float(len(sessions)),
        unknown_share=1 - len(sessions) / len(population) if len(population) else None,
    )  # fmt: skip
