"""Intervals of shares of independent trials, many at once.

Belongs here: Wilson and Clopper–Pearson (METHODS 4.1). Not here: sessions of the same user, which are not
independent (cell_intervals.py, which takes users for trials, or one user's sessions). Unit: shares, 0 to 1.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from orchestration.statistics.withholding import CONFIDENCE, Floats

Method = Literal["wilson", "clopper_pearson"]


def proportion_bounds(
    events: ArrayLike, trials: ArrayLike, *, method: Method = "wilson", confidence: float = CONFIDENCE
) -> tuple[Floats, Floats]:
    """Lower and upper bounds, NaN without trials; events may be fractional (an effective sample size).

    METHODS 4.1; Newcombe 1998, Statistics in Medicine 17:857. Raises ValueError unless 0 ≤ events ≤ trials.
    """
    hits, n = (np.asarray(each, dtype=np.float64) for each in np.broadcast_arrays(events, trials))
    if ((hits < 0) | (hits > n)).any():
        raise ValueError("Events lie between 0 and the trials.")
    from statsmodels.stats.proportion import proportion_confint

    known = n > 0
    # Trials of 1 stand in for none, whose bounds are unknown.
    low, high = proportion_confint(
        np.where(known, hits, 0),
        np.where(known, n, 1),
        alpha=1 - confidence,
        method="beta" if method == "clopper_pearson" else method,
    )
    # Rounding leaves 1e-17 where the bound is exactly 0, or 1 − 1e-16 where it is 1.
    low = np.where(hits <= 0, 0.0, low)
    high = np.where(hits >= n, 1.0, high)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)
