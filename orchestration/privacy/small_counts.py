"""When a count says too much about too few people: the one home of the rule (METHODS 4.10).

Belongs here: the rule for a population, for a numerator and its complement, for a sum, for a part. Not here:
which counts a release shows (displayed), and what else has to be hidden for their sake (protect).
"""

from typing import Any

import numpy as np
import pandas as pd

from orchestration.privacy.rules import PublishingRules

LARGE_USERS, LARGE_SESSIONS = 2, 5
"""How many times the minima a population must hold before "all of them" or "none of them" may be shown."""

DOMINANT = 0.5
"""No user may be above this share of a population."""

Values = Any
"""One number per user (numpy array); unknown users are one group, which `is_known` leaves out."""


def is_small(sessions: Values, is_known: Values, rules: PublishingRules) -> bool:
    """Whether a population, given as sessions per user, is too small or mostly one user's."""
    users = int(((sessions > 0) & is_known).sum())
    return bool(are_small(users, float(sessions.sum()), float(sessions.max(initial=0)), rules))


def are_small(users: Values, sessions: Values, largest: Values, rules: PublishingRules) -> Any:
    """The same of populations given as known users, sessions, and the most sessions of one user."""
    return (users < rules.min_users) | (sessions < rules.min_sessions) | (largest > DOMINANT * sessions)


def small_populations(figures: pd.DataFrame, rules: PublishingRules) -> Any:
    """Which figures are of too few users or sessions, or mostly of one user, in the order of the rows.

    `figures` has the columns of `estimates.figure.Figure` and its private ones, nothing hidden. Of a `share`
    users and sessions are those of the numerator, so that a small part counts as a small population; a part
    of nobody may be shown of a large whole. In a population of nobody (where nothing is known of any session)
    there is nobody to protect; one whose counts were rounded down to nothing still has a largest user.
    """
    users, sessions = _numbers(figures, "n_users"), _numbers(figures, "n_sessions")
    top_user_share = _numbers(figures, "top_user_share")
    is_dominated = top_user_share > DOMINANT
    is_part = figures["metric_kind"].eq("share").to_numpy()
    is_of_large = _numbers(figures, "denominator") >= LARGE_SESSIONS * rules.min_sessions
    is_somebody = (sessions > 0) | (top_user_share > 0) | (is_part & ~is_of_large)
    return is_somebody & ((users < rules.min_users) | (sessions < rules.min_sessions) | is_dominated)


def telling_numerators(figures: pd.DataFrame, rules: PublishingRules) -> Any:
    """Which figures have a numerator or a complement of too few users, or of all or none.

    All or none may be shown of a large population. A mean has no complement; a count is its population, and
    estimates have no numerator.
    """
    users, sessions = _numbers(figures, "n_users"), _numbers(figures, "n_sessions")
    numerator, complement = _numbers(figures, "numerator_users"), _numbers(figures, "complement_users")
    is_rate = figures["metric_kind"].eq("rate").to_numpy()
    is_same_for_all = (numerator == 0) | (is_rate & (complement == 0))
    is_large = (users >= LARGE_USERS * rules.min_users) & (sessions >= LARGE_SESSIONS * rules.min_sessions)
    fewest = np.where(is_rate, np.minimum(numerator, complement), numerator)
    is_telling = np.where(is_same_for_all, ~is_large, fewest < rules.min_users)
    return is_telling & figures["metric_kind"].isin(["rate", "mean"]).to_numpy() & (sessions > 0)


def few_unknown(figures: pd.DataFrame, rules: PublishingRules) -> Any:
    """Which figures leave out fewer sessions than there must be users, but not none."""
    unknown = _numbers(figures, "unknown_count")
    return (unknown > 0) & (unknown < rules.min_users)


def _numbers(figures: pd.DataFrame, column: str) -> Any:
    return pd.to_numeric(figures[column], errors="coerce").fillna(0).to_numpy(float)
