"""Whether labels moved because the labeller did: versions on the same sessions, the mix of labels by month.

Belongs here: which labels are compared with which, what stands beside the signals of C33 (METHODS 4.9). Not
here: the tests (statistics.drift), how labels are paired (int_labels__paired), what a drift forbids (dbt says
where it begins). With an anchor set in the home only its sessions compare versions: what else has both labels
was not drawn at random.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts, joined_fingerprint
from orchestration.estimates.compared_sessions import sample_of_sides
from orchestration.estimates.estimate_row import EstimateRow, Sample, estimate_row, sample_of
from orchestration.measures.registry import load_measures
from orchestration.statistics.clusters import rate_by_user
from orchestration.statistics.drift import (
    TableTest,
    bowker_test,
    population_stability,
    splice_bound,
    stuart_maxwell_test,
    version_difference,
)
from orchestration.statistics.withholding import LEAST_EFFECTIVE_N, Estimate, is_too_few, withheld

VERSIONS, MIX, WATCHED = "version_change", "label_mix", "C33"
"""Metrics: a version against an older one; a month against the month before. And the measure beside them."""

MIX_COLUMNS = {
    "outcome": "outcome", "success_evidence": "success_score", "failure_evidence": "failure_score",
    "work_mode": "work_mode", "codebase_relation": "codebase_relation", "expertise": "expertise",
    "user_occupation": "user_occupation", "work_occupation": "work_occupation", "task_value": "price_tier",
    "goal_complexity": "goal_complexity", "difficulty_tier": "difficulty_tier",
    "new_work": "new_work",
}  # fmt: skip
"""Classifiers of sessions with a label or a score: its column among the judged sessions."""

_PAIRS_SQL = """
    select
        paired.pair_kind, paired.classifier, paired.labeller, paired.fingerprint, paired.session_id,
        paired.user_id, paired.answer as label, paired.other_answer as other_label,
        cast(sessions.started_at as date) as started_on
    from intermediate.int_labels__paired as paired
    inner join marts.fct_sessions as sessions on paired.session_id = sessions.session_id
    where paired.agent = $agent and paired.pair_kind in ('version_and_version', 'model_and_model')
        and paired.is_answered and paired.answer is not null and paired.other_answer is not null
    order by paired.pair_kind, paired.classifier, paired.labeller, paired.fingerprint, paired.session_id,
        paired.unit_id
"""


def label_drift(facts: BuiltFacts) -> list[EstimateRow]:
    """Versions, months, and what both say of the signals to watch."""
    rows = [*_versions(facts), *_mixes(facts)]
    return [*rows, *_beside_signals(facts, rows)]


def _versions(facts: BuiltFacts) -> Iterator[EstimateRow]:
    """Each older version against the current one, on the units that both labelled."""
    pairs = facts.read(_PAIRS_SQL).to_pandas()
    is_anchor, units = facts.references.is_anchor, "all"
    if is_anchor is not None and len(pairs):
        held = [is_anchor(*each) for each in zip(pairs["session_id"], pairs["started_on"], strict=True)]
        pairs, units = pairs[held], "anchor"
    keys = ["pair_kind", "classifier", "labeller", "fingerprint"]
    for key, part in pairs.groupby(keys, sort=True):
        kind, classifier, labeller, fingerprint = map(str, key)
        row = partial(
            estimate_row, VERSIONS, labeller=labeller, fingerprint=fingerprint, specification=kind,
            population=f"{classifier}_labels", n_effective=float(len(part)),
        )  # fmt: skip
        yield from _of_versions(part, row, units=units)


def _of_versions(pairs: pd.DataFrame, row: "partial[EstimateRow]", *, units: str) -> Iterator[EstimateRow]:
    """How many labels changed, whether one way, and by how much each label's share."""
    sample = sample_of(pairs["user_id"])
    cut = {"segment_name": "units", "segment_value": units}
    if is_too_few(len(pairs), LEAST_EFFECTIVE_N):
        few = withheld("too_few_effective_sessions")
        for statistic in ("changed_share", "bowker", "stuart_maxwell", "splice_bound"):
            yield row(statistic, few, sample=sample, **cut)
        return
    labels = sorted({*pairs["label"], *pairs["other_label"]})
    changed = pairs["label"] != pairs["other_label"]
    yield row("changed_share", rate_by_user(changed, pairs["user_id"]).estimate, sample=sample, **cut)
    place = {label: number for number, label in enumerate(labels)}
    table = np.zeros((len(labels), len(labels)))
    np.add.at(table, (pairs["other_label"].map(place), pairs["label"].map(place)), 1)
    for statistic, found in (("bowker", bowker_test(table)), ("stuart_maxwell", stuart_maxwell_test(table))):
        yield _of_test(row, statistic, found, sample=sample, **cut)
    differences = [
        version_difference(pairs["other_label"] == label, pairs["label"] == label, pairs["user_id"])
        for label in labels
    ]
    bound = splice_bound(differences)
    reach = withheld("too_few_users") if bound is None else Estimate(bound)
    yield row("splice_bound", reach, sample=sample, **cut)
    for label, difference in zip(labels, differences, strict=True):
        of_label = sample_of(
            pairs.loc[(pairs["label"] == label) | (pairs["other_label"] == label), "user_id"]
        )
        yield row("difference", difference, sample=of_label, segment_name="label", segment_value=label)


