"""Whether the same people approve less and interrupt more as they gain experience (A7, A8; METHODS 7.16).

Belongs here: which sessions and turns, and what experience is. Not here: curves over people, who differ
(experience_curves), the slope within users (statistics.rate_difference). Needs no label.
"""

import numpy as np

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow, estimate_row, rounded_sample, sample_of
from orchestration.estimates.experience_curves import CURVES, POPULATION, Curve
from orchestration.statistics.rate_difference import slope_within

METRICS = {
    "full_auto_curve": "full_auto_within_user",
    "interrupt_curve": "interrupt_within_user",
}
"""The curve over people → the change within them, of the same observations."""

STATISTIC = "change_per_doubling"


def changes_within_users(facts: BuiltFacts) -> list[EstimateRow]:
    """One row per curve: the change of its share when a person's number of sessions doubles."""
    return [_of_curve(facts, curve) for curve in CURVES]


def _of_curve(facts: BuiltFacts, curve: Curve) -> EstimateRow:
    found = facts.read(curve.query).to_pandas()
    doublings = np.log2(1 + found["prior_session_count"].to_numpy(dtype=np.float64))
    slope = slope_within(found["outcome"], doublings, found["user_id"])
    sample = rounded_sample(sample_of(found.drop_duplicates("session_id")["user_id"]), facts.rules)
    return estimate_row(
        METRICS[curve.metric_name], STATISTIC, slope.estimate, sample=sample, labeller=None,
        fingerprint=None, population=POPULATION, n_effective=slope.n_effective, p_value=slope.p_value,
    )  # fmt: skip
