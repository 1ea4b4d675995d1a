"""When a count says too much about too few people: the one home of the rule (METHODS 4.10).

Belongs here: the rule for a population, for a numerator and its complement, for a sum, for a part; each on
what every user adds. Not here: which counts a release shows, and what else has to be hidden for their sake.
"""

from typing import Any

from orchestration.privacy.rules import PublishingRules

LARGE_USERS, LARGE_SESSIONS = 2, 5
"""How many times the minima a population must hold before "all of them" or "none of them" may be shown."""

Values = Any
"""One number per user (numpy array); unknown users are one group, which `is_known` leaves out."""


def is_small(counted: Values, sessions: Values, is_known: Values, rules: PublishingRules) -> bool:
    """Whether a population is too small, or one user is above half of it."""
    users = int(((counted > 0) & is_known).sum())
    if users < rules.min_users or sessions.sum() < rules.min_sessions:
        return True
    return dominates(counted) or dominates(sessions)


def dominates(counted: Values) -> bool:
    """Whether one user is above half of a sum."""
    return bool(counted.max(initial=0) > 0.5 * counted.sum())


def is_large(counted: Values, sessions: Values, is_known: Values, rules: PublishingRules) -> bool:
    """Whether a population is so large that what is true of all or none of it tells little of one."""
    users = int(((counted > 0) & is_known).sum())
    return users >= LARGE_USERS * rules.min_users and sessions.sum() >= LARGE_SESSIONS * rules.min_sessions


def is_telling_numerator(
    population: Values, sessions: Values, counted: Values, is_known: Values, rules: PublishingRules
) -> bool:
    """Whether a numerator or what is left of its denominator is of too few users, or of all or none."""
    rest = population - counted
    if not (counted > 0).any() or not (rest > 0).any():
        return not is_large(population, sessions, is_known, rules)
    users = ((counted > 0) & is_known).sum(), ((rest > 0) & is_known).sum()
    return bool(min(users) < rules.min_users)


def is_telling_sum(
    population: Values, sessions: Values, summed: Values, is_known: Values, rules: PublishingRules
) -> bool:
    """Whether a sum of amounts (of words, of dollars) is of too few users, or mostly of one."""
    if not (summed > 0).any():
        return not is_large(population, sessions, is_known, rules)
    return bool(((summed > 0) & is_known).sum() < rules.min_users or dominates(summed))


def is_telling_part(
    population: Values, sessions: Values, part: Values, is_known: Values, rules: PublishingRules
) -> bool:
    """Whether a part of a distribution is too small, or all or none of a population that is not large.

    `sessions` are those of the part; the population's own are what is counted in it.
    """
    if is_telling_numerator(population, population, part, is_known, rules):
        return True
    return bool((part > 0).any() and is_small(part, sessions, is_known, rules))
