"""Amdahl's law: how much faster a whole becomes when a share of it becomes faster (METHODS 4.11)."""

import math


def amdahl_speedup(share: float, factor: float) -> float:
    """1 / ((1 − s) + s / k): the speed-up of the whole when its share `s` becomes `k` times as fast.

    An infinite factor gives the ceiling 1 / (1 − s), which is infinite at a share of 1. Raises ValueError
    for a share outside 0 to 1 or a factor of 0 or less.
    """
    if not 0 <= share <= 1 or not factor > 0:
        raise ValueError(f"A share lies between 0 and 1 and a factor above 0, not at {share} and {factor}.")
    rest = (1 - share) + share / factor
    return math.inf if rest == 0 else 1 / rest
