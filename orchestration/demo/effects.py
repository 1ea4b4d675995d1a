"""Effects that a corpus can be planted with, so that estimates have a known truth to come back to.

Belongs here: the parameters, what they say of one session, and what they add up to. Not here: how sessions
are drawn from them (`effects_casting.py`), or what the written sessions show (`effects_shown.py`).
"""

from dataclasses import dataclass
from typing import Literal

from orchestration.demo.truth import WorkMode

ExpertiseLabel = Literal["novice", "beginner", "intermediate", "advanced", "expert"]
EffectClass = Literal["verified", "recovered", "unverified", "partial", "failed", "abandoned", "no_goal"]
"""How a session ends; the classes of an ordinary corpus, and success after hard trouble apart."""

LEVELS: tuple[ExpertiseLabel, ...] = ("novice", "beginner", "intermediate", "advanced", "expert")
SOFTWARE, OTHER = "computer_and_mathematical", "business_and_financial"


@dataclass(frozen=True)
class ModeEffect:
    """A work mode: its share of the first and the last month, and its mean price in the first month."""

    work_mode: WorkMode
    share_start: float
    share_end: float
    price_usd: float


@dataclass(frozen=True)
class PlantedEffects:
    """What is true of the sessions. Shares of outcomes are of sessions with a goal, whatever their mode.

    Verified success rises by `verified_per_level` a step of expertise and by `verified_of_software` where
    the person's occupation is in software, of whom more are experienced: a raw gradient is too steep.
    Prices rise by `value_growth` from the first calendar month to the last, in equal steps: by the modes'
    shares as far as these move, by every mode's own prices for the rest.
    """

    no_goal_share: float = 0.05
    verified_of_novices: float = 0.15
    verified_per_level: float = 0.08
    verified_of_software: float = 0.10
    partial_share: float = 0.18
    trouble_share: float = 0.28
    recovered_of_troubled: float = 0.30
    abandoned_of_troubled_novices: float = 0.40
    abandoned_of_troubled_others: float = 0.10
    level_off_share: float = 0.30  # of a person's sessions: one level beside their own, above or below
    work_in_software_share: float = 0.75
    value_growth: float = 0.27
    price_spread: float = 0.35  # of the log price within a mode and month
    modes: tuple[ModeEffect, ...] = (
        ModeEffect("build", 0.40, 0.30, 120.0),
        ModeEffect("fix", 0.45, 0.30, 80.0),
        ModeEffect("operate", 0.15, 0.40, 150.0),
    )

    def __post_init__(self) -> None:
        for total in (sum(m.share_start for m in self.modes), sum(m.share_end for m in self.modes)):
            if abs(total - 1) > 1e-9:
                raise ValueError(f"the modes' shares of a month add up to {total:.2f}, not to 1")
        for level in range(1, len(LEVELS) + 1):
            for is_software in (False, True):
                for name, share in self.outcomes(level, is_software=is_software).items():
                    if not 0 <= share <= 1:
                        raise ValueError(f"the share of {name} at level {level} is {share:.2f}, no share")

    def verified(self, level: int, *, is_software: bool) -> float:
        """Verified success of sessions with a goal, at a level from 1 on."""
        rise = self.verified_per_level * (level - 1) + self.verified_of_software * is_software
        return self.verified_of_novices + rise

    def outcomes(self, level: int, *, is_software: bool) -> dict[EffectClass, float]:
        """Shares of all sessions of a level by how they end; they add up to 1."""
        abandoned = self.abandoned_of_troubled_novices if level == 1 else self.abandoned_of_troubled_others
        recovered = self.trouble_share * self.recovered_of_troubled
        not_recovered = self.trouble_share - recovered
        verified = self.verified(level, is_software=is_software)
        of_goal: dict[EffectClass, float] = {
            "verified": verified - recovered,
            "recovered": recovered,
            "unverified": 1 - verified - not_recovered - self.partial_share,
            "partial": self.partial_share,
            "failed": not_recovered - self.trouble_share * abandoned,
            "abandoned": self.trouble_share * abandoned,
        }
        shares: dict[EffectClass, float] = {
            name: share * (1 - self.no_goal_share) for name, share in of_goal.items()
        }
        return {**shares, "no_goal": self.no_goal_share}

    @property
    def judged_success(self) -> float:
        """Success of sessions with a goal: the same at every level, what differs is how it is verified."""
        return 1 - self.partial_share - self.trouble_share * (1 - self.recovered_of_troubled)

    def mode_share(self, mode: ModeEffect, progress: float) -> float:
        """Share of a mode in a month; progress is 0 in the first and 1 in the last."""
        return mode.share_start + (mode.share_end - mode.share_start) * progress

    def price(self, mode: ModeEffect, progress: float) -> float:
        """Mean price of a mode in a month."""
        return mode.price_usd * (1 + (self.growth_within - 1) * progress)

    @property
    def growth_within(self) -> float:
        """Last month's price over the first month's in every mode: what shares leave of the growth."""
        return (1 + self.value_growth) * self._mean(at_end=False) / self._mean(at_end=True)

    @property
    def value_parts(self) -> tuple[float, float]:
        """(within, mix) of the growth, as shares of the first month's mean (Kitagawa's halves)."""
        start, factor = self._mean(at_end=False), self.growth_within
        within = sum((m.share_start + m.share_end) / 2 * m.price_usd * (factor - 1) for m in self.modes)
        return within / start, self.value_growth - within / start

    def _mean(self, *, at_end: bool) -> float:
        """Mean of the first month's prices by the shares of one end."""
        return sum((m.share_end if at_end else m.share_start) * m.price_usd for m in self.modes)
