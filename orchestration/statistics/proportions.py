"""Intervals of proportions of independent trials: one share, a difference of two, none observed.

Belongs here: Wilson, Clopper–Pearson, Newcombe, the limit when nothing happened (METHODS 4.1). Not here:
sessions of the same user, which are not independent (clusters.py). Unit of every result: a share, 0 to 1.
"""

from typing import Literal, NamedTuple

from orchestration.statistics.withholding import CONFIDENCE

_METHODS = {"wilson": "wilson", "clopper_pearson": "beta"}


class Interval(NamedTuple):
    """Bounds of a share, or of a difference of shares (−1 to 1)."""

    low: float
    high: float


def proportion_interval(
    events: float,
    trials: float,
    *,
    method: Literal["wilson", "clopper_pearson"] = "wilson",
    confidence: float = CONFIDENCE,
) -> Interval | None:
    """Interval of a share, None without trials; counts may be fractional (an effective sample size).

    METHODS 4.1; Newcombe 1998, Statistics in Medicine 17:857. Raises ValueError unless 0 ≤ events ≤ trials.
    """
    _check(events, trials)
    if not trials:
        return None
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(events, trials, alpha=1 - confidence, method=_METHODS[method])
    # Rounding leaves 1e-17 where the bound is exactly 0, or 1 − 1e-16 where it is 1.
    return Interval(0.0 if not events else float(low), 1.0 if events == trials else float(high))


def difference_interval(
    first: tuple[int, int], second: tuple[int, int], *, confidence: float = CONFIDENCE
) -> Interval | None:
    """Newcombe's hybrid interval of first share − second, each (events, trials); None without trials.

    METHODS 4.1; Newcombe 1998, method 10. Raises ValueError unless 0 ≤ events ≤ trials.
    """
    _check(*first)
    _check(*second)
    if not first[1] or not second[1]:
        return None
    from statsmodels.stats.proportion import confint_proportions_2indep

    low, high = confint_proportions_2indep(
        *first, *second, method="newcomb", compare="diff", alpha=1 - confidence
    )
    return Interval(float(low), float(high))


def zero_events_limit(trials: int, *, confidence: float = CONFIDENCE) -> float | None:
    """One-sided upper limit of a share of which nothing was seen: 1 − error^(1/n); METHODS 4.1."""
    _check(0, trials)
    return 1 - (1 - confidence) ** (1 / trials) if trials else None


def _check(events: float, trials: float) -> None:
    if not 0 <= events <= trials:
        raise ValueError(f"Events lie between 0 and the trials, not {events} of {trials}.")
