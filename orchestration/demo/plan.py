"""The plan of a demo corpus: its size and the facts of its population, all adjustable."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from orchestration.demo.effects import PlantedEffects


@dataclass(frozen=True)
class DemoPlan:
    """What to write. Rates are shares; `…_start` is for newcomers or the first month, `…_end` the last.

    `end_date` is the day after the last session; there is no clock in here. A month has 30 days.
    """

    end_date: date
    seed: int = 1
    users: int = 14
    sessions: int = 320
    months: int = 6
    has_weekends: bool = True  # whether people work on Saturdays and Sundays as well
    activity_growth: float = 2.0
    interrupt_rate_start: float = 0.05
    interrupt_rate_end: float = 0.09
    full_auto_start: float = 0.20
    full_auto_end: float = 0.42
    experienced_after: int = 60  # prior sessions from which the `…_end` rates of oversight hold
    median_turn_seconds: float = 45.0
    tail_sigma_start: float = 1.135  # p99.9 of 25 minutes at a median of 45 s
    tail_sigma_end: float = 1.325  # p99.9 of 45 minutes
    verified_share: float = 0.30
    partial_share: float = 0.12
    failed_share: float = 0.08
    abandoned_share: float = 0.04
    no_goal_share: float = 0.07
    situations_per_session: float = 1.2
    codex_share: float = 0.0  # of the sessions that Codex's format can tell
    api_conversations: int = 0  # with agents on the API, in the logs of a gateway
    effects: PlantedEffects | None = None  # then they, not the shares above, say how sessions end

    def __post_init__(self) -> None:
        shares = (self.verified_share, self.partial_share, self.failed_share)
        total = sum(shares) + self.abandoned_share + self.no_goal_share
        if not 0 <= total <= 1:
            raise ValueError(f"the outcome shares add up to {total:.2f}; lower one of them to stay within 1")
        if self.users < 1 or self.sessions < 1 or self.months < 1:
            raise ValueError("users, sessions and months must be at least 1")
        if not 0 <= self.codex_share <= 1:
            raise ValueError(f"codex_share is {self.codex_share}; a share lies between 0 and 1")

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "end_date": self.end_date.isoformat()}
