"""What interventions of people come to where the agent is off track (METHODS 7.3).

Belongs here: the delay from the first failure to the intervention, and sessions that recover with and without
one. Not here: streaks of failures and interventions (int_streaks__intervened), matching within strata
(statistics.matched_difference), what may be shown (privacy).
"""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts, joined_fingerprint
from orchestration.estimates.estimate_row import EstimateRow, Sample, estimate_row, rounded_sample, sample_of
from orchestration.statistics.clusters import expected_n_of, quantile_by_user, rate_by_user
from orchestration.statistics.matched_difference import matched_rates
from orchestration.statistics.order_statistics import needed_sample_size
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    LEAST_USERS,
    Estimate,
    is_too_few,
    withheld,
)

RULES = "rules"
"""The rules read the outcome from the same failures, so that their recovery would be circular."""

DELAYS = {"intervention_delay_actions": "delay_actions", "intervention_delay_seconds": "delay_seconds"}
QUANTILES = {"median": 0.5, "p90": 0.9}
INTERVENED, RESCUE, RESCUED_MORE = "intervened_streak_share", "recovery_rate", "rescue_difference"
NEEDS = ("outcome", "failure_evidence", "work_mode", "goal_complexity")
"""What recovery and its strata rest on."""

_STREAKS_SQL = """
    select session_id, user_id, is_intervened, delay_actions, delay_seconds
    from intermediate.int_streaks__intervened
    where agent = $agent
    order by session_id, turn_id, streak_number
"""
_SESSIONS_SQL = """
    with streaks as (
        select session_id, bool_or(is_intervened) as is_intervened
        from intermediate.int_streaks__intervened
        where agent = $agent
        group by session_id
    )
    select
        judged.session_id,
        judged.user_id,
        nullif(judged.work_mode, 'not_inferable') as work_mode,
        nullif(judged.goal_complexity, 'not_inferable') as goal_complexity,
        streaks.is_intervened,
        judged.is_at_least_partial and not judged.is_in_trouble_above_3 as is_recovered
    from intermediate.int_sessions__judged as judged
    inner join streaks on judged.session_id = streaks.session_id
    where judged.agent = $agent and judged.labeller = $labeller
    order by judged.session_id
"""


def oversight_effectiveness(facts: BuiltFacts) -> list[EstimateRow]:
    """Delays, which need no labels, and recovery by every labeller but the rules."""
    rows = list(_of_streaks(facts))
    for labeller in facts.labellers():
        fingerprint = joined_fingerprint(facts.fingerprints(labeller), NEEDS)
        if fingerprint is not None and labeller != RULES:
            sessions = facts.read(_SESSIONS_SQL, labeller=labeller).to_pandas()
            rows += _of_sessions(facts, sessions, labeller=labeller, fingerprint=fingerprint)
    return rows


def _of_streaks(facts: BuiltFacts) -> Iterator[EstimateRow]:
    streaks = facts.read(_STREAKS_SQL).to_pandas()
    if streaks.empty:
        return
    least = 0.0 if facts.rules.is_personal else float(LEAST_EFFECTIVE_N)
    of_nobody: dict[str, Any] = {"labeller": None, "fingerprint": None}
    is_intervened = streaks["is_intervened"].to_numpy(dtype=bool)
    share = rate_by_user(is_intervened.astype(float), streaks["user_id"], least_effective_n=least)
    sample = rounded_sample(_weaker(streaks, is_intervened), facts.rules)
    yield estimate_row(
        INTERVENED, "share", share.estimate, sample=sample, n_effective=share.expected_n, **of_nobody
    )
    own = streaks[is_intervened]
    sample = rounded_sample(sample_of(own.drop_duplicates("session_id")["user_id"]), facts.rules)
    for metric, column in DELAYS.items():
        for statistic, quantile in QUANTILES.items():
            found = quantile_by_user(own[column], own["user_id"], quantile, least_effective_n=least)
            is_few = is_too_few(len(own), needed_sample_size(quantile))
            estimate = withheld("too_few_effective_sessions") if is_few else found.estimate
            yield estimate_row(
                metric, statistic, estimate, sample=sample, n_effective=found.expected_n, **of_nobody
            )


def _of_sessions(facts: BuiltFacts, sessions: pd.DataFrame, **by: Any) -> Iterator[EstimateRow]:
    """Recovery of matched sessions on both sides, and the difference; unknown recoveries are left out."""
    known = sessions[sessions[["is_recovered", "work_mode", "goal_complexity"]].notna().all(axis=1)]
    if known.empty:
        return
    is_first = known["is_intervened"].to_numpy(dtype=bool)
    found = matched_rates(
        known["is_recovered"].astype(float),
        is_first,
        [known["work_mode"], known["goal_complexity"]],
        known["user_id"],
    )
    own, side = known[found.is_matched], is_first[found.is_matched]
    sides = [own[side], own[~side]]
    n_effective = min(expected_n_of(each["user_id"]) for each in sides)
    fewest_users = min(int(each["user_id"].nunique()) for each in sides)
    about = by | {
        "sample": rounded_sample(_weaker(own, side), facts.rules),
        "n_effective": n_effective,
        "unknown_share": 1 - len(known) / len(sessions),
    }

    def shown(estimate: Estimate) -> Estimate:
        if is_too_few(n_effective, 0.0 if facts.rules.is_personal else LEAST_EFFECTIVE_N):
            return withheld("too_few_effective_sessions")
        return withheld("too_few_users") if is_too_few(fewest_users, LEAST_USERS) else estimate

    for population, estimate in (("intervened", found.first), ("not_intervened", found.second)):
        yield estimate_row(RESCUE, "matched_share", shown(estimate), population=population, **about)
    yield estimate_row(RESCUED_MORE, "difference", shown(found.difference), **about)


def _weaker(rows: pd.DataFrame, is_first: Any) -> Sample:
    """Sessions and people of the side that has fewer, and the largest share of one person in either."""
    sides = [rows[is_first], rows[~is_first]]
    samples = [sample_of(side.drop_duplicates("session_id")["user_id"]) for side in sides]
    return Sample(
        min(sample.n_sessions for sample in samples),
        min(sample.n_users for sample in samples),
        max(sample.top_user_share or 0.0 for sample in samples),
    )
