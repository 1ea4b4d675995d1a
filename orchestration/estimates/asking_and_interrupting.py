"""How often the agent asks for each time that a person interrupts, by goal complexity (A10).

Belongs here: which turns and which two rates are compared. Not here: the rates themselves
(int_turn_conduct__summed), the interval (statistics.rate_ratio), what may be shown (privacy).
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow, Sample, estimate_row, rounded_sample
from orchestration.statistics.clusters import expected_n_of
from orchestration.statistics.rate_ratio import rate_ratio
from orchestration.statistics.withholding import LEAST_EFFECTIVE_N, Estimate, Floats, is_too_few, withheld

CLASSIFIER = "goal_complexity"
SEGMENT = "goal_complexity"
LEVELS = ("minimal", "low", "moderate", "high")
BASE = LEVELS[0]
PER_INTERRUPT, OVER_BASE = "asks_per_interrupt", "asks_over_minimal_complexity"
STATISTIC = "ratio"
POPULATIONS = ("all", "outside_plan_mode")
"""In plan mode the agent asks because the mode is made for it, so the turns outside it are apart."""

_TURNS_SQL = """
    select
        session_id,
        user_id,
        goal_complexity,
        cast(has_question as double) as asked,
        cast(is_interrupted as double) as interrupted,
        coalesce(not is_in_plan_mode, false) as is_outside_plan_mode
    from intermediate.int_turns__judged
    where agent = $agent and labeller = $labeller
    order by session_id, turn_id
"""


class Side(NamedTuple):
    """Turns of a rate, and which of them count (1) or not (0)."""

    turns: pd.DataFrame
    counted: str


def asking_and_interrupting(facts: BuiltFacts) -> list[EstimateRow]:
    """Rows of every labeller that was asked for the complexity of goals."""
    rows: list[EstimateRow] = []
    for labeller in facts.labellers():
        fingerprint = facts.fingerprints(labeller).get(CLASSIFIER)
        if fingerprint is not None:
            turns = facts.read(_TURNS_SQL, labeller=labeller).to_pandas()
            rows += _of_labeller(facts, turns, labeller=labeller, fingerprint=fingerprint)
    return rows


def _of_labeller(facts: BuiltFacts, turns: pd.DataFrame, **by: Any) -> Iterator[EstimateRow]:
    is_known = turns[SEGMENT].isin(LEVELS)
    for population in POPULATIONS:
        is_in = is_known if population == "all" else is_known & turns["is_outside_plan_mode"]
        of_level = {level: turns[is_in & (turns[SEGMENT] == level)] for level in LEVELS}
        for level, own in of_level.items():
            about = by | {"population": population, "segment_name": SEGMENT, "segment_value": level}
            yield _row(facts, PER_INTERRUPT, (Side(own, "asked"), Side(own, "interrupted")), **about)
            if level != BASE:
                yield _row(facts, OVER_BASE, (Side(own, "asked"), Side(of_level[BASE], "asked")), **about)


def _row(facts: BuiltFacts, metric: str, sides: Sequence[Side], **about: Any) -> EstimateRow:
    """The ratio of the sides' rates, of the users of whom fewer have what is counted."""
    users = pd.concat([side.turns["user_id"] for side in sides]).fillna("").unique()
    first, second = (_sums(side, users) for side in sides)
    n_effective = min(_expected_n(side) for side in sides)
    least = 0.0 if facts.rules.is_personal else LEAST_EFFECTIVE_N
    found: Estimate = (
        withheld("too_few_effective_sessions")
        if is_too_few(n_effective, least)
        else rate_ratio(first, second)
    )
    if not facts.rules.is_personal:
        found = _rounded(found)
    sample = rounded_sample(_sample(sides), facts.rules)
    return estimate_row(metric, STATISTIC, found, sample=sample, n_effective=n_effective, **about)


def _rounded(found: Estimate) -> Estimate:
    """Two decimals: an exact ratio of whole numbers tells the numbers, which other cells may hide."""
    value, error, low, high = (
        None if one is None else round(one, 2)
        for one in (found.value, found.standard_error, found.low, found.high)
    )
    return Estimate(value, error, low, high, found.withheld_reason)


def _sums(side: Side, users: Any) -> tuple[Floats, Floats]:
    """What is counted and the turns, of each user; unknown users are one group."""
    found = side.turns.groupby(side.turns["user_id"].fillna(""))[side.counted].agg(["sum", "count"])
    found = found.reindex(users, fill_value=0)
    return found["sum"].to_numpy(dtype=np.float64), found["count"].to_numpy(dtype=np.float64)


def _expected_n(side: Side) -> float:
    return expected_n_of(side.turns.drop_duplicates("session_id")["user_id"])


def _sample(sides: Sequence[Side]) -> Sample:
    """The sessions of the weaker side, and the users with what is counted on the side that has fewer.

    A ratio and one of its rates give the other, so it tells as much of few people as either rate does.
    """
    sessions = min(side.turns["session_id"].nunique() for side in sides)
    counted = [side.turns[side.turns[side.counted] > 0] for side in sides]
    users = min(int(own["user_id"].nunique()) for own in counted)
    shares = [_top_share(turns["user_id"]) for turns in (*counted, *(side.turns for side in sides))]
    return Sample(int(sessions), users, max(shares))


def _top_share(users: "pd.Series[Any]") -> float:
    counts = users.fillna("").value_counts()
    return float(counts.max() / counts.sum()) if len(counts) else 0.0
