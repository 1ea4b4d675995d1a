"""The facts of the population: quotas that hold the planned rates, and what was realised.

Rates are kept by quotas instead of dice, so that a small corpus shows them as clearly as a large one.
"""

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any

from orchestration.demo.plan import DemoPlan
from orchestration.demo.story_parts import OutcomeClass
from orchestration.demo.truth import SessionTruth

EXPERIENCE_BANDS = ((0, 10), (10, 50), (50, None))
"""Prior sessions, lower bound included, upper excluded."""

AUTO_MODES = ("bypassPermissions", "auto")


def band_of(prior_sessions: int) -> int:
    for index, (low, high) in enumerate(EXPERIENCE_BANDS):
        if prior_sessions >= low and (high is None or prior_sessions < high):
            return index
    raise ValueError(f"no band for {prior_sessions} prior sessions")


class Quotas:
    """Accumulated claims: each draw adds a rate, a whole claim is paid out."""

    def __init__(self, plan: DemoPlan) -> None:
        self.plan = plan
        self._interrupts = [0.5] * len(EXPERIENCE_BANDS)
        self._autos = [0.5] * len(EXPERIENCE_BANDS)
        rest = 1 - plan.verified_share - plan.partial_share - plan.failed_share
        self._shares: dict[OutcomeClass, float] = {
            "verified": plan.verified_share,
            "partial": plan.partial_share,
            "failed": plan.failed_share,
            "abandoned": plan.abandoned_share,
            "no_goal": plan.no_goal_share,
            "unverified": rest - plan.abandoned_share - plan.no_goal_share,
        }
        self._claims: dict[OutcomeClass, float] = dict.fromkeys(self._shares, 0.0)

    def _by_experience(self, start: float, end: float, prior: int) -> float:
        experience = min(1.0, math.log1p(prior) / math.log1p(self.plan.experienced_after))
        return start + (end - start) * experience

    def interrupts(self, prior: int) -> bool:
        """Whether the human stops the next turn; an interrupted turn becomes two turns."""
        rate = self._by_experience(self.plan.interrupt_rate_start, self.plan.interrupt_rate_end, prior)
        band = band_of(prior)
        self._interrupts[band] += rate / (1 - rate)
        return self._pay(self._interrupts, band)

    def is_full_auto(self, prior: int) -> bool:
        rate = self._by_experience(self.plan.full_auto_start, self.plan.full_auto_end, prior)
        band = band_of(prior)
        self._autos[band] += rate
        return self._pay(self._autos, band)

    @staticmethod
    def _pay(claims: list[float], band: int) -> bool:
        if claims[band] < 1:
            return False
        claims[band] -= 1
        return True

    def outcome_class(self) -> OutcomeClass:
        for name, share in self._shares.items():
            self._claims[name] += share
        best = max(self._claims, key=lambda name: self._claims[name])
        self._claims[best] -= 1
        return best

    def charge(self, outcome_class: OutcomeClass) -> None:
        """A session of this class was played outside the quota."""
        for name, share in self._shares.items():
            self._claims[name] += share
        self._claims[outcome_class] -= 1


def realised(sessions: Sequence[SessionTruth]) -> dict[str, Any]:
    """What the planted sessions show: by experience, by month, and the shares of outcomes."""
    interactive = [session for session in sessions if session.is_interactive]
    return {
        "sessions": len(sessions),
        "users": len({session.user for session in sessions if session.user}),
        "by_experience": [_oversight(interactive, index) for index in range(len(EXPERIENCE_BANDS))],
        "by_month": [_month(interactive, month) for month in sorted({session.month for session in sessions})],
        "outcomes": dict(sorted(Counter(session.outcome for session in sessions).items())),
        "verified_success": sum(session.is_verified_success for session in sessions),
        "in_trouble_above_3": sum(session.is_in_trouble for session in sessions),
        "in_trouble_from_3": sum(session.failure_score >= 3 for session in sessions),
        "abandoned": sum(session.is_abandoned for session in sessions),
    }


def _oversight(sessions: Sequence[SessionTruth], band: int) -> dict[str, Any]:
    """Oversight of the known users' sessions in one band of experience."""
    here = [s for s in sessions if s.user and band_of(s.prior_session_count) == band]
    known = [session for session in here if session.is_full_auto is not None]
    return {
        "prior_sessions": list(EXPERIENCE_BANDS[band]),
        "users": len({session.user for session in here}),
        "sessions": len(here),
        "sessions_with_known_mode": len(known),
        "full_auto": sum(bool(session.is_full_auto) for session in known),
        "turns": sum(session.counts.worked_turn_count for session in here),
        "interrupted_turns": sum(turn.is_interrupted for session in here for turn in session.turns),
    }


def _month(sessions: Sequence[SessionTruth], month: int) -> dict[str, Any]:
    here = [session for session in sessions if session.month == month]
    walls = sorted(turn.wall_seconds for session in here for turn in session.turns if turn.has_agent_work)
    return {
        "month": month,
        "sessions": len(here),
        "turns": len(walls),
        "median_seconds": statistics.median(walls) if walls else None,
        "p99_seconds": walls[int(0.99 * (len(walls) - 1))] if walls else None,
    }
