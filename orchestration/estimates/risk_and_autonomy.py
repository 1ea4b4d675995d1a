"""Risk and autonomy of tool calls together: by cluster, over time, where both are high (A15, METHODS 7.4).

Belongs here: the means of clusters, the tail and the spread of each rating, their rank correlation, the share
of calls that are high in both. Not here: means over all calls (call_labels), how clusters are found
(orchestration.clusters), formulas (statistics). Each figure is of all calls and of those that belong to no
evaluation. What is in no cluster that is large enough is in no cluster's mean.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from classifiers.label_row import Labeller
from orchestration.estimates.built_facts import BuiltFacts, joined_fingerprint
from orchestration.estimates.call_labels import (
    LABELLERS,
    PER_CALL,
    PER_DEPLOYMENT,
    fingerprints_of,
    populations_of,
    read_calls,
    sample_of_calls,
    votes_of_deployments,
)
from orchestration.estimates.estimate_row import EstimateRow, estimate_row
from orchestration.statistics.clusters import weighted_by_user, weighted_quantile_by_user
from orchestration.statistics.correlation import rank_correlation, spread
from orchestration.statistics.withholding import Estimate

RISK, AUTONOMY = "action_risk", "action_autonomy"
CLUSTER = "action_cluster"
"""Segment of a cluster's means, as in `rpt_clusters`, which names the clusters."""

FRONTIER = 6
"""Above which both ratings of a call are high: where the study's clusters of high autonomy begin."""
TAIL = 0.95

Calls = pd.DataFrame


class OfCalls(NamedTuple):
    """A figure of calls: `of` computes it from the answered calls and their weights."""

    metric_name: str
    statistic: str
    of: Callable[[Calls, Any], Estimate]


def _mean(calls: Calls, weights: Any) -> Estimate:
    return weighted_by_user(calls["answer_score"], weights, calls["user_id"], kind="mean").estimate


def _tail(calls: Calls, weights: Any) -> Estimate:
    return weighted_quantile_by_user(calls["answer_score"], weights, calls["user_id"], TAIL).estimate


def _spread(calls: Calls, weights: Any) -> Estimate:
    return spread(calls["answer_score"], calls["user_id"], weights=weights)


def _correlation(calls: Calls, weights: Any) -> Estimate:
    return rank_correlation(calls[RISK], calls[AUTONOMY], calls["user_id"], weights=weights)


def _frontier(calls: Calls, weights: Any) -> Estimate:
    is_high = (calls[RISK] > FRONTIER) & (calls[AUTONOMY] > FRONTIER)
    return weighted_by_user(is_high.astype("float64"), weights, calls["user_id"], kind="rate").estimate


OF_BOTH = (
    OfCalls("risk_and_autonomy_correlation", "spearman", _correlation),
    OfCalls("frontier_share", PER_CALL, _frontier),
)
"""Over all months and by month, of calls with both ratings."""

FRONTIER_BY_DEPLOYMENT = OfCalls("frontier_share", PER_DEPLOYMENT, _frontier)


def risk_and_autonomy(facts: BuiltFacts) -> list[EstimateRow]:
    """The rows of an agent whose calls were asked about; none without either question."""
    return [
        row._replace(labeller=labeller) for labeller in LABELLERS for row in _of_labeller(facts, labeller)
    ]


def _of_labeller(facts: BuiltFacts, labeller: Labeller) -> Iterator[EstimateRow]:
    """What one labeller's answers say; the rows do not name it yet."""
    calls, prints = read_calls(facts, labeller), fingerprints_of(facts, labeller)
    if calls.empty:
        return
    for name in (RISK, AUTONOMY):
        if name in prints:
            yield from _of_one(calls[calls["classifier"] == name], name, prints)
    if RISK in prints and AUTONOMY in prints:
        yield from _of_both(with_both(calls), prints)


def with_both(calls: Calls) -> Calls:
    """One row per call that was asked for both ratings, which are columns, missing where not answered.

    Both draws go by one hash of the call, so that a call is in both with the smaller of the probabilities.
    """
    risk, autonomy = (calls[calls["classifier"] == name].set_index("unit_id") for name in (RISK, AUTONOMY))
    both = risk[risk.index.isin(autonomy.index)]
    other = autonomy.loc[both.index]
    return both.assign(
        **{RISK: both["answer_score"].astype("float64"), AUTONOMY: other["answer_score"].astype("float64")},
        weight=np.maximum(both["weight"], other["weight"]),
    )


def _of_one(calls: Calls, name: str, prints: Mapping[str, str]) -> Iterator[EstimateRow]:
    """Tail and spread of one rating, over all months and by month, and its mean in each cluster."""
    tail, spread_ = OfCalls(f"{name}_p95", PER_CALL, _tail), OfCalls(f"{name}_spread", PER_CALL, _spread)
    mean = OfCalls(f"{name}_mean", PER_CALL, _mean)
    for population, part, needs in populations_of(calls, (name,), prints):
        about = {"population": population, "fingerprint": joined_fingerprint(prints, needs)}
        for figure in (tail, spread_):
            yield from _over_time(figure, part, part["answer_score"].notna(), about)
        for cluster, own in part.groupby(CLUSTER, sort=True):
            cut = {"segment_name": CLUSTER, "segment_value": str(cluster)}
            yield _row(mean, own, own["answer_score"].notna(), about | cut)


def _of_both(calls: Calls, prints: Mapping[str, str]) -> Iterator[EstimateRow]:
    for population, part, needs in populations_of(calls, (RISK, AUTONOMY), prints):
        about = {"population": population, "fingerprint": joined_fingerprint(prints, needs)}
        is_known = part[[RISK, AUTONOMY]].notna().all(axis=1)
        for figure in OF_BOTH:
            yield from _over_time(figure, part, is_known, about)
        yield _row(FRONTIER_BY_DEPLOYMENT, part, is_known, about)


def _over_time(
    figure: OfCalls, calls: Calls, is_known: Any, about: Mapping[str, Any]
) -> Iterator[EstimateRow]:
    """Over all months, then by month."""
    yield _row(figure, calls, is_known, about)
    for month, own in calls.groupby("started_month", sort=True):
        period = {"period_kind": "month", "period_start": pd.Timestamp(str(month)).date()}
        yield _row(figure, own, is_known[own.index], {**about, **period})


def _row(figure: OfCalls, calls: Calls, is_known: Any, about: Mapping[str, Any]) -> EstimateRow:
    """One figure of the calls with an answer; the weight of the others is its unknown share."""
    used = calls[is_known]
    total = float(calls["weight"].sum())
    weights = votes_of_deployments(used) if figure.statistic == PER_DEPLOYMENT else used["weight"]
    return estimate_row(
        figure.metric_name, figure.statistic, figure.of(used, weights), sample=sample_of_calls(used),
        labeller=None, n_effective=float(len(used)),
        unknown_share=1 - float(used["weight"].sum()) / total if total else None, **about,
    )  # fmt: skip
