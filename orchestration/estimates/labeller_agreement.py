"""How far labellers agree on the same units (C32): rules, Claude, people, repeats, versions, renderings.

Belongs here: which pairs are compared, in which subgroups, with which measures, and the confusion of their
labels. Not here: how labels are paired (int_labels__paired), the measures (statistics).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow, Sample, estimate_row
from orchestration.statistics.correlation import rank_correlation
from orchestration.statistics.groups import Clusters, error_clusters
from orchestration.statistics.labeller_agreement import (
    ac1,
    ac1s,
    agreed_share,
    cohen_kappa,
    cohen_kappas,
    pabak,
    prevalence,
    share_within_one,
)
from orchestration.statistics.user_bootstrap import drawn_totals, percentile_interval
from orchestration.statistics.withholding import LEAST_EFFECTIVE_N, Estimate, Floats, is_too_few, withheld

DRAWS = 500
"""Draws of users: enough for an interval of a measure that is read to a tenth, for hundreds of cells."""

SCORES = ("success_evidence", "failure_evidence")
SCORE_LABELS = tuple(map(str, range(6)))
SEGMENTS = ("expertise", "work_mode")
CUT_PAIRS = (
    "claude_and_rules", "claude_and_human", "rules_and_human", "stand_in_and_rules", "stand_in_and_human",
)  # fmt: skip
"""Pairs that are also shown by subgroup: that errors are the same everywhere is what comparisons assume."""

_CELLS_SQL = (
    "select distinct pair_kind, classifier, labeller, fingerprint from intermediate.int_labels__paired "
    "where agent = $agent order by pair_kind, classifier, labeller, fingerprint"
)

_PAIRS_SQL = (
    "select unit_id, session_id, user_id, answer as label, other_answer as other_label, score, "
    "other_score, inclusion_probability, expertise, work_mode, is_answered "
    "from intermediate.int_labels__paired "
    "where agent = $agent and pair_kind = $pair_kind and classifier = $classifier "
    "and labeller = $labeller and fingerprint = $fingerprint "
    "order by session_id, unit_id, label, other_label, score, other_score"
)


@dataclass(frozen=True)
class Scale:
    """The labels of a classifier in order, and those of them that stand on a rising scale."""

    labels: tuple[str, ...]
    rising: tuple[str, ...]


@dataclass(frozen=True)
class Tables:
    """Pairs counted by label, weighted, and the same in every draw of users, who are `clusters`."""

    counted: Floats
    drawn: Floats
    clusters: Clusters

    def estimate(self, value: float | None, drawn: Floats | None, n: int) -> Estimate:
        """A measure with its interval by the draws; none where one user has all pairs."""
        if is_too_few(n, LEAST_EFFECTIVE_N):
            return withheld("too_few_effective_sessions")
        if value is None:
            return withheld("no_variation")
        if drawn is None or self.clusters.count < 2:
            return Estimate(value)
        low, high = percentile_interval(drawn, users=self.clusters.busy) or (None, None)
        return Estimate(value, None, low, high)


def labeller_agreement(facts: BuiltFacts) -> list[EstimateRow]:
    """Measures of agreement and confusion, by pair of labellers, classifier and subgroup."""
    vocabulary = _vocabulary(facts)
    rows: list[EstimateRow] = []
    for cell in facts.read(_CELLS_SQL).to_pylist():
        pairs = facts.read(_PAIRS_SQL, **cell).to_pandas()
        pair_kind, classifier, labeller, fingerprint = cell.values()
        row = partial(
            estimate_row,
            labeller=labeller,
            fingerprint=fingerprint,
            specification=pair_kind,
            population=f"{classifier}_labels",
        )
        rows += _of_pairs(pairs, row, _scale(classifier, vocabulary.get(classifier, {}), pairs))
        if pair_kind in CUT_PAIRS:
            for name in SEGMENTS:
                for value, part in pairs.groupby(name, sort=True):
                    cut = partial(row, segment_name=name, segment_value=str(value))
                    rows += _of_segment(part, cut, _scale(classifier, vocabulary.get(classifier, {}), pairs))
    return rows


def _of_pairs(pairs: pd.DataFrame, row: "partial[EstimateRow]", scale: Scale) -> Iterator[EstimateRow]:
    """Everything that is shown of a pair of labellers over all units."""
    answered = pairs[pairs["is_answered"]]
    labelled = answered[answered["label"].notna() & answered["other_label"].notna()]
    if len(labelled):
        yield from _agreement_rows(labelled, row, scale, unknown=1 - len(labelled) / len(pairs))
        yield from _confusion_rows(labelled, row, scale)
    scored = answered[answered["score"].notna() & answered["other_score"].notna()]
    if len(scored) and not len(labelled):
        found = rank_correlation(scored["score"], scored["other_score"], scored["user_id"], draws=DRAWS)
        yield row(
            "label_agreement",
            "spearman",
            found,
            sample=_sample(scored),
            n_effective=float(len(scored)),
            unknown_share=1 - len(scored) / len(pairs),
        )


def _of_segment(pairs: pd.DataFrame, row: "partial[EstimateRow]", scale: Scale) -> Iterator[EstimateRow]:
    answered = pairs[pairs["is_answered"] & pairs["label"].notna() & pairs["other_label"].notna()]
    if len(answered):
        yield from _agreement_rows(answered, row, scale, unknown=1 - len(answered) / len(pairs))


def _agreement_rows(
    pairs: pd.DataFrame, row: "partial[EstimateRow]", scale: Scale, *, unknown: float
) -> Iterator[EstimateRow]:
    """Nominal measures over all labels, ordinal ones over pairs that both lie on the scale."""
    tables = _tables(pairs, scale.labels)
    own = partial(
        row, "label_agreement", sample=_sample(pairs), n_effective=float(len(pairs)), unknown_share=unknown
    )
    shares = np.trace(tables.drawn, axis1=1, axis2=2) / tables.drawn.sum(axis=(1, 2))
    k = len(scale.labels)
    measures: dict[str, tuple[float | None, Floats | None]] = {
        "percent_agreement": (agreed_share(tables.counted), shares),
        "kappa": (cohen_kappa(tables.counted), cohen_kappas(tables.drawn)),
        "pabak": (pabak(tables.counted), (k * shares - 1) / (k - 1) if k > 1 else None),
        "ac1": (ac1(tables.counted), ac1s(tables.drawn)),
        "prevalence": (prevalence(tables.counted), None),
    }
    for statistic, (value, drawn) in measures.items():
        yield own(statistic, tables.estimate(value, drawn, len(pairs)))
    if scale.rising:
        inside = pairs[pairs["label"].isin(scale.rising) & pairs["other_label"].isin(scale.rising)]
        yield from _ordinal_rows(inside, row, scale, unknown=1 - len(inside) * (1 - unknown) / len(pairs))


def _ordinal_rows(
    pairs: pd.DataFrame, row: "partial[EstimateRow]", scale: Scale, *, unknown: float
) -> Iterator[EstimateRow]:
    if not len(pairs):
        return
    tables = _tables(pairs, scale.rising)
    own = partial(
        row, "label_agreement", sample=_sample(pairs), n_effective=float(len(pairs)), unknown_share=unknown
    )
    kappa = cohen_kappa(tables.counted, weights="quadratic")
    yield own(
        "weighted_kappa", tables.estimate(kappa, cohen_kappas(tables.drawn, weights="quadratic"), len(pairs))
    )
    near = np.abs(np.subtract.outer(np.arange(len(scale.rising)), np.arange(len(scale.rising)))) <= 1
    within = tables.drawn[:, near].sum(axis=1) / tables.drawn.sum(axis=(1, 2))
    yield own("within_one", tables.estimate(share_within_one(tables.counted), within, len(pairs)))


def _confusion_rows(pairs: pd.DataFrame, row: "partial[EstimateRow]", scale: Scale) -> Iterator[EstimateRow]:
    """Share of the pairs with each two labels that occur together."""
    tables = _tables(pairs, scale.labels)
    total, drawn_total = tables.counted.sum(), tables.drawn.sum(axis=(1, 2))
    place = {label: number for number, label in enumerate(scale.labels)}
    for (label, other), part in pairs.groupby(["label", "other_label"], sort=True):
        at = place[str(label)], place[str(other)]
        drawn = tables.drawn[:, at[0], at[1]] / drawn_total
        yield row(
            "label_confusion",
            "share",
            tables.estimate(float(tables.counted[at] / total), drawn, len(pairs)),
            sample=_sample(part),
            n_effective=float(len(part)),
            segment_name="labels",
            segment_value=f"{label}>{other}",
        )


def _tables(pairs: pd.DataFrame, labels: Sequence[str]) -> Tables:
    """Weighted counts by label and other label; weights add up to the pairs."""
    place = {label: number for number, label in enumerate(labels)}
    size = len(labels)
    first, second = (pairs[name].map(place).to_numpy(dtype=np.int64) for name in ("label", "other_label"))
    weights = 1 / pairs["inclusion_probability"].to_numpy(dtype=np.float64)
    values, cells = (weights * len(pairs) / weights.sum())[:, None], first * size + second
    counted = np.zeros(size * size)
    np.add.at(counted, cells, values[:, 0])
    drawn, clusters = np.zeros((DRAWS, size * size)), error_clusters(pairs["user_id"])
    for number, totals in enumerate(drawn_totals(values, cells, clusters=clusters, draws=DRAWS)):
        drawn[number, : len(totals)] = totals[:, 0]
    return Tables(counted.reshape(size, size), drawn.reshape(DRAWS, size, size), clusters)


def _sample(pairs: pd.DataFrame) -> Sample:
    """Sessions, known users, and how much of the pairs one user has; unknown users are one."""
    counts = pairs["user_id"].value_counts(dropna=False).to_numpy()
    return Sample(
        int(pairs["session_id"].nunique()),
        int(pairs["user_id"].nunique()),
        float(counts.max() / counts.sum()),
    )


def _vocabulary(facts: BuiltFacts) -> Mapping[str, Mapping[str, Sequence[tuple[str, bool]]]]:
    """Classifier → field → its labels in order, with whether they stand on a rising scale."""
    found: dict[str, dict[str, list[tuple[str, bool]]]] = {}
    for classifier, field, label, level in facts.connection.execute(
        "select classifier, field, label, level from seeds.label_vocabulary "
        "order by classifier, field, label_order"
    ).fetchall():
        found.setdefault(classifier, {}).setdefault(field, []).append((label, level is not None))
    return found


def _scale(classifier: str, fields: Mapping[str, Sequence[tuple[str, bool]]], pairs: pd.DataFrame) -> Scale:
    """Scores are their own scale; labels have that of the widest field that holds them all, else none."""
    if classifier in SCORES:
        return Scale(SCORE_LABELS, SCORE_LABELS)
    seen = {str(label) for name in ("label", "other_label") for label in pairs[name].dropna().unique()}
    holding = [labels for labels in fields.values() if seen <= {label for label, _ in labels}]
    if not holding:
        return Scale(tuple(sorted(seen)), ())
    widest = max(holding, key=len)
    return Scale(tuple(label for label, _ in widest), tuple(label for label, rises in widest if rises))
