"""Rates corrected for the known error of a labeller: yes/no labels and labels of several classes.

Belongs here: Rogan–Gladen, differences, shares on the simplex (METHODS 4.8). Not here: means and slopes
corrected by reviews of a part of the sessions (prediction_powered.py, powered_slopes.py). Shares are 0 to 1.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from orchestration.statistics.clusters import kish_effective_n
from orchestration.statistics.user_bootstrap import DRAWS, SEED, percentile_interval
from orchestration.statistics.withholding import (
    LEAST_YOUDEN,
    Estimate,
    Floats,
    normal_quantile,
    student_estimate,
    withheld,
)


@dataclass(frozen=True)
class ReviewCounts:
    """Reviewed sessions by label and truth: true and false positives, false and true negatives."""

    tp: float
    fp: float
    fn: float
    tn: float

    @property
    def sensitivity(self) -> float | None:
        """Share of truly positive sessions that are labelled so; None without any."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else None

    @property
    def specificity(self) -> float | None:
        """Share of truly negative sessions that are labelled so; None without any."""
        return self.tn / (self.tn + self.fp) if self.tn + self.fp else None

    @property
    def youden(self) -> float | None:
        """J = Se + Sp − 1; None where a truth was not reviewed."""
        if self.sensitivity is None or self.specificity is None:
            return None
        return self.sensitivity + self.specificity - 1

    @property
    def youden_error(self) -> float | None:
        """Standard error of J: Se and Sp come from different sessions, so their variances add up."""
        if self.sensitivity is None or self.specificity is None:
            return None
        of_true = self.sensitivity * (1 - self.sensitivity) / (self.tp + self.fn)
        return math.sqrt(of_true + self.specificity * (1 - self.specificity) / (self.tn + self.fp))

    @classmethod
    def weighted(cls, labels: ArrayLike, truth: ArrayLike, *, weights: ArrayLike) -> "ReviewCounts":
        """Reviewed sessions by label and truth, weighted; each truth adds up to its effective number."""
        said, true = np.asarray(labels, dtype=bool), np.asarray(truth, dtype=bool)
        heavy = np.asarray(weights, dtype=np.float64)
        parts: dict[tuple[bool, bool], float] = {}
        for is_true in (True, False):
            inside = true == is_true
            total, size = float(heavy[inside].sum()), kish_effective_n(heavy[inside]) or 0.0
            for is_said in (True, False):
                part = float(heavy[inside & (said == is_said)].sum())
                parts[is_true, is_said] = size * part / total if total else 0.0
        return cls(tp=parts[True, True], fp=parts[False, True], fn=parts[True, False], tn=parts[False, False])


def rogan_gladen(
    observed: float,
    n_observed: float,
    *,
    sensitivity: float,
    specificity: float,
    n_positive: float | None = None,
    n_negative: float | None = None,
    least_youden: float = LEAST_YOUDEN,
) -> Estimate:
    """π = (p + Sp − 1)/(Se + Sp − 1), value and interval clipped to [0, 1]; METHODS 4.8.

    Variance: [p(1−p)/n + π²Se(1−Se)/n₊ + (1−π)²Sp(1−Sp)/n₋]/J², the last two left out where the numbers of
    reviewed positives and negatives are None (error rates known). `n_observed`: effective sessions.
    Withheld where J = Se + Sp − 1 is below `least_youden`.
    """
    if not n_observed:
        return withheld("no_observations")
    if n_positive == 0 or n_negative == 0:
        return withheld("too_few_reviews")
    youden = sensitivity + specificity - 1
    if youden < least_youden or youden <= 0:
        return withheld("labeller_too_weak")
    value = min(1.0, max(0.0, (observed + specificity - 1) / youden))
    variance = observed * (1 - observed) / n_observed
    if n_positive is not None:
        variance += value**2 * sensitivity * (1 - sensitivity) / n_positive
    if n_negative is not None:
        variance += (1 - value) ** 2 * specificity * (1 - specificity) / n_negative
    error = math.sqrt(variance) / youden
    half_width = normal_quantile() * error
    return Estimate(value, error, max(0.0, value - half_width), min(1.0, value + half_width))


