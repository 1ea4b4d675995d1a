"""Whether judged success and expertise go with work that landed, in general and within people (C32 v).

Belongs here: which labels are held against landing. Not here: what landed (int_sessions__landed), other
checks (validation_checks). Labels by rules are left out: rules find the outcome from commits among others.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts, joined_fingerprint
from orchestration.estimates.compared_sessions import known, sample_of_sides, unknown_share
from orchestration.estimates.estimate_row import EstimateRow, Sample, estimate_row, rounded_sample, sample_of
from orchestration.estimates.validation_checks import RULES
from orchestration.statistics.rate_difference import Slope, slope_of, slope_within

EFFECTS = {"all_sessions": slope_of, "within_users": slope_within}
"""Specification → how sessions are compared: with all others, or with the person's own alone."""


class LandedCheck(NamedTuple):
    """An outcome and what it should go with, in sessions of a population."""

    metric_name: str
    statistic: str
    outcome: str
    by: str
    population: str
    classifiers: tuple[str, ...]


CHECKS = (
    LandedCheck("landed_by_judged_success", "difference", "is_landed", "is_judged_success", "with_goal",
                ("outcome",)),
    LandedCheck("landed_by_expertise", "slope", "is_landed", "expertise_level", "all", ("expertise",)),
    LandedCheck("judged_success_by_expertise", "slope", "is_judged_success", "expertise_level", "landed",
                ("outcome", "expertise")),
)  # fmt: skip

_SESSIONS_SQL = """
    select
        landed.user_id, judged.expertise_level, cast(landed.is_landed as double) as is_landed,
        cast(judged.is_judged_success as double) as is_judged_success,
        cast(judged.has_clear_goal as double) as has_clear_goal
    from intermediate.int_sessions__landed as landed
    inner join intermediate.int_sessions__judged as judged on landed.session_id = judged.session_id
    where judged.agent = $agent and judged.labeller = $labeller and landed.is_landed is not null
    order by landed.session_id
"""


def landed_checks(facts: BuiltFacts) -> list[EstimateRow]:
    """Two rows per check and labeller, but the rules."""
    rows: list[EstimateRow] = []
    for labeller in facts.labellers():
        if labeller != RULES:
            rows += _of_labeller(facts, labeller)
    return rows


def _of_labeller(facts: BuiltFacts, labeller: str) -> Iterator[EstimateRow]:
    fingerprints = facts.fingerprints(labeller)
    sessions = facts.read(_SESSIONS_SQL, labeller=labeller).to_pandas()
    for check in CHECKS:
        fingerprint = joined_fingerprint(fingerprints, check.classifiers)
        if fingerprint is None or sessions.empty:
            continue
        population = _population(sessions, check.population)
        is_known = known(population, [check.outcome, check.by])
        used = population[is_known]
        for specification, compare in EFFECTS.items():
            found: Slope = compare(used[check.outcome], used[check.by].to_numpy(float), used["user_id"])
            yield estimate_row(
                check.metric_name, check.statistic, found.estimate, labeller=labeller,
                sample=rounded_sample(_sample(used, check), facts.rules), fingerprint=fingerprint,
                specification=specification, population=check.population, p_value=found.p_value,
                n_effective=float(found.n_effective), unknown_share=unknown_share(is_known),
            )  # fmt: skip


def _population(sessions: pd.DataFrame, name: str) -> pd.DataFrame:
    if name == "landed":
        return sessions[(sessions["is_landed"] == 1) & (sessions["has_clear_goal"] != 0)]
    return sessions[sessions["has_clear_goal"] != 0] if name == "with_goal" else sessions


def _sample(used: pd.DataFrame, check: LandedCheck) -> Sample:
    """A difference tells as much of people as its smaller side; a slope is of all."""
    if check.statistic != "difference":
        return sample_of(used["user_id"])
    is_second: Any = np.asarray(used[check.by], dtype=bool)
    return sample_of_sides(used["user_id"], is_second)
