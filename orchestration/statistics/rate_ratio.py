"""Ratio of two rates of the same people, with errors by user.

Belongs here: a/b over c/d from sums per user, on the log scale (METHODS 4.2). Not here: which rates are
compared, differences of shares (rate_difference.py). A ratio has no unit; 1 is "as often".
"""

import math

import numpy as np

from orchestration.statistics.withholding import (
    Estimate,
    Floats,
    is_showing_all,
    student_quantile,
    withheld,
)


def rate_ratio(first: tuple[Floats, Floats], second: tuple[Floats, Floats]) -> Estimate:
    """(Σa/Σb) / (Σc/Σd) of (a, b) and (c, d), sums per user in one order of users.

    The error is that of the ratio's logarithm, by leaving each user out (CRV3); the interval is by t with as
    many degrees of freedom as equally busy users less one, and not symmetric. Withheld where an event of
    either kind happened to one user alone, since without that user there is no ratio.
    """
    columns = np.stack([*first, *second]).astype(np.float64)
    totals = columns.sum(axis=1)
    if not totals[[1, 3]].all():
        return withheld("no_observations")
    if not totals[[0, 2]].all():
        return withheld("no_positive_mean")
    found = _log_ratio(totals)
    is_user = columns.any(axis=0)
    without = totals[:, None] - columns[:, is_user]
    count = without.shape[1]
    value = math.exp(found)
    # Sums that come to nothing without a user leave rounding errors behind, and no ratio.
    if count < 2 or (without <= 1e-9).any():
        return Estimate(value) if is_showing_all() else withheld("too_few_users")
    error = math.sqrt((count - 1) / count * float(((_log_ratio(without) - found) ** 2).sum()))
    half_width = student_quantile(max(1.0, _busy(columns[[1, 3]]) - 1)) * error
    return Estimate(value, value * error, math.exp(found - half_width), math.exp(found + half_width))


def _log_ratio(sums: Floats) -> "Floats":
    return np.asarray(np.log(sums[0]) - np.log(sums[1]) - np.log(sums[2]) + np.log(sums[3]))


def _busy(populations: Floats) -> float:
    """Equally busy users of the population that has fewer of them (Kish)."""
    return float(min(row.sum() ** 2 / (row @ row) for row in populations))
