"""What the labels of drawn tool calls say of all calls (A9, A13, A14, A16–A20).

Belongs here: which metrics, populations and cuts there are, the two weightings. Not here: how calls are
drawn (classifiers.call_units), what is drawn and answered (int_calls__labelled), corrections by reviews
(corrected_calls), the weighted interval (statistics.clusters). A figure weights each call by the inverse of
the probability with which it was drawn (`per_call`); with one vote per deployment this weight is divided by
the number of calls that the deployment has (`per_deployment`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd

from classifiers.label_row import Labeller
from classifiers.vocabulary import OPT_OUT
from orchestration.estimates.built_facts import BuiltFacts, joined_fingerprint
from orchestration.estimates.estimate_row import EstimateRow, Sample, estimate_row
from orchestration.statistics.clusters import ClusteredRate, weighted_by_user

LABELLERS: tuple[Labeller, ...] = ("claude", "stand_in")
"""Who is asked about drawn calls; what rules settle counts for whoever is asked."""

RULES = "rules"
PER_CALL, PER_DEPLOYMENT = "per_call", "per_deployment"
ALL, WITHOUT_EVALUATIONS = "all", "without_evaluations"
CONTEXT, EVALUATION = "execution_context", "evaluation_or_red_team"

INVOLVED = ("approved_this_call", "steering_session")
"""A person acts now; who only supplied the input does not (I16)."""

_CALLS_SQL = (
    "select unit_id, session_id, user_id, deployment_call_count, classifier, sampling_probability, "
    "answer_label, answer_score, action_cluster, cast(started_month as varchar) as started_month, started_at "
    "from intermediate.int_calls__labelled where agent = $agent and labeller = $labeller "
    "order by unit_id, classifier"
)
_FIELDS_SQL = (
    "select unit_id, field, value_text from marts.fct_label_answers "
    "where agent = $agent and labeller = $labeller and classifier = $classifier and is_current "
    "and field like 'has_%' order by unit_id, field"
)


@dataclass(frozen=True)
class CallMetric:
    """A metric of calls: what is counted of each answered call, by which classifier's answer.

    `of`: answers (columns `answer_label`, `answer_score`) → numbers, NaN where the answer does not say.
    `cuts`: classifiers of the same call by whose labels it is cut.
    """

    name: str
    classifier: str
    of: Callable[[pd.DataFrame], Any]
    kind: Literal["rate", "mean"] = "rate"
    cuts: tuple[str, ...] = ()


def _is_in(*labels: str) -> Callable[[pd.DataFrame], Any]:
    def of(answers: pd.DataFrame) -> Any:
        label = answers["answer_label"]
        return label.isin(labels).astype("float64").where(label.notna() & (label != OPT_OUT))

    return of


def _score(answers: pd.DataFrame) -> Any:
    return answers["answer_score"].astype("float64")


MEAN_CUTS = ("call_goal_complexity", "domain")
INVOLVEMENT = "human_involvement"
OF_THE_STUDY = "approval_or_restriction"
"""The safeguards that study A counts; the wider list is ours (I17)."""

METRICS = (
    CallMetric("action_risk_mean", "action_risk", _score, "mean", MEAN_CUTS),
    CallMetric("action_autonomy_mean", "action_autonomy", _score, "mean", MEAN_CUTS),
    CallMetric("action_risk_anchored_mean", "action_risk_anchored", _score, "mean"),
    CallMetric("action_autonomy_anchored_mean", "action_autonomy_anchored", _score, "mean"),
    CallMetric(
        "human_involvement_upper_bound", INVOLVEMENT, _is_in(*INVOLVED), cuts=("call_goal_complexity",)
    ),
    CallMetric(
        "human_involvement_widest_upper_bound", INVOLVEMENT, _is_in(*INVOLVED, "only_supplied_input")
    ),
    CallMetric("safeguard_share", "safeguards", _is_in(OF_THE_STUDY)),
    CallMetric("any_listed_safeguard_share", "safeguards", _is_in(OF_THE_STUDY, "other_safeguard")),
    CallMetric("irreversible_share", "reversibility", _is_in("irreversible")),
)  # fmt: skip
"""A person's involvement has no other raw name: it is never published without the words `upper bound`."""

