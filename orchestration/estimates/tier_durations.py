"""How long the agent works in a turn, by how open the task is: one's own side of the overhang (A6).

Belongs here: which turns, which percentiles, by which tier. Not here: durations without labels
(turn_durations), the interval by user (statistics.clusters), the horizon of models (measures/catalog).
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow, estimate_row, rounded_sample, sample_of
from orchestration.statistics.clusters import quantile_by_user
from orchestration.statistics.order_statistics import needed_sample_size
from orchestration.statistics.withholding import LEAST_EFFECTIVE_N, is_too_few, withheld

METRIC = "turn_net_seconds_of_tier"
CLASSIFIER = SEGMENT = "difficulty_tier"
QUANTILES = {"median": 0.5, "p90": 0.9, "p99": 0.99}
TAIL = {"p999": 0.999}
"""Of all tiers together, beside the study's own longest turns; a tier has too few turns for it."""

_TURNS_SQL = """
    select
        turns.session_id,
        turns.user_id,
        turns.net_seconds,
        nullif(judged.difficulty_tier, 'not_inferable') as difficulty_tier
    from marts.fct_turns as turns
    inner join intermediate.int_sessions__judged as judged on turns.session_id = judged.session_id
    where
        turns.agent = $agent and judged.labeller = $labeller and turns.has_agent_work
        and not turns.is_sidechain and not turns.is_open
    order by turns.session_id, turns.turn_id
"""


def tier_durations(facts: BuiltFacts) -> list[EstimateRow]:
    """Rows of every labeller that was asked for the difficulty of tasks."""
    rows: list[EstimateRow] = []
    for labeller in facts.labellers():
        fingerprint = facts.fingerprints(labeller).get(CLASSIFIER)
        if fingerprint is not None:
            turns = facts.read(_TURNS_SQL, labeller=labeller).to_pandas()
            about = {"labeller": labeller, "fingerprint": fingerprint}
            for tier, own in turns.groupby(SEGMENT, sort=True):
                rows += _percentiles(
                    facts, own, QUANTILES, segment_name=SEGMENT, segment_value=str(tier), **about
                )
            known = turns[turns[SEGMENT].notna()]
            rows += _percentiles(facts, known, TAIL, **about) if len(known) else ()
    return rows


def _percentiles(
    facts: BuiltFacts, turns: pd.DataFrame, quantiles: Mapping[str, float], **about: Any
) -> Iterator[EstimateRow]:
    """Percentiles of these turns, each withheld below the turns that its interval needs."""
    least = 0.0 if facts.rules.is_personal else float(LEAST_EFFECTIVE_N)
    sample = rounded_sample(sample_of(turns.drop_duplicates("session_id")["user_id"]), facts.rules)
    for statistic, quantile in quantiles.items():
        found = quantile_by_user(turns["net_seconds"], turns["user_id"], quantile, least_effective_n=least)
        is_few = is_too_few(len(turns), needed_sample_size(quantile))
        yield estimate_row(
            METRIC, statistic, withheld("too_few_effective_sessions") if is_few else found.estimate,
            sample=sample, n_effective=found.expected_n, **about,
        )  # fmt: skip
