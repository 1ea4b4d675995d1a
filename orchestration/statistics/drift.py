"""Whether a labeller changed: the same sessions labelled by two versions, and the mix of labels by month.

Belongs here: tests of paired labels, the difference on frozen sessions, the stability index (METHODS 4.9).
Not here: which sessions are frozen, and what a report does about a break. Differences are shares, −1 to 1.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from orchestration.statistics.clusters import mean_by_user
from orchestration.statistics.withholding import Estimate, Floats


@dataclass(frozen=True)
class TableTest:
    """A χ² statistic of a square table with its degrees of freedom and p-value."""

    statistic: float
    degrees_of_freedom: int
    p_value: float


@dataclass(frozen=True)
class Stability:
    """How far the mix of labels moved, and how likely chance alone would move it as far."""

    index: float
    p_value: float


def bowker_test(table: ArrayLike) -> TableTest | None:
    """Bowker's χ² of symmetry: do labels change as often one way as the other; METHODS 4.9.

    Of two labels it is McNemar's, without continuity correction. Pairs of labels between which none changed
    are no degree of freedom; None without any change.
    """
    counts = _square(table)
    upper = np.triu_indices(len(counts), 1)
    there, back = counts[upper], counts.T[upper]
    changed = there + back > 0
    if not changed.any():
        return None
    from scipy.special import chdtrc

    statistic = float((((there - back) ** 2)[changed] / (there + back)[changed]).sum())
    freedom = int(changed.sum())
    return TableTest(statistic, freedom, float(chdtrc(freedom, statistic)))


def stuart_maxwell_test(table: ArrayLike) -> TableTest | None:
    """Stuart–Maxwell χ² of equal margins: is the mix of labels the same; METHODS 4.9.

    Labels that neither version gave to a session the other did not are left out. None where none is left, or
    labels fall into sets between which none moved.
    """
    counts = _square(table)
    moved = counts.sum(axis=0) + counts.sum(axis=1) - 2 * np.diag(counts) > 0
    if moved.sum() < 2:
        return None
    from statsmodels.stats.contingency_tables import SquareTable
    from statsmodels.tools.sm_exceptions import SingularMatrixWarning

    kept = counts[np.ix_(moved, moved)]
    with warnings.catch_warnings():
        warnings.simplefilter("error", SingularMatrixWarning)
        try:
            found = SquareTable(kept, shift_zeros=False).homogeneity(method="stuart_maxwell")
        except SingularMatrixWarning:  # labels fall into sets between which none moved
            return None
    return TableTest(float(found.statistic), int(found.df), float(found.pvalue))


def version_difference(old: ArrayLike, new: ArrayLike, users: Any) -> Estimate:
    """Mean of new − old 0/1 labels on frozen sessions with errors by user; METHODS 4.9."""
    return mean_by_user(np.asarray(new, dtype=np.float64) - np.asarray(old, dtype=np.float64), users)


def splice_bound(differences: Sequence[Estimate]) -> float | None:
    """How far the intervals of the labels' differences reach from 0; None where one of them has no interval.

    Up to 0.02 two versions may be drawn as one series (METHODS 4.9).
    """
    bounds = [bound for each in differences for bound in (each.low, each.high)]
    if not bounds or any(bound is None for bound in bounds):
        return None
    return max(abs(bound) for bound in bounds if bound is not None)


def population_stability(
    before: ArrayLike, after: ArrayLike, *, effective_n: tuple[float, float]
) -> Stability | None:
    """PSI = Σ(o − e)·ln(o/e) over shares of labels, from counts, and its p; METHODS 4.9.

    Half a session is added to each label that either month has, so that one that is new is large and not
    infinite. Without a change PSI/(1/n₁ + 1/n₂) is about χ² of K − 1 (Yurdakul 2018), n the sessions after
    clustering: PSI of few sessions is large by chance. None without labels or with a single one. The index
    cannot tell a changed labeller from changed work: label the anchor set with both versions. Above 0.1 look
    at the month, above 0.25 stop publishing it.
    """
    counts = np.stack([np.asarray(each, dtype=np.float64) for each in (before, after)])
    if (counts < 0).any():
        raise ValueError("Both months need a count, not negative, for each label.")
    counts = counts[:, counts.sum(axis=0) > 0]
    if counts.shape[1] < 2 or not counts.sum(axis=1).all():
        return None
    from scipy.special import chdtrc

    index = stability_index(*(counts + 0.5))
    spread = 1 / effective_n[0] + 1 / effective_n[1]
    return Stability(index, float(chdtrc(counts.shape[1] - 1, index / spread)))


def stability_index(expected: ArrayLike, observed: ArrayLike) -> float:
    """PSI of shares that are all above 0, as METHODS 4.9 writes it."""
    e, o = (np.asarray(each, dtype=np.float64) for each in (expected, observed))
    e, o = e / e.sum(), o / o.sum()
    return float(((o - e) * np.log(o / e)).sum())


def _square(table: ArrayLike) -> Floats:
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError("Labels of two versions make a square table.")
    return counts