SHARES = {
    "domain_share": "domain",
    "call_goal_complexity_share": "call_goal_complexity",
    "execution_context_share": CONTEXT,
}
"""Distributions of labels: metric → classifier, which names the segment too."""


def call_labels(facts: BuiltFacts) -> list[EstimateRow]:
    """Every metric of calls, per call and per deployment, with and without evaluations, by month and cut."""
    return [
        row._replace(labeller=labeller) for labeller in LABELLERS for row in _of_labeller(facts, labeller)
    ]


def _of_labeller(facts: BuiltFacts, labeller: Labeller) -> Iterator[EstimateRow]:
    """What one labeller's answers say; the rows do not name it yet."""
    calls = read_calls(facts, labeller)
    if calls.empty:
        return
    prints = fingerprints_of(facts, labeller)
    for metric in METRICS:
        if metric.classifier in prints:
            yield from _of_metric(calls, metric, prints)
    for name, classifier in SHARES.items():
        if classifier in prints:
            yield from _of_labels(calls, name, classifier, prints)
    if "safeguards" in prints:
        fields = facts.read(_FIELDS_SQL, labeller=labeller, classifier="safeguards").to_pandas()
        yield from _of_safeguards(fields, calls, prints)


def read_calls(facts: BuiltFacts, labeller: Labeller) -> pd.DataFrame:
    """One row per drawn call and classifier, with its weight and what the other questions say of the call."""
    calls: pd.DataFrame = facts.read(_CALLS_SQL, labeller=labeller).to_pandas()
    calls["weight"] = 1 / calls["sampling_probability"]
    labels = calls.pivot_table(index="unit_id", columns="classifier", values="answer_label", aggfunc="first")
    for name in {*MEAN_CUTS, CONTEXT}:
        calls[f"by_{name}"] = calls["unit_id"].map(labels[name]) if name in labels else None
    return calls


def fingerprints_of(facts: BuiltFacts, labeller: Labeller) -> Mapping[str, str]:
    """Classifier → fingerprint of what its figures rest on: the rules' as well where rules go first."""
    found = dict(facts.fingerprints(labeller))
    by_rules = facts.fingerprints(RULES)
    for name in ("reversibility",):
        if name in by_rules:
            found[name] = "+".join([by_rules[name], *([found[name]] if name in found else [])])
    return found


def _of_metric(calls: pd.DataFrame, metric: CallMetric, prints: Mapping[str, str]) -> Iterator[EstimateRow]:
    own = calls[calls["classifier"] == metric.classifier]
    for population, part, needs in populations_of(own, (metric.classifier,), prints):
        row = partial(_row, metric.name, metric.kind, population=population)
        yield from _periods(part, metric, row, joined_fingerprint(prints, needs))
    for cut in metric.cuts:
        fingerprint = joined_fingerprint(prints, (metric.classifier, cut))
        known = own[own[f"by_{cut}"].notna() & (own[f"by_{cut}"] != OPT_OUT)]
        for value, part in known.groupby(f"by_{cut}", sort=True) if fingerprint else ():
            yield from _row(
                metric.name, metric.kind, part, metric.of(part), fingerprint,
                statistics=(PER_CALL,), segment_name=cut, segment_value=str(value),
            )  # fmt: skip


def _periods(
    calls: pd.DataFrame, metric: CallMetric, row: Any, fingerprint: str | None
) -> Iterator[EstimateRow]:
    """Over all months in both weightings, then by month."""
    yield from row(calls, metric.of(calls), fingerprint, statistics=(PER_CALL, PER_DEPLOYMENT))
    for month, part in calls.groupby("started_month", sort=True):
        start = pd.Timestamp(str(month)).date()
        yield from row(
            part, metric.of(part), fingerprint,
            statistics=(PER_CALL,), period_kind="month", period_start=start,
        )  # fmt: skip


