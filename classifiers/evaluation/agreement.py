"""Agreement of two codings of the same cases: per class, overall, beyond chance, each with its interval.

Values are computed from confusion tables (tests hold them to scikit-learn's), Wilson intervals come from
statsmodels, the others from a bootstrap of cases. What is undefined is None, never zero. Knows pairs of
labels, nothing of classifiers. A dozen cases make intervals as wide as the scale: that is what they are
there to show.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

DRAWS = 2_000
SEED = 20260601
"""The draws of a bootstrap are the same in every run."""

Pair = tuple[str, str]
"""Expected and observed label of one judgement."""

_Tables = NDArray[np.float64]


class Rate(NamedTuple):
    """A share, `hits` of `total`, with its Wilson interval (95 %); None where nothing was counted."""

    hits: int
    total: int
    value: float | None
    low: float | None
    high: float | None


class Estimate(NamedTuple):
    """A value with its interval from a bootstrap of cases (95 %, percentiles).

    The interval is None where there are fewer than two cases or no draw defines the value.
    """

    value: float
    low: float | None
    high: float | None


class ClassScore(NamedTuple):
    """One label: `support` times expected, `observed_count` times observed.

    Precision: expected among observed; recall: observed among expected.
    """

    label: str
    support: int
    observed_count: int
    precision: Rate
    recall: Rate
    f1: Estimate | None


@dataclass(frozen=True)
class Agreement:
    """Two codings compared. `agreed`: judgements that are the same; classes that occur, in given order.

    `kappa` is Cohen's; `weighted_kappa` the same with quadratic weights, over judgements in which both
    labels stand in a rising order (None where there is no order); `pabak` is kappa as it would be if all
    labels were equally frequent: read it beside kappa where one label prevails.
    """

    agreed: Rate
    classes: tuple[ClassScore, ...]
    kappa: Estimate | None
    weighted_kappa: Estimate | None
    pabak: float | None


def rate(hits: int, total: int) -> Rate:
    """A share with its Wilson interval. Judgements of one case count as independent of each other."""
    if not total:
        return Rate(hits, total, None, None, None)
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(hits, total, method="wilson")
    return Rate(hits, total, hits / total, float(low), float(high))


def agreement_of_labels(
    cases: Sequence[Sequence[Pair]], *, labels: Sequence[str], rising: Sequence[str] = ()
) -> Agreement:
    """Agreement where each judgement has one label; a case may hold several judgements.

    `labels`: the vocabulary in its order, with every label that occurs; `rising`: those of an ordinal
    scale from low to high. Raises ValueError for a label outside `labels`.
    """
    pairs = [pair for case in cases for pair in case]
    tables = _tables(cases, labels)
    agreed = sum(expected == observed for expected, observed in pairs)
    return Agreement(
        agreed=rate(agreed, len(pairs)),
        classes=_class_scores(pairs, tables, labels),
        kappa=_kappa(tables, labels),
        weighted_kappa=_weighted_kappa(cases, rising),
        pabak=_pabak(agreed, len(pairs), len(labels)),
    )


def agreement_of_sets(
    cases: Sequence[tuple[frozenset[str], frozenset[str]]], *, labels: Sequence[str]
) -> Agreement:
    """Agreement where a case has any number of labels: `agreed` asks for the same set.

    Classes and kappa are about the presence of each label in each case.
    """
    presence = [
        [(str(label in expected), str(label in observed)) for label in labels] for expected, observed in cases
    ]
    by_label = [[[case[place]] for case in presence] for place in range(len(labels))]
    both = [agreement_of_labels(each, labels=("False", "True")) for each in by_label]
    overall = agreement_of_labels(presence, labels=("False", "True"))
    classes = [
        found._replace(label=label)
        for label, each in zip(labels, both, strict=True)
        for found in each.classes
        if found.label == "True"
    ]
    same = sum(expected == observed for expected, observed in cases)
    return Agreement(rate(same, len(cases)), tuple(classes), overall.kappa, None, overall.pabak)


def _tables(cases: Sequence[Sequence[Pair]], labels: Sequence[str]) -> _Tables:
    """One confusion table per case: rows are expected, columns observed labels."""
    place = {label: number for number, label in enumerate(labels)}
    unknown = sorted({label for case in cases for pair in case for label in pair} - set(place))
    if unknown:
        raise ValueError(f"labels outside the vocabulary: {unknown}")
    tables = np.zeros((len(cases), len(labels), len(labels)))
    for number, case in enumerate(cases):
        for expected, observed in case:
            tables[number, place[expected], place[observed]] += 1
    return tables


def _class_scores(pairs: Sequence[Pair], tables: _Tables, labels: Sequence[str]) -> tuple[ClassScore, ...]:
    """Scores of the labels that occur, in the order of the vocabulary."""
    if not pairs:
        return ()
    total = tables.sum(axis=0)
    hits, support, found = total.diagonal(), total.sum(axis=1), total.sum(axis=0)
    f1s, f1_draws = _f1s(total[None])[0], _f1s(_drawn(tables))
    return tuple(
        ClassScore(
            label,
            int(support[place]),
            int(found[place]),
            precision=rate(int(hits[place]), int(found[place])),
            recall=rate(int(hits[place]), int(support[place])),
            f1=_estimate(float(f1s[place]), f1_draws[:, place]),
        )
        for place, label in enumerate(labels)
        if support[place] or found[place]
    )


def _f1s(tables: _Tables) -> NDArray[np.float64]:
    """F1 of each label in each table of a stack: 2·hits / (expected + observed); nan where neither occurs."""
    both = 2 * np.diagonal(tables, axis1=1, axis2=2)
    margins = tables.sum(axis=2) + tables.sum(axis=1)
    return np.asarray(np.divide(both, margins, out=np.full_like(both, np.nan), where=margins > 0))


def _kappa(tables: _Tables, labels: Sequence[str]) -> Estimate | None:
    return _chance_corrected(tables, len(labels), is_quadratic=False)


def _weighted_kappa(cases: Sequence[Sequence[Pair]], rising: Sequence[str]) -> Estimate | None:
    """Quadratic weights, over judgements within the scale."""
    if len(rising) < 2:
        return None
    scale = set(rising)
    inside = [[pair for pair in case if scale.issuperset(pair)] for case in cases]
    return _chance_corrected(_tables(inside, rising), len(rising), is_quadratic=True)


def _chance_corrected(tables: _Tables, size: int, *, is_quadratic: bool) -> Estimate | None:
    """Cohen's kappa; None where both codings use one label alone, so that chance explains everything."""
    distance = _distance(size, is_quadratic=is_quadratic)
    value = _kappas(tables.sum(axis=0, keepdims=True), distance)[0]
    return _estimate(float(value), _kappas(_drawn(tables), distance))


