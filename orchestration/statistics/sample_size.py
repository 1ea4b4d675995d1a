"""How many sessions an interval needs.

Belongs here: sessions for a half-width (METHODS 4.12). Not here: the intervals themselves. Shares are 0 to 1.
"""

import math

from orchestration.statistics.withholding import CONFIDENCE, normal_quantile


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
