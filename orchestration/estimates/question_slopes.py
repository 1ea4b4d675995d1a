"""How the calibration of the agent's questions changes with the complexity of the goal (METHODS 7.2).

Belongs here: which turns are questions, which are useful or missed, and the slope per level. Not here: the
shares themselves (int_turn_conduct__summed), the slope (statistics.rate_difference).
"""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from classifiers.catalog.question_usefulness.labels import USEFUL
from orchestration.estimates.asking_and_interrupting import LEVELS
from orchestration.estimates.built_facts import BuiltFacts, joined_fingerprint
from orchestration.estimates.estimate_row import EstimateRow, Sample, estimate_row, rounded_sample
from orchestration.statistics.rate_difference import slope_of
from orchestration.statistics.withholding import LEAST_EFFECTIVE_N, LEAST_USERS

STATISTIC = "slope"
POPULATIONS = ("all", "outside_plan_mode")
MISSED = "correction_or_context"
_NEEDS = {
    "question_precision": ("question_usefulness", "goal_complexity"),
    "question_recall": ("question_usefulness", "interrupt_reason", "goal_complexity"),
}
"""Metric and what its slope rests on."""

_TURNS_SQL = """
    select
        session_id,
        user_id,
        goal_complexity,
        end_reason,
        question_usefulness,
        interrupt_reason,
        is_interrupted and not has_question_so_far as is_unasked,
        coalesce(not is_in_plan_mode, false) as is_outside_plan_mode
    from intermediate.int_turns__judged
    where agent = $agent and labeller = $labeller
    order by session_id, turn_id
"""


def question_slopes(facts: BuiltFacts) -> list[EstimateRow]:
    """The slopes by every labeller that was asked what the answers were good for."""
    rows: list[EstimateRow] = []
    for labeller in facts.labellers():
        prints = facts.fingerprints(labeller)
        for metric, needs in _NEEDS.items():
            if set(needs) <= prints.keys():
                turns = facts.read(_TURNS_SQL, labeller=labeller).to_pandas()
                fingerprint = joined_fingerprint(prints, needs)
                rows += _of_metric(facts, metric, turns, labeller=labeller, fingerprint=fingerprint)
    return rows


def _of_metric(facts: BuiltFacts, metric: str, turns: pd.DataFrame, **by: Any) -> Iterator[EstimateRow]:
    is_useful = turns["question_usefulness"].isin(USEFUL)
    if metric == "question_recall":
        is_missed = turns["is_unasked"] & turns["interrupt_reason"].eq(MISSED)
        is_counted = is_useful | (is_missed & turns["end_reason"].eq("interrupted"))
    else:
        is_counted = turns["end_reason"].eq("question") & turns["question_usefulness"].notna()
    counted = turns.assign(is_useful=is_useful)[is_counted & turns["goal_complexity"].isin(LEVELS)]
    for population in POPULATIONS:
        own = counted if population == "all" else counted[counted["is_outside_plan_mode"]]
        least = (0, 0) if facts.rules.is_personal else (LEAST_EFFECTIVE_N, LEAST_USERS)
        found = slope_of(
            own["is_useful"].astype(float),
            own["goal_complexity"].map(LEVELS.index),
            own["user_id"],
            least_effective_n=least[0],
            least_users=least[1],
        )
        yield estimate_row(
            metric,
            STATISTIC,
            found.estimate,
            sample=rounded_sample(_sample(own), facts.rules),
            n_effective=found.n_effective,
            p_value=found.p_value,
            population=population,
            **by,
        )


def _sample(turns: pd.DataFrame) -> Sample:
    """Sessions and people of the side that has fewer: what is useful, and what is not."""
    sides = [turns[turns["is_useful"]], turns[~turns["is_useful"]]]
    counts = turns["user_id"].fillna("").value_counts()
    return Sample(
        min(int(side["session_id"].nunique()) for side in sides),
        min(int(side["user_id"].nunique()) for side in sides),
        float(counts.max() / counts.sum()) if len(counts) else 0.0,
    )
