"""Whether a labeller changed: the same sessions labelled by two versions, and the mix of labels by month.

Belongs here: tests of paired labels, the difference on frozen sessions, the stability index (METHODS 4.9).
Not here: which sessions are frozen, and what a report does about a break. Differences are shares, −1 to 1.
"""

import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from orchestration.statistics.clusters import mean_by_user
from orchestration.statistics.withholding import Estimate, Floats

StabilityVerdict = Literal["stable", "look", "stop"]

LARGEST_SPLICE_DIFFERENCE = 0.02
"""Two versions are one series only if they differ by no more, all of the interval (METHODS 4.9)."""


@dataclass(frozen=True)
class TableTest:
    """A χ² statistic of a square table with its degrees of freedom and p-value."""

    statistic: float
    degrees_of_freedom: int
    p_value: float


@dataclass(frozen=True)
class VersionDifference:
    """New label − old label on the same sessions, and whether both may be drawn as one series."""

    estimate: Estimate
    may_splice: bool | None


def mcnemar_test(table: ArrayLike, *, continuity: bool = False) -> TableTest | None:
    """McNemar's χ² of a 2×2 table old × new; None where no label changed; METHODS 4.9 (Agresti)."""
    counts = _square(table)
    if counts.shape != (2, 2):
        raise ValueError("McNemar's test is of two labels; use bowker_test for more.")
    if not counts[0, 1] + counts[1, 0]:
        return None
    from statsmodels.stats.contingency_tables import mcnemar

    found = mcnemar(counts, exact=False, correction=continuity)
    return TableTest(float(found.statistic), 1, float(found.pvalue))


def bowker_test(table: ArrayLike) -> TableTest | None:
    """Bowker's χ² of symmetry: do labels change as often one way as the other; METHODS 4.9.

    Pairs of labels between which none changed are no degree of freedom; None without any change.
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


def version_difference(
    old: ArrayLike, new: ArrayLike, users: Any, *, largest: float = LARGEST_SPLICE_DIFFERENCE
) -> VersionDifference:
    """Mean of new − old 0/1 labels on frozen sessions with errors by user; METHODS 4.9.

    `may_splice`: the whole interval lies within ± `largest`; None where the estimate is withheld.
    """
    change = np.asarray(new, dtype=np.float64) - np.asarray(old, dtype=np.float64)
    found = mean_by_user(change, users)
    if found.low is None or found.high is None:
        return VersionDifference(found, None)
    return VersionDifference(found, -largest <= found.low and found.high <= largest)


def population_stability(expected: ArrayLike, observed: ArrayLike) -> float | None:
    """PSI = Σ(o − e)·ln(o/e) over shares of labels, from counts or shares; METHODS 4.9.

    A label of neither side is left out; infinite where a label is of one side alone; None without labels.
    """
    before, after = (np.asarray(each, dtype=np.float64) for each in (expected, observed))
    if before.shape != after.shape or (before < 0).any() or (after < 0).any():
        raise ValueError("Both months need a count, not negative, for each label.")
    if not before.sum() or not after.sum():
        return None
    e, o = before / before.sum(), after / after.sum()
    if ((e > 0) != (o > 0)).any():
        return float("inf")
    e, o = e[e > 0], o[o > 0]
    return float(((o - e) * np.log(o / e)).sum())


def stability_verdict(index: float) -> StabilityVerdict:
    """Above 0.1 look at the month, above 0.25 stop publishing it; METHODS 4.9.

    The index alone cannot tell a changed labeller from changed work: label the month with both versions.
    """
    return "stop" if index > 0.25 else "look" if index > 0.1 else "stable"


def _square(table: ArrayLike) -> Floats:
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError("Labels of two versions make a square table.")
    return counts
