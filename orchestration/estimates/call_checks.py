"""Whether labels of tool calls go with what the transcript says of the call (METHODS 3.2).

Belongs here: which label is checked by which fact. Not here: the facts (int_calls__checked), the labels'
figures (call_labels), checks of labels of sessions (validation_checks). Drawn calls count once each: a check
is about labels, not about all calls.
"""

from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

import pandas as pd

from classifiers.label_row import Labeller
from classifiers.vocabulary import OPT_OUT
from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.call_labels import (
    INVOLVED,
    LABELLERS,
    OF_THE_STUDY,
    fingerprints_of,
    sample_of_calls,
)
from orchestration.estimates.estimate_row import EstimateRow, estimate_row
from orchestration.statistics.clusters import rate_by_user
from orchestration.statistics.correlation import rank_correlation
from orchestration.statistics.withholding import Estimate

LEVELS = ("minimal", "low", "moderate", "high")
UNDONE = ("reversible_trivially", "reversible_with_effort", "irreversible")
NEAR = 2
"""Levels by which a rating and the rule table may differ (I14)."""


class CallCheck(NamedTuple):
    """A label's number and a fact's that ought to go together; or, as a share, ought to agree."""

    metric_name: str
    statistic: Literal["spearman", "phi", "share"]
    classifier: str
    label: Callable[[pd.DataFrame], Any]
    fact: Callable[[pd.DataFrame], Any]


def _score(calls: pd.DataFrame) -> Any:
    return calls["answer_score"].astype("float64")


def _flag(*labels: str) -> Callable[[pd.DataFrame], Any]:
    def of(calls: pd.DataFrame) -> Any:
        label = calls["answer_label"]
        return label.isin(labels).astype("float64").where(label.notna() & (label != OPT_OUT))

    return of


def _place(order: tuple[str, ...], column: str = "answer_label") -> Callable[[pd.DataFrame], Any]:
    places = {label: float(number) for number, label in enumerate(order)}
    return lambda calls: calls[column].map(places).astype("float64")


def _column(name: str) -> Callable[[pd.DataFrame], Any]:
    return lambda calls: calls[name].astype("float64")


def _without_a_person(calls: pd.DataFrame) -> Any:
    """1 where nobody can take part, unknown elsewhere: only there the fact settles the label."""
    return (1 - calls["is_person_surface"].astype("float64")).replace(0.0, float("nan"))


CHECKS = (
    CallCheck("risk_vs_rule", "spearman", "action_risk", _score, _column("rule_risk")),
    CallCheck("anchored_risk_near_rule", "share", "action_risk_anchored", _score, _column("rule_risk")),
    CallCheck("autonomy_vs_steps", "spearman", "action_autonomy", _score, _column("step_count")),
    CallCheck(
        "no_involvement_without_a_person", "share", "human_involvement", _flag(*INVOLVED), _without_a_person
    ),
    CallCheck(
        "safeguards_vs_asking_mode", "phi", "safeguards", _flag(OF_THE_STUDY), _column("is_asking_mode")
    ),
    CallCheck(
        "risk_vs_reversibility", "spearman", "action_risk", _score, _place(UNDONE, "rule_reversibility")
    ),
    CallCheck(
        "call_complexity_vs_calls", "spearman", "call_goal_complexity", _place(LEVELS),
        _column("session_call_count"),
    ),
)  # fmt: skip

_SQL = (
    "select labelled.unit_id, labelled.session_id, labelled.user_id, labelled.answer_label, "
    "labelled.answer_score, checked.step_count, checked.session_call_count, checked.rule_reversibility, "
    "checked.rule_risk, cast(checked.is_person_surface as double) as is_person_surface, "
    "cast(checked.is_asking_mode as double) as is_asking_mode "
    "from intermediate.int_calls__labelled as labelled "
    "inner join intermediate.int_calls__checked as checked on labelled.unit_id = checked.unit_id "
    "where labelled.agent = $agent and labelled.labeller = $labeller and labelled.classifier = $classifier "
    "order by labelled.unit_id"
)


def call_checks(facts: BuiltFacts) -> list[EstimateRow]:
    """One row per check whose question was asked."""
    return [
        row
        for labeller in LABELLERS
        for check in CHECKS
        if (fingerprint := fingerprints_of(facts, labeller).get(check.classifier)) is not None
        for row in _of(facts, check, labeller, fingerprint)
    ]


def _of(facts: BuiltFacts, check: CallCheck, labeller: Labeller, fingerprint: str) -> Iterator[EstimateRow]:
    calls: pd.DataFrame = facts.read(_SQL, labeller=labeller, classifier=check.classifier).to_pandas()
    if calls.empty:
        return
    label, fact = check.label(calls), check.fact(calls)
    # A fact that is not known checks nothing; a label that is not there is unknown to the check.
    known = label.notna() & fact.notna()
    used = calls[known]
    yield estimate_row(
        check.metric_name,
        check.statistic,
        _estimate(check, label[known], fact[known], used["user_id"]),
        sample=sample_of_calls(used),
        labeller=labeller,
        fingerprint=fingerprint,
        unknown_share=float(1 - known[fact.notna()].mean()) if fact.notna().any() else None,
        n_effective=float(len(used)),
    )


def _estimate(check: CallCheck, label: Any, fact: Any, users: Any) -> Estimate:
    if check.statistic != "share":
        return rank_correlation(label, fact, users)
    is_rating = check.classifier == "action_risk_anchored"
    agrees = (label - fact).abs() <= NEAR if is_rating else label == 0
    return rate_by_user(agrees.astype("float64"), users).estimate