def _distance(size: int, *, is_quadratic: bool) -> NDArray[np.float64]:
    """How far two labels are apart: squared steps on a scale, else the same or not."""
    place = np.arange(size)
    steps = place[:, None] - place[None, :]
    return (steps**2 if is_quadratic else steps != 0).astype(np.float64)


def _kappas(tables: _Tables, distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Kappa of each table of a stack; nan where chance disagreement is zero."""
    count = tables.sum(axis=(1, 2))
    seen = (tables * distance).sum(axis=(1, 2)) * count
    chance = np.einsum("ni,ij,nj->n", tables.sum(axis=2), distance, tables.sum(axis=1))
    shares = np.divide(seen, chance, out=np.full_like(seen, np.nan), where=chance > 0)
    return np.asarray(1.0 - shares)


def _drawn(tables: _Tables) -> _Tables:
    """Tables of bootstrap samples: cases drawn with replacement; no samples of fewer than two cases."""
    count = len(tables)
    if count < 2:
        return np.empty((0, *tables.shape[1:]))
    times = np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), size=DRAWS)
    return np.asarray(np.tensordot(times.astype(np.float64), tables, axes=1))


def _estimate(value: float, draws: NDArray[np.float64]) -> Estimate | None:
    """A value with the middle 95 % of its defined draws; None where the value is undefined."""
    if np.isnan(value):
        return None
    defined = draws[~np.isnan(draws)]
    if not len(defined):
        return Estimate(value, None, None)
    low, high = np.quantile(defined, (0.025, 0.975))
    return Estimate(value, float(low), float(high))


def _pabak(agreed: int, total: int, label_count: int) -> float | None:
    if not total or label_count < 2:
        return None
    return (label_count * agreed / total - 1) / (label_count - 1)


def as_label(value: Any) -> str:
    """A judged value as a label: null for None, true and false for booleans."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
