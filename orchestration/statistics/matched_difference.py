"""Difference of a rate between two sides of a population, compared within strata, with an interval by users.

Belongs here: weights of the strata, the bootstrap of users. Not here: which strata and sides. The strata have
the mix of the first side: what the second side would show if it had the first one's cases (METHODS 4.6).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from orchestration.statistics.groups import Clusters, error_clusters, joint_codes
from orchestration.statistics.user_bootstrap import drawn_totals, percentile_interval
from orchestration.statistics.withholding import Estimate, Floats, withheld


class MatchedRates(NamedTuple):
    """Rate of the first side, that of the second at the first one's strata, and their difference.

    `is_matched`: which cases are in a stratum that has both sides; the others are in no rate.
    """

    first: Estimate
    second: Estimate
    difference: Estimate
    is_matched: "np.ndarray[Any, np.dtype[np.bool_]]"


def matched_rates(outcomes: ArrayLike, is_first: ArrayLike, strata: list[Any], users: Any) -> MatchedRates:
    """The rates within strata; withheld where no stratum has both sides. A missing stratum matches nobody."""
    hits, first = np.asarray(outcomes, dtype=np.float64), np.asarray(is_first, dtype=bool)
    cells = joint_codes(strata)
    sizes = [
        np.bincount(cells[(cells >= 0) & side], minlength=cells.max(initial=0) + 1)
        for side in (first, ~first)
    ]
    has_both = (sizes[0] > 0) & (sizes[1] > 0)
    is_matched = (cells >= 0) & has_both[np.maximum(cells, 0)]
    if not is_matched.any():
        nothing = withheld("no_observations")
        return MatchedRates(nothing, nothing, nothing, is_matched)
    columns = np.column_stack([first * hits, first, ~first * hits, ~first]).astype(np.float64)[is_matched]
    kept = np.unique(cells[is_matched], return_inverse=True)[1]
    clusters = error_clusters(np.asarray(users, dtype=object)[is_matched])
    totals: Floats = np.stack([np.bincount(kept, weights=column) for column in columns.T], axis=1)
    totals = totals.astype(np.float64)
    drawn = np.stack([_rates(each) for each in drawn_totals(columns, kept, clusters=clusters)])
    found = _rates(totals)
    first_rate, second_rate, difference = (
        _estimate(float(found[place]), drawn[:, place], clusters) for place in range(3)
    )
    return MatchedRates(first_rate, second_rate, difference, is_matched)


def _rates(totals: Floats) -> Floats:
    """(first, second at the first's strata, difference) of totals by stratum; NaN where a side is missing.

    A stratum that a draw leaves without its second side is left out of the draw, as of the sample.
    """
    both = (totals[:, 1] > 0) & (totals[:, 3] > 0)
    own = totals[both]
    if not len(own):
        return np.full(3, np.nan)
    weights = own[:, 1] / own[:, 1].sum()
    one, other = float(weights @ (own[:, 0] / own[:, 1])), float(weights @ (own[:, 2] / own[:, 3]))
    return np.array([one, other, one - other])


def _estimate(value: float, drawn: Floats, clusters: Clusters) -> Estimate:
    low, high = percentile_interval(drawn, users=clusters.busy) or (None, None)
    return Estimate(value, None, low, high)
