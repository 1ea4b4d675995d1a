"""Frames of labelled sessions drawn from known parameters: users with habits, mixed work, wrong labels.

Belongs here: the parameters, the drawing, and what the parameters make of every estimand, by enumeration.
Not here: estimates (`coverage.py`). A frame is a sample of users; the truth is of the population they are of.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

LEVELS = np.arange(1, 6)
MODES = ("build", "fix", "operate")
LEVEL_OFF_SHARE = 0.3
"""Of a user's sessions: one level beside their own."""


@dataclass(frozen=True)
class Parameters:
    """The population. Success is linear: base, expertise, mode, occupation, and the habit of the user.

    More experienced users do other work, so a raw gradient is not that of comparable work; later sessions
    are of other modes, so a raw growth is not that within modes. Habits make sessions of a user alike.
    """

    users: int = 120
    mean_sessions: float = 12.0
    base: float = 0.18
    per_level: float = 0.08
    of_modes: tuple[float, ...] = (0.04, 0.0, -0.06)
    of_software: float = 0.06
    habit: float = 0.10  # half the range of a user's own part of success
    mode_shares: tuple[tuple[float, ...], ...] = ((0.45, 0.40, 0.15), (0.35, 0.30, 0.35))  # earlier, later
    mode_shift_per_level: float = 0.03  # from fix to operate, a step above the middle level
    prices: tuple[float, ...] = (120.0, 80.0, 150.0)
    growth_within: float = 1.12
    price_spread: float = 0.5
    price_habit: float = 0.3
    log_actions: float = 1.5
    log_actions_per_level: float = 0.1
    sensitivity: float = 0.90
    specificity: float = 0.75
    reviews: int = 150

    def modes(self, level: int, later: int) -> NDArray[np.float64]:
        """Shares of the modes among sessions of a level."""
        shift = self.mode_shift_per_level * (level - 3)
        return np.asarray(np.array(self.mode_shares[later]) + np.array([0.0, -shift, shift]))


@dataclass(frozen=True)
class Truth:
    """What the parameters say of each estimand; half of the users work in software, half of time is later."""

    rate: float
    slope: float
    adjusted_rates: dict[int, float]
    software_gap: float
    geometric_mean: float
    growth: float
    growth_within: float
    growth_mix: float


def level_shares() -> NDArray[np.float64]:
    """Shares of the levels 1 to 5, from users spread evenly over them."""
    stays = 1 - LEVEL_OFF_SHARE
    moves = np.zeros((5, 5))
    for own in range(5):
        beside = [level for level in (own - 1, own + 1) if 0 <= level < 5]
        moves[own, own] = stays
        moves[own, beside] = LEVEL_OFF_SHARE / len(beside)
    return np.asarray(moves.mean(axis=0))


def truth_of(parameters: Parameters) -> Truth:
    """Every estimand by enumeration of levels, modes and times."""
    p, levels = parameters, level_shares()
    shares = [
        sum(w * p.modes(int(k), later) for w, k in zip(levels, LEVELS, strict=True)) for later in (0, 1)
    ]
    mean_level = float(levels @ LEVELS)
    of_mode = float(np.mean(shares, axis=0) @ np.array(p.of_modes))
    rate = p.base + p.per_level * (mean_level - 1) + of_mode + p.of_software / 2
    prices = [np.array(p.prices), np.array(p.prices) * p.growth_within]
    means = [float(share @ price) for share, price in zip(shares, prices, strict=True)]
    within = float((prices[1] - prices[0]) @ (shares[0] + shares[1]) / 2)
    mix = float((shares[1] - shares[0]) @ (prices[0] + prices[1]) / 2)
    return Truth(
        rate=rate,
        slope=p.per_level,
        adjusted_rates={int(k): rate + p.per_level * (float(k) - mean_level) for k in LEVELS},
        software_gap=p.of_software,
        geometric_mean=float(np.exp(p.log_actions + p.log_actions_per_level * mean_level)),
        growth=means[1] / means[0] - 1,
        growth_within=within / means[0],
        growth_mix=mix / means[0],
    )


def drawn_frame(parameters: Parameters, seed: int) -> pd.DataFrame:
    """One sample of users with all their sessions; `reviewed` are drawn at random among the sessions."""
    rng, p = np.random.default_rng(seed), parameters
    sizes = 1 + rng.poisson(rng.gamma(1.5, (p.mean_sessions - 1) / 1.5, p.users))
    user = np.repeat(np.arange(p.users), sizes)
    n = len(user)
    level = _levels(rng, rng.integers(1, 6, p.users)[user])
    is_later = rng.random(n) < 0.5
    mode = _modes(rng, p, level, is_later)
    is_software = (rng.random(p.users) < 0.5)[user]
    habit = rng.uniform(-p.habit, p.habit, p.users)[user]
    chance = p.base + p.per_level * (level - 1) + np.array(p.of_modes)[mode] + p.of_software * is_software
    success = rng.random(n) < chance + habit
    label = np.where(success, rng.random(n) < p.sensitivity, rng.random(n) >= p.specificity)
    reviewed = np.zeros(n, dtype=bool)
    reviewed[rng.choice(n, min(p.reviews, n), replace=False)] = True
    return pd.DataFrame(
        {
            "user": [f"user-{number}" for number in user],
            "level": level,
            "work_mode": np.array(MODES)[mode],
            "band": rng.integers(0, 2, n),
            "month": 2 * is_later + rng.integers(0, 2, n),
            "work_occupation": rng.random(n) < 0.25,
            "is_software": is_software,
            "is_later": is_later,
            "success": success.astype(float),
            "label": label.astype(float),
            "reviewed": reviewed,
            "price": _prices(rng, p, user, mode, is_later),
            "actions": _actions(rng, p, user, level),
        }
    )


def _levels(rng: Generator, own: NDArray[np.int64]) -> NDArray[np.int64]:
    """The user's own level or one beside it; at the ends there is one beside."""
    step = np.where(rng.random(len(own)) < 0.5, -1, 1)
    step = np.where(own == 1, 1, np.where(own == 5, -1, step))
    return np.asarray(own + step * (rng.random(len(own)) < LEVEL_OFF_SHARE))


def _modes(
    rng: Generator, p: Parameters, level: NDArray[np.int64], is_later: NDArray[np.bool_]
) -> NDArray[np.int64]:
    shares = np.array([[p.modes(int(k), later) for k in LEVELS] for later in (0, 1)])
    limits = shares[is_later.astype(int), level - 1].cumsum(axis=1)
    return np.asarray((rng.random(len(level))[:, None] > limits[:, :-1]).sum(axis=1))


def _prices(
    rng: Generator,
    p: Parameters,
    user: NDArray[np.int64],
    mode: NDArray[np.int64],
    is_later: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Log-normal around the mean of mode and time, with a habit of the user; both have a mean of 1."""
    mean = np.array(p.prices)[mode] * np.where(is_later, p.growth_within, 1.0)
    habit = p.price_habit * rng.standard_normal(p.users)[user] - p.price_habit**2 / 2
    around = p.price_spread * rng.standard_normal(len(user)) - p.price_spread**2 / 2
    return np.asarray(mean * np.exp(habit + around))


def _actions(
    rng: Generator, p: Parameters, user: NDArray[np.int64], level: NDArray[np.int64]
) -> NDArray[np.float64]:
    habit = 0.3 * rng.standard_normal(p.users)[user]
    logs = p.log_actions + p.log_actions_per_level * level + habit + 0.7 * rng.standard_normal(len(user))
    return np.asarray(np.exp(logs))