def _of_test(
    row: "partial[EstimateRow]", statistic: str, found: TableTest | None, **rest: Any
) -> EstimateRow:
    if found is None:
        return row(statistic, withheld("no_variation"), **rest)
    return row(statistic, Estimate(found.statistic), p_value=found.p_value, **rest)


def _mixes(facts: BuiltFacts) -> Iterator[EstimateRow]:
    """The labels of each month against those of the month before, by labeller and classifier."""
    for labeller in facts.labellers():
        prints = facts.fingerprints(labeller)
        asked = {name: column for name, column in MIX_COLUMNS.items() if name in prints}
        sessions = facts.judged(labeller, ["user_id", "started_month", *asked.values()])
        for classifier, column in asked.items():
            known = sessions[sessions[column].notna()]
            row = partial(
                estimate_row, MIX, "psi", labeller=labeller, fingerprint=prints[classifier],
                population=f"{classifier}_labels",
            )  # fmt: skip
            yield from _of_months(known, known[column].astype(str), row)


def _of_months(
    sessions: pd.DataFrame, labels: "pd.Series[str]", row: "partial[EstimateRow]"
) -> Iterator[EstimateRow]:
    months = sorted(sessions["started_month"].unique())
    for before, month in pairwise(months):
        parts = [sessions["started_month"] == one for one in (before, month)]
        both = parts[0] | parts[1]
        cell = _of_period(before, month)
        cell["sample"] = sample_of_sides(sessions.loc[both, "user_id"], parts[1][both])
        sizes = [_effective_n(labels[part], sessions.loc[part, "user_id"]) for part in parts]
        cell["n_effective"] = min(sizes)
        if is_too_few(min(sizes), LEAST_EFFECTIVE_N):
            yield row(withheld("too_few_effective_sessions"), **cell)
            continue
        counts = [labels[part].value_counts() for part in parts]
        seen = sorted({*counts[0].index, *counts[1].index})
        first, second = (count.reindex(seen, fill_value=0).to_numpy() for count in counts)
        found = population_stability(first, second, effective_n=(sizes[0], sizes[1]))
        if found is None:
            yield row(withheld("no_variation"), **cell)
        else:
            yield row(Estimate(found.index), p_value=found.p_value, **cell)


def _of_period(before: Any, month: Any) -> dict[str, Any]:
    """The period of a comparison of a month with the one before it."""
    return {
        "period_kind": "month",
        "period_start": date.fromisoformat(str(month)),
        "baseline_start": date.fromisoformat(str(before)),
    }


def _effective_n(labels: "pd.Series[str]", users: "pd.Series[Any]") -> float:
    """Sessions of a month after clustering, by its most frequent label."""
    most = labels.value_counts().index[0]
    return rate_by_user(labels == most, users, least_effective_n=0).effective_n


def _beside_signals(facts: BuiltFacts, rows: Sequence[EstimateRow]) -> Iterator[EstimateRow]:
    """Each signal of C33: the largest drift of the labels that it rests on; no signal where that is large."""
    (watched,) = (measure for measure in load_measures() if measure.id == WATCHED)
    needs = {metric.name: watched.needs_of(metric) for metric in watched.metrics}
    for labeller in facts.labellers():
        prints = facts.fingerprints(labeller)
        for metric, classifiers in needs.items():
            fingerprint = joined_fingerprint(prints, classifiers)
            if fingerprint is None:
                continue
            about = {f"{classifier}_labels" for classifier in classifiers}
            own = [row for row in rows if row.labeller == labeller and row.population in about]
            for statistic, found in (("largest_psi", "psi"), ("largest_splice_bound", "splice_bound")):
                yield _largest(metric, statistic, [row for row in own if row.statistic == found], (
                    labeller, fingerprint, sample_of(facts.judged(labeller, ["user_id"])["user_id"]),
                ))  # fmt: skip


def _largest(
    metric: str, statistic: str, rows: Sequence[EstimateRow], of: tuple[str, str, Sample]
) -> EstimateRow:
    """The largest of the rows that have an estimate, with its sample and p-value."""
    labeller, fingerprint, every = of
    shown = [row for row in rows if row.estimate is not None]
    if not shown:
        why = withheld("no_observations" if not rows else "too_few_effective_sessions")
        return estimate_row(metric, statistic, why, sample=every, labeller=labeller, fingerprint=fingerprint)
    most = max(shown, key=lambda row: row.estimate or 0.0)
    return estimate_row(
        metric, statistic, Estimate(most.estimate),
        sample=Sample(most.n_sessions, most.n_users, most.top_user_share),
        labeller=labeller, fingerprint=fingerprint, n_effective=most.n_effective, p_value=most.p_value,
    )  # fmt: skip