def _of_labels(
    calls: pd.DataFrame, name: str, classifier: str, prints: Mapping[str, str]
) -> Iterator[EstimateRow]:
    """The share of each label among the calls that have one; people and sessions are those with the label."""
    own = calls[calls["classifier"] == classifier]
    is_context = classifier == CONTEXT
    for population, part, needs in populations_of(own, (classifier,), prints):
        if is_context and population != ALL:
            continue
        label = part["answer_label"].where(part["answer_label"] != OPT_OUT)
        for value in sorted(label.dropna().unique()):
            hits = (label == value).astype("float64").where(label.notna())
            yield from _row(
                name, "rate", part, hits, joined_fingerprint(prints, needs), population=population,
                statistics=(PER_CALL, PER_DEPLOYMENT), segment_name=classifier, segment_value=str(value),
                is_part=True,
            )  # fmt: skip


def _of_safeguards(
    fields: pd.DataFrame, calls: pd.DataFrame, prints: Mapping[str, str]
) -> Iterator[EstimateRow]:
    """The share of calls with each kind of safeguard, of the calls whose setting is known."""
    own = calls[calls["classifier"] == "safeguards"]
    is_known = own["answer_label"].notna() & (own["answer_label"] != OPT_OUT)
    for field, part in fields.groupby("field", sort=True):
        said = part.drop_duplicates("unit_id").set_index("unit_id")["value_text"].eq("true")
        hits = own["unit_id"].map(said).astype("float64").where(is_known)
        if hits.sum():
            yield from _row(
                "safeguard_kind_share", "rate", own, hits, prints["safeguards"], statistics=(PER_CALL,),
                segment_name="safeguard", segment_value=str(field).removeprefix("has_"), is_part=True,
            )  # fmt: skip


def populations_of(
    calls: pd.DataFrame, needs: tuple[str, ...], prints: Mapping[str, str]
) -> Iterator[tuple[str, pd.DataFrame, tuple[str, ...]]]:
    """All calls, and those that belong to no evaluation, where that was asked; with what each rests on."""
    yield ALL, calls, needs
    if CONTEXT in prints and CONTEXT not in needs:
        yield WITHOUT_EVALUATIONS, calls[calls[f"by_{CONTEXT}"] != EVALUATION], (*needs, CONTEXT)


def _row(
    name: str,
    kind: Literal["rate", "mean"],
    calls: pd.DataFrame,
    values: Any,
    fingerprint: str | None,
    *,
    statistics: tuple[str, ...],
    is_part: bool = False,
    **rest: Any,
) -> Iterator[EstimateRow]:
    """One row per weighting; `n_effective` is the number of calls with an answer."""
    is_known = values.notna()
    used, known = calls[is_known], values[is_known]
    inside = used[known > 0] if is_part else used
    total = float(calls["weight"].sum())
    unknown = 1 - float(used["weight"].sum()) / total if total else None
    for statistic in statistics:
        weights = used["weight"] if statistic == PER_CALL else votes_of_deployments(used)
        found = weighted_by_user(known, weights, used["user_id"], kind=kind)
        yield estimate_row(
            name, statistic, found.estimate, sample=sample_of_calls(inside), labeller=None,
            fingerprint=fingerprint, n_effective=float(len(used)), unknown_share=unknown, **rest,
        )  # fmt: skip


def votes_of_deployments(calls: pd.DataFrame) -> "pd.Series[Any]":
    """The weights of calls as parts of their deployment's one vote.

    Of all calls that it has, not of those that were drawn: where few are drawn of a deployment, their weights
    say little of how many it has, and its own weighted mean would lean to the kinds of calls drawn most.
    """
    votes: pd.Series[Any] = calls["weight"] / calls["deployment_call_count"]
    return votes


def sample_of_calls(calls: pd.DataFrame) -> Sample:
    """The sessions and known users behind calls, and how much one user weighs; unknown users are one."""
    sessions = calls.drop_duplicates("session_id")["user_id"]
    counts = [part.value_counts(dropna=False).to_numpy() for part in (sessions, calls["user_id"])]
    top = max((float(each.max() / each.sum()) for each in counts if len(each)), default=None)
    return Sample(len(sessions), int(sessions.nunique(dropna=True)), top)


def weighted_rate(calls: pd.DataFrame, values: Any) -> ClusteredRate:
    """The share of calls with a value of 1, each weighted by the inverse of its probability."""
    return weighted_by_user(
        np.asarray(values, dtype=np.float64), calls["weight"], calls["user_id"], kind="rate"
    )
