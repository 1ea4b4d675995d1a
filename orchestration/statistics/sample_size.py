"""How many sessions a comparison or an interval needs.

Belongs here: sessions per group to see a difference of shares, sessions for a half-width (METHODS 4.12).
Not here: the intervals themselves. Shares are 0 to 1.
"""

import math

from orchestration.statistics.withholding import CONFIDENCE, normal_quantile


def sessions_per_group(
    first: float,
    second: float,
    *,
    power: float = 0.8,
    confidence: float = CONFIDENCE,
    design_effect: float = 1.0,
) -> float:
    """Sessions in each of two equal groups to tell their shares apart, two-sided; METHODS 4.12.

    As R's power.prop.test; times the design effect of sessions that belong to the same users. Not rounded:
    round up. Raises ValueError for equal shares, shares outside (0, 1) or a design effect below 1.
    """
    _check_share(first)
    _check_share(second)
    if first == second:
        raise ValueError("Equal shares cannot be told apart by any number of sessions.")
    from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

    needed = samplesize_proportions_2indep_onetail(
        second - first, first, power, ratio=1, alpha=1 - confidence, alternative="two-sided"
    )
    return float(needed) * _checked(design_effect)


def sessions_for_half_width(
    share: float, half_width: float, *, confidence: float = CONFIDENCE, design_effect: float = 1.0
) -> int:
    """Sessions for an interval of share ± half-width: z²·p(1 − p)/h² (METHODS 4.12), rounded up.

    Times the design effect of sessions that belong to the same users.
    """
    _check_share(share)
    if not 0 < half_width < 1:
        raise ValueError(f"A half-width lies between 0 and 1, not at {half_width}.")
    needed = normal_quantile(confidence) ** 2 * share * (1 - share) / half_width**2
    return math.ceil(needed * _checked(design_effect))


def _checked(design_effect: float) -> float:
    if design_effect < 1:
        raise ValueError("A design effect below 1 is chance: plan with 1 or more.")
    return design_effect


def _check_share(share: float) -> None:
    if not 0 < share < 1:
        raise ValueError(f"A share lies between 0 and 1, not at {share}.")
