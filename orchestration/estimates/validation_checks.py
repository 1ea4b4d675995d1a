"""Whether labels go with what they ought to go with (C32): lines, outcomes, calls per prompt.

Belongs here: which pairs of measures, in which sessions. Not here: agreement with other labellers
(labeller_agreement). Labels by rules are left out: they are made from the tool calls and signals that
would check them, so that the check would only repeat the rule.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd

from classifiers.vocabulary import OPT_OUT
from orchestration.estimates.built_facts import BuiltFacts, joined_fingerprint
from orchestration.estimates.estimate_row import EstimateRow, estimate_row, sample_of
from orchestration.statistics.correlation import rank_correlation

RULES = "rules"
_OUTCOME_RANKS = {"failed": 0.0, "partially_succeeded": 1.0, "succeeded": 2.0}


class Check(NamedTuple):
    """Two columns that ought to go together, and the classifiers that they come from."""

    metric_name: str
    statistic: str
    first: str
    second: str
    population: str
    classifiers: tuple[str, ...]


CHECKS = (
    Check("success_score_vs_outcome", "spearman", "success_score", "outcome_rank", "with_goal",
          ("outcome", "success_evidence")),
    Check("failure_score_vs_outcome", "spearman", "failure_score", "outcome_rank", "with_goal",
          ("outcome", "failure_evidence")),
    Check("code_mode_vs_lines", "phi", "is_code_mode", "is_code_producing", "all", ("work_mode",)),
    Check("planning_share_vs_actions", "spearman", "user_planning_share", "actions_per_prompt", "all",
          ("decisions",)),
)  # fmt: skip
"""`code_mode_vs_lines` counts both ways: code modes without lines, and lines outside code modes."""

_COLUMNS = (
    "user_id", "outcome", "work_mode", "success_score", "failure_score", "is_code_mode", "is_code_producing",
    "has_clear_goal", "user_planning_share", "actions_per_prompt",
)  # fmt: skip


def validation_checks(facts: BuiltFacts) -> list[EstimateRow]:
    """One row per check and labeller, but the rules."""
    rows: list[EstimateRow] = []
    for labeller in facts.labellers():
        if labeller != RULES:
            rows += _of_labeller(facts, labeller)
    return rows


def _of_labeller(facts: BuiltFacts, labeller: str) -> Iterator[EstimateRow]:
    fingerprints = facts.fingerprints(labeller)
    sessions: pd.DataFrame | None = None
    for check in CHECKS:
        fingerprint = joined_fingerprint(fingerprints, check.classifiers)
        if fingerprint is None:
            continue
        if sessions is None:
            sessions = facts.judged(labeller, _COLUMNS)
            sessions["outcome_rank"] = sessions["outcome"].map(_OUTCOME_RANKS)
            is_known = sessions["work_mode"].notna() & (sessions["work_mode"] != OPT_OUT)
            sessions["is_code_mode"] = sessions["is_code_mode"].where(is_known)
        yield _row(check, sessions, labeller, fingerprint)


def _row(check: Check, sessions: pd.DataFrame, labeller: str, fingerprint: str) -> EstimateRow:
    """A session without a stated goal is outside the population; one without a label is unknown in it."""
    inside: Any = sessions["has_clear_goal"] != 0 if check.population == "with_goal" else slice(None)
    population = sessions.loc[inside]
    known = population[[check.first, check.second]].notna().all(axis=1)
    used = population[known]
    return estimate_row(
        check.metric_name,
        check.statistic,
        rank_correlation(used[check.first], used[check.second], used["user_id"]),
        sample=sample_of(used["user_id"]),
        labeller=labeller,
        fingerprint=fingerprint,
        population=check.population,
        unknown_share=float(1 - known.mean()) if len(population) else None,
        n_effective=float(len(used)),
    )
