"""Rates of tool calls corrected for the labeller's error by the reviews of people (METHODS 0.7, 4.8).

Belongs here: which rates of calls are corrected, and joining reviews to calls. Not here: the raw ones
(call_labels), the corrections (label_error, prediction_powered). Reviews are a random part of the drawn
calls: a reviewed call stands for the inverse of both probabilities.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from classifiers.vocabulary import OPT_OUT
from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.call_labels import (
    INVOLVED,
    LABELLERS,
    fingerprints_of,
    read_calls,
    sample_of_calls,
    weighted_rate,
)
from orchestration.estimates.estimate_row import EstimateRow, estimate_row
from orchestration.statistics.label_error import ReviewCounts, corrected_rate
from orchestration.statistics.prediction_powered import powered_mean
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    LEAST_YOUDEN,
    Estimate,
    WithheldReason,
    is_too_few,
    withheld,
)

ROGAN_GLADEN, PREDICTION_POWERED = "rogan_gladen", "prediction_powered"

_REVIEWS_SQL = (
    "select reviewed.unit_id, reviewed.classifier, reviewed.inclusion_probability, reviewed.frame_until, "
    "labels.answer_label as truth "
    "from intermediate.int_labels__reviewed as reviewed "
    "inner join intermediate.int_labels__ranked as labels "
    "on reviewed.unit_id = labels.unit_id and reviewed.classifier = labels.classifier "
    "and reviewed.fingerprint = labels.fingerprint and reviewed.replicate = labels.replicate "
    "and labels.labeller = 'human' "
    "where reviewed.agent = $agent and reviewed.is_first_replicate and not reviewed.is_stale "
    "order by reviewed.unit_id, reviewed.classifier"
)


class CorrectedRate(NamedTuple):
    """A rate of calls: those whose label is one of `labels`."""

    metric_name: str
    classifier: str
    labels: tuple[str, ...]


CORRECTED_RATES = (
    CorrectedRate("human_involvement_corrected", "human_involvement", INVOLVED),
    CorrectedRate("safeguard_share", "safeguards", ("approval_or_restriction",)),
    CorrectedRate("irreversible_share", "reversibility", ("irreversible",)),
)


def corrected_calls(facts: BuiltFacts) -> list[EstimateRow]:
    """Each rate corrected in both ways; withheld with a reason where the reviews do not suffice."""
    reviews: pd.DataFrame = facts.read(_REVIEWS_SQL).to_pandas()
    rows: list[EstimateRow] = []
    for labeller in LABELLERS:
        calls, prints = read_calls(facts, labeller), fingerprints_of(facts, labeller)
        for rate in CORRECTED_RATES:
            if rate.classifier in prints and not calls.empty:
                found = _of_rate(rate, calls, reviews, prints[rate.classifier])
                rows += (row._replace(labeller=labeller) for row in found)
    return rows


def _of_rate(
    rate: CorrectedRate, calls: pd.DataFrame, reviews: pd.DataFrame, fingerprint: str
) -> Iterator[EstimateRow]:
    own = calls[calls["classifier"] == rate.classifier]
    drawn = reviews[reviews["classifier"] == rate.classifier].drop_duplicates("unit_id")
    if len(drawn):
        # Later calls could not be drawn for review: the rate is of those that reviews stand for.
        own = own[own["started_at"] <= drawn["frame_until"].max()]
    joined = own.merge(drawn.drop(columns="classifier"), how="left", on="unit_id")
    label = _is_one_of(joined["answer_label"], rate.labels)
    used = joined[label.notna()].reset_index(drop=True)
    total = float(joined["weight"].sum())
    unknown = 1 - float(used["weight"].sum()) / total if total else None
    said = _is_one_of(used["answer_label"], rate.labels)
    true = _is_one_of(used["truth"], rate.labels)
    for statistic, found in _corrections(used, said, true).items():
        yield estimate_row(
            rate.metric_name, statistic, found, sample=sample_of_calls(used), labeller=None,
            fingerprint=fingerprint, n_effective=float(true.notna().sum()), unknown_share=unknown,
        )  # fmt: skip


def _corrections(calls: pd.DataFrame, said: Any, true: Any) -> dict[str, Estimate]:
    both = true.notna().to_numpy()
    reason: WithheldReason | None = None
    counts = ReviewCounts.weighted(
        said[both] == 1,
        true[both] == 1,
        weights=calls["weight"][both] / calls["inclusion_probability"][both],
    )
    if not both.any():
        reason = "not_reviewed"
    elif is_too_few(int(both.sum()), LEAST_EFFECTIVE_N) or counts.youden is None:
        reason = "too_few_reviews"
    elif counts.youden < LEAST_YOUDEN:
        reason = "labeller_too_weak"
    if reason is not None:
        return dict.fromkeys((ROGAN_GLADEN, PREDICTION_POWERED), withheld(reason))
    raw = weighted_rate(calls, said)
    observed = float(np.average(said, weights=calls["weight"]))
    chances = calls["inclusion_probability"][both] / calls["weight"][both]
    powered = powered_mean(
        true[both], said[both], said, probabilities=chances, rest_weights=calls["weight"],
        users=(calls["user_id"][both], calls["user_id"]),
    )  # fmt: skip
    return {
        ROGAN_GLADEN: corrected_rate(observed, raw.effective_n, counts),
        PREDICTION_POWERED: powered.estimate,
    }


def _is_one_of(labels: Any, wanted: tuple[str, ...]) -> Any:
    return labels.isin(wanted).astype("float64").where(labels.notna() & (labels != OPT_OUT))
