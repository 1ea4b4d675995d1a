"""What the demo planted, as the stand-in reads it: the sessions and the calls of API traffic in its file.

The stand-in knows the file and not the demo that wrote it. What the demo plants no truth for (expertise,
occupations, prices) is drawn here, once for each session, so that all labellers err around one truth.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Any

from classifiers.answers.evidence_score import HARD_SIGNALS
from classifiers.session_record import SessionRecord

VERIFIED_BY_LEVEL = (0.15, 0.24, 0.32, 0.38, 0.42)
"""Planted: verified success at the levels 1 to 5. The level is drawn for the outcome, by Bayes' rule."""

OWN_LEVEL_WEIGHT = 3.0
"""How much likelier a person's sessions are at the person's own level than at another."""

VALUE_GROWTH = 0.25
"""Planted: growth of the mean price of a task from the first month to the last."""

PRICES_USD: Mapping[str, float] = {
    "build": 160.0, "fix": 90.0, "operate": 140.0, "orchestrate": 200.0, "test": 80.0,
    "plan": 110.0, "analyze": 130.0, "communicate": 60.0, "understand": 50.0,
}  # fmt: skip
PRICE_SPREAD = 0.5


def drawn(*parts: object) -> Random:
    """Random numbers that depend on these parts alone."""
    return Random(blake2b(repr(parts).encode(), digest_size=8).digest())  # noqa: S311 - nothing is secret


@dataclass(frozen=True)
class PlantedSession:
    """One planted session. `progress`: 0 in the first month of the demo, 1 in the last."""

    session_id: str
    person: int
    progress: float
    started_at: datetime
    is_interactive: bool
    work_mode: str
    codebase_relation: str
    outcome: str
    success_signals: tuple[str, ...]
    failure_signals: tuple[str, ...]

    @property
    def has_goal(self) -> bool:
        return self.outcome != "no_clear_goal"

    @property
    def is_verified(self) -> bool:
        return self.outcome == "succeeded" and bool(HARD_SIGNALS & set(self.success_signals))

    @cached_property
    def expertise_level(self) -> int:
        """1 to 5: mostly the person's own, and higher where the session is verified."""
        own = self.person % len(VERIFIED_BY_LEVEL)
        weights = [
            (OWN_LEVEL_WEIGHT if level == own else 1.0) * (share if self.is_verified else 1 - share)
            for level, share in enumerate(VERIFIED_BY_LEVEL)
        ]
        levels = range(1, len(VERIFIED_BY_LEVEL) + 1)
        return drawn("expertise", self.session_id).choices(levels, weights)[0]

    @cached_property
    def price_usd(self) -> float | None:
        """What the task would cost; None without a goal."""
        if not self.has_goal or self.work_mode not in PRICES_USD:
            return None
        mean = PRICES_USD[self.work_mode] * (1 + VALUE_GROWTH * self.progress)
        around = drawn("price", self.session_id).gauss(-(PRICE_SPREAD**2) / 2, PRICE_SPREAD)
        return round(mean * math.exp(around), 2)


@dataclass(frozen=True)
class PlantedTraffic:
    """The requests of API traffic: true answers about calls by tool use id, by question.

    A home gives requests their ids, so that the ids of calls, which the log has, say what was planted.
    """

    calls: Mapping[str, Mapping[str, Any]]
    until: datetime | None
    is_interactive = False

    def answers(self, unit_id: str) -> Mapping[str, Any]:
        """What is true of a call, by question."""
        return self.calls[unit_id.split("|")[1]]


Planted = PlantedSession | PlantedTraffic


@dataclass(frozen=True)
class PlantedSessions:
    """The sessions of a demo by id, and its API traffic. `until`: start of the last with a person in it."""

    by_id: Mapping[str, PlantedSession]
    traffic: PlantedTraffic
    until: datetime

    @property
    def interactive(self) -> list[PlantedSession]:
        return [session for session in self.by_id.values() if session.is_interactive]

    def of(self, session: SessionRecord) -> Planted | None:
        """What was planted of a session or request; None of what the demo did not write."""
        own = self.by_id.get(session.session_id)
        if own is not None:
            return own
        is_traffic = session.calls and all(call.tool_use_id in self.traffic.calls for call in session.calls)
        return self.traffic if is_traffic else None


def read_planted(truth_file: Path) -> PlantedSessions:
    """The planted sessions of a demo's home; read once for each state of the file."""
    return _read(truth_file, truth_file.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(truth_file: Path, _modified_ns: int) -> PlantedSessions:
    facts = json.loads(truth_file.read_bytes())
    told = facts["sessions"]
    people = {name: index for index, name in enumerate(sorted({str(each["user"]) for each in told}))}
    last_month = max(1, *(each["month"] for each in told))
    sessions = [_session(each, people[str(each["user"])], each["month"] / last_month) for each in told]
    # A demo of a version without API traffic has no calls in its file.
    called = facts.get("calls", [])
    calls = {each["tool_use_id"]: each for each in called}
    last_call = max((datetime.fromisoformat(each["called_at"]) for each in called), default=None)
    return PlantedSessions(
        {session.session_id: session for session in sessions},
        PlantedTraffic(calls, last_call),
        max(session.started_at for session in sessions if session.is_interactive),
    )


def _session(told: Mapping[str, Any], person: int, progress: float) -> PlantedSession:
    return PlantedSession(
        session_id=told["session_id"],
        person=person,
        progress=progress,
        started_at=datetime.fromisoformat(told["started_at"]),
        is_interactive=told["is_interactive"],
        work_mode=told["work_mode"],
        codebase_relation=told["codebase_relation"],
        outcome=told["outcome"],
        success_signals=tuple(told["success_signals"]),
        failure_signals=tuple(told["failure_signals"]),
    )
