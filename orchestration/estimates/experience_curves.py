"""Full auto-approval and interruptions as curves over a person's earlier sessions (A7, A8).

Belongs here: whose sessions and turns are in a curve, at which numbers of earlier sessions it is published.
Not here: the smoothing and its band (statistics.lowess_curve), the same by buckets (int_oversight__summed).
The cohort is the study's, people whose first session is observed: whose history is cut off has an unknown
number of earlier sessions, and is in no curve.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import (
    EstimateRow,
    Sample,
    estimate_row,
    rounded_sample,
    sample_of,
)
from orchestration.privacy.rules import PublishingRules
from orchestration.statistics.lowess_curve import Observations, Support, lowess_curve

POINTS = (1, 2, 3, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750, 1000)
"""Earlier sessions at which the curves are published."""

POPULATION = "full_histories"
SEGMENT = "prior_sessions"

_COHORT = "agent = $agent and is_interactive and user_id is not null and not is_history_truncated"


class Curve(NamedTuple):
    """One curve: its metric, and its observations with outcome, earlier sessions, user and session."""

    metric_name: str
    query: str


CURVES = (
    Curve(
        "full_auto_curve",
        "select cast(is_full_auto as integer) as outcome, prior_session_count, user_id, session_id "  # noqa: S608
        f"from marts.fct_sessions where {_COHORT} and has_tool_bearing_turn and is_full_auto is not null "
        "order by session_id",
    ),
    Curve(
        "interrupt_curve",
        "select cast(is_interrupted as integer) as outcome, prior_session_count, user_id, session_id "  # noqa: S608
        f"from marts.fct_turns where {_COHORT} and has_agent_work and not is_sidechain "
        "order by session_id, turn_id",
    ),
)
"""A turn has the earlier sessions of its session, as in the study."""


def experience_curves(facts: BuiltFacts) -> list[EstimateRow]:
    """One row per curve and point; a point without support says so."""
    return [row for curve in CURVES for row in _of_curve(facts, curve)]


def _of_curve(facts: BuiltFacts, curve: Curve) -> Iterator[EstimateRow]:
    found = facts.read(curve.query).to_pandas()
    sample = _published_sample(found, facts.rules)
    observed = Observations(
        found["outcome"], found["prior_session_count"], found["user_id"], found["session_id"]
    )
    for point in lowess_curve(observed, points=POINTS, support=_support(facts.rules)):
        yield estimate_row(
            curve.metric_name, "lowess", point.estimate, sample=sample, labeller=None, fingerprint=None,
            population=POPULATION, segment_name=SEGMENT, segment_value=str(point.x),
        )  # fmt: skip


def _support(rules: PublishingRules) -> Support:
    """The minima of a release hold in every window; one's own data has a point wherever it has a session."""
    if rules.is_personal:
        return Support(users=1, sessions=1, effective_n=1, most_of_one_user=1.0, is_same_for_all_shown=True)
    return Support(users=rules.min_users, sessions=rules.min_sessions, effective_n=rules.min_effective_n)


def _published_sample(found: pd.DataFrame, rules: PublishingRules) -> Sample:
    """Whom the whole curve is of, rounded.

    Exact counts, less what buckets of experience say, would be the counts of the bucket of histories that are
    cut off, which may be hidden; those of windows, which overlap, would tell the few people between two.
    """
    users: pd.Series[Any] = found.drop_duplicates("session_id")["user_id"]
    return rounded_sample(sample_of(users), rules)