def corrected_rate(
    observed: float, n_observed: float, reviews: ReviewCounts, *, least_youden: float = LEAST_YOUDEN
) -> Estimate:
    """Rogan–Gladen with the error rates of a reviewed sample, withheld where it lacks a class."""
    sensitivity, specificity = reviews.sensitivity, reviews.specificity
    if sensitivity is None or specificity is None:
        return withheld("too_few_reviews")
    return rogan_gladen(
        observed,
        n_observed,
        sensitivity=sensitivity,
        specificity=specificity,
        n_positive=reviews.tp + reviews.fn,
        n_negative=reviews.tn + reviews.fp,
        least_youden=least_youden,
    )


def corrected_difference(
    difference: float,
    standard_error: float,
    *,
    youden: float,
    youden_error: float = 0.0,
    degrees: float | None = None,
    least_youden: float = LEAST_YOUDEN,
) -> Estimate:
    """A difference of two labelled rates, divided by J, which shrank it; METHODS 4.8.

    Assumes the same error in both groups (show the confusion by group). The error adds that of J, which
    reviews of few sessions know badly: SE² = (SE(d)² + (d/J)²·SE(J)²)/J². 0 takes J as known.
    The interval is by t with the `degrees` of freedom of the difference (`rate_difference`), else by z.
    """
    if youden < least_youden or youden <= 0:
        return withheld("labeller_too_weak")
    value = difference / youden
    error = math.hypot(standard_error, value * youden_error) / youden
    return student_estimate(value, error, degrees=math.inf if degrees is None else degrees)


def corrected_shares(
    observed: ArrayLike,
    confusion: ArrayLike,
    *,
    effective_n: float | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
    least_youden: float = LEAST_YOUDEN,
) -> tuple[Estimate, ...]:
    """True shares of the classes: least squares of Mπ = observed with π ≥ 0 and Σπ = 1; METHODS 4.8.

    `observed`: sessions by label; `confusion`: reviewed sessions, rows the label, columns the truth. The
    interval draws labels (of `effective_n` sessions) and reviews anew. Withheld for all classes where a
    truth was never reviewed, or where some label is given to its own truth by less than `least_youden`
    more often than to another truth (J, where there are two classes).
    """
    counts, table = np.asarray(observed, dtype=np.float64), np.asarray(confusion, dtype=np.float64)
    if table.shape != (len(counts), len(counts)):
        raise ValueError("The confusion table needs a row and a column per class.")
    reviewed = table.sum(axis=0)
    if not counts.sum():
        return (withheld("no_observations"),) * len(counts)
    if (reviewed == 0).any():
        return (withheld("too_few_reviews"),) * len(counts)
    rates = table / reviewed
    others = rates - np.diag(np.full(len(counts), np.inf))
    if (np.diag(rates) - others.max(axis=1) < least_youden).any():
        return (withheld("labeller_too_weak"),) * len(counts)
    shares = counts / counts.sum()
    values = _on_simplex(rates, shares)
    drawn = _drawn_shares(shares, table, n=effective_n or float(counts.sum()), draws=draws, seed=seed)
    bounds = [percentile_interval(column) or (None, None) for column in drawn.T]
    return tuple(
        Estimate(float(value), None, low, high) for value, (low, high) in zip(values, bounds, strict=True)
    )


def _drawn_shares(shares: Floats, table: Floats, *, n: float, draws: int, seed: int) -> Floats:
    """Corrected shares of drawn labels and reviews (Dirichlet, so that none is impossible)."""
    generator: Any = np.random.default_rng(seed)
    labels = generator.dirichlet(shares * n + 1e-6, size=draws)
    columns = [generator.dirichlet(column + 0.5 / len(column), size=draws) for column in table.T]
    tables = np.stack(columns, axis=2)
    return np.stack([_on_simplex(tables[place], labels[place]) for place in range(draws)])


def _on_simplex(rates: Floats, shares: Floats) -> Floats:
    """π ≥ 0 with Σπ = 1 closest to rates·π = shares; the sum is a row of so great weight that it holds."""
    from scipy.optimize import nnls

    weight = 1e4
    rows = np.vstack([rates, np.full(len(shares), weight)])
    found, _ = nnls(rows, np.append(shares, weight))
    return np.asarray(found / found.sum(), dtype=np.float64)
