"""Two sets of sessions compared at one mix of groups: standardised rates and a pooled odds ratio.

Belongs here: direct standardisation, Mantel–Haenszel (METHODS 4.6). Not here: how much of a difference is
the mix (composition.py). Rates are shares, 0 to 1.
"""

import numpy as np
from numpy.typing import ArrayLike

from orchestration.statistics.withholding import Floats

Side = tuple[ArrayLike, ArrayLike]
"""Events and sessions by group."""


def standardised_rates(first: Side, second: Side) -> tuple[float, float] | None:
    """Both rates at the mix of groups of both sides together; METHODS 4.6.

    Groups that one side lacks are left out of both: there is nothing to compare. None where none is left.
    """
    events, sizes = _shared(first, second)
    if not sizes.size:
        return None
    weights = sizes.sum(axis=0) / sizes.sum()
    one, other = (events / sizes) @ weights
    return float(one), float(other)


def mantel_haenszel_odds_ratio(first: Side, second: Side) -> float | None:
    """Odds of the first side over those of the second, pooled over groups; None where undefined."""
    events, sizes = _shared(first, second)
    failures, totals = sizes - events, sizes.sum(axis=0)
    below = float((failures[0] * events[1] / totals).sum())
    return float((events[0] * failures[1] / totals).sum()) / below if below else None


def _shared(first: Side, second: Side) -> tuple[Floats, Floats]:
    """Events and sessions, (2, groups), of the groups that both sides have."""
    events = np.array([first[0], second[0]], dtype=np.float64)
    sizes = np.array([first[1], second[1]], dtype=np.float64)
    if (events < 0).any() or (events > sizes).any():
        raise ValueError("Events lie between 0 and the sessions of their group.")
    both = (sizes > 0).all(axis=0)
    return events[:, both], sizes[:, both]
