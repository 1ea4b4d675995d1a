"""A small lake of planted next-step duels, and whoever answers their questions as planted.

Test support. Each session is an investigation with a known end: the person asks, the agent looks, the person
sends it to a place, the session ends at the cause. What is planted says which of two places is nearer to it.
"""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from classifiers.catalog.difficulty_tier.labels import DifficultyTier
from orchestration.change_reviews.rows import CHANGES, ReviewedChange
from orchestration.clusters.land_clusters import write_table
from orchestration.duels.rows import (
    MOMENT_SETS,
    NEXT_STEPS,
    DuelOutcome,
    MomentSet,
    NextStepDuel,
    Preferred,
)
from orchestration.ingest import rows
from orchestration.settings import Settings
from tests.demo_lake import settings_of, write_key
from tests.raw_lake import AGENT, Lake, make, session_id_of

FIRST_DAY = date(2026, 3, 2)
PEOPLE_WORDS = ("please", "thanks", "I think")
"""What a person says and a restatement leaves out."""


@dataclass(frozen=True)
class PlantedDuel:
    """A moment and its end. `outcome` None: the judge cannot tell."""

    number: int
    moment_set: MomentSet | None
    outcome: DuelOutcome | None
    tier: DifficultyTier = "open_ended"
    work_mode: str = "fix"

    @property
    def session_id(self) -> str:
        return f"session-{self.number:03d}"

    @property
    def user_id(self) -> str:
        return f"user-{self.number % 6}"

    @property
    def act_id(self) -> str:
        return f"{self.session_id}-move"

    @property
    def of_person(self) -> str:
        return f"the cache of worker {self.number:03d}"

    @property
    def of_model(self) -> str:
        return f"the queue of worker {self.number:03d}"

    @property
    def move(self) -> str:
        """What the person typed at the moment."""
        return f"please look into {self.of_person} now, I think it is that, thanks"

    @property
    def later(self) -> str:
        """What the person typed after the moment: it would say whose step was whose."""
        return f"I told you to look at the cache, number {self.number:03d}"

    @property
    def end(self) -> str:
        return f"The cause of failure {self.number:03d} is found: clock skew."


def planted_duels() -> tuple[PlantedDuel, ...]:
    """Moments of both sets with every outcome, and sessions that are in no duel."""
    detours: list[DuelOutcome | None] = ["agent_better"] * 7 + ["human_better"] * 3
    detours += ["tie", "inconsistent", None]
    strong: list[DuelOutcome | None] = ["agent_better"] * 2 + ["human_better"] * 6 + ["tie"]
    found = [PlantedDuel(number, "detour", outcome) for number, outcome in enumerate(detours)]
    found += [PlantedDuel(100 + number, "strong", outcome) for number, outcome in enumerate(strong)]
    found += [
        PlantedDuel(200, None, None),
        PlantedDuel(201, "detour", "agent_better", tier="specified_task"),
        PlantedDuel(202, "detour", "agent_better", work_mode="build"),
    ]
    return tuple(found)


IN_NO_DUEL = frozenset({200, 201, 202})


def write_lake(lake: Lake, duels: tuple[PlantedDuel, ...]) -> None:
    """The rows of the sessions and the labels that put them into the population."""
    for duel in duels:
        day = FIRST_DAY + timedelta(days=duel.number % 20)
        _session(lake, day, duel)
        asked = {"labeller": "claude", "rendering": "whole"}
        lake.label("difficulty_tier", day, duel.session_id, difficulty_tier=duel.tier, **asked)
        lake.label(
            "work_mode",
            day,
            duel.session_id,
            work_mode=duel.work_mode,
            forced_work_mode=duel.work_mode,
            **asked,
        )


def duel_home(folder: Path, duels: tuple[PlantedDuel, ...], **changes: object) -> Settings:
    """A home with these sessions landed."""
    home = folder / "home"
    home.mkdir(parents=True)
    choices: dict[str, Any] = {
        "budget_usd": "50", "duel_share": 1.0, "label_requests_per_minute": 1_000_000, "label_concurrency": 8,
        "label_replicate_share": 0.0,
    }  # fmt: skip
    settings = settings_of(home, folder, **(choices | changes))
    write_key(settings)
    lake = Lake()
    write_lake(lake, duels)
    lake.write(settings.lake_dir)
    return settings


def _session(lake: Lake, day: date, duel: PlantedDuel) -> None:
    start = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    own = duel.session_id
    who: dict[str, Any] = {"session_id": own, "user_id": duel.user_id, "source": AGENT}
    lake.add(
        "sessions", day,
        make(
            rows.RawSession, **who, agent=AGENT, started_at=start, ended_at=start + timedelta(minutes=9),
            surface="interactive", entrypoint="cli", file_count=1, branch_count=1, record_count=8,
        ),
    )  # fmt: skip
    said = [
        (0, "first", f"failure {duel.number:03d} comes back, find out why"),
        (3, "move", duel.move),
        (7, "later", duel.later),
    ]
    for turn, (minute, name, text) in enumerate(said, start=1):
        at = start + timedelta(minutes=minute)
        lake.add(
            "turns", day,
            make(
                rows.RawTurn, **who, turn_id=f"{own}-t{turn}", opened_by="prompt", turn_number=turn,
                started_at=at, ended_at=at + timedelta(minutes=1), end_reason="completed",
                has_agent_work=True, wall_seconds=60.0, net_seconds=60.0, response_count=1,
            ),
        )  # fmt: skip
        lake.add(
            "human_acts", day,
            make(
                rows.RawHumanAct, **who, act_id=f"{own}-{name}", record_id=f"{own}-{name}-r",
                turn_id=f"{own}-t{turn}", act_kind="prompt", acted_at=at, text=text, is_typed=True,
            ),
        )  # fmt: skip
    texts = (
        (1, f"The log of failure {duel.number:03d} shows timeouts."),
        (4, f"Taken up at once: {duel.of_person}."),
        (5, "Nothing is wrong there."),
        (8, duel.end),
    )
    for minute, text in texts:
        at = start + timedelta(minutes=minute)
        lake.add(
            "responses", day,
            make(
                rows.RawResponse, **who, response_id=f"{own}-m{minute}", record_id=f"{own}-a{minute}",
                turn_id=f"{own}-t{1 + (minute > 3) + (minute > 7)}", responded_at=at, ended_at=at, text=text,
            ),
        )  # fmt: skip


@dataclass
class PlantedJudge:
    """Answers the questions of duels as planted; keeps what it was asked.

    A restatement is made of the words of `[s1]` alone. The judge knows the end by its number, and prefers by
    what a step says; where the outcome is planted as inconsistent it prefers whatever comes first.
    """

    duels: Mapping[int, PlantedDuel]
    seen: list[tuple[str, str, str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, name: str, _step: str, document: str, question: str) -> dict[str, Any]:
        with self._lock:
            self.seen.append((name, document, question))
        duel = self.duels[int(re.findall(r"failure (\d{3})", document)[0])]
        if name == "next_step_moments":
            return _moments(duel, document)
        if name == "next_step_proposal":
            return _cited(next_step=f"As the agent I would check {duel.of_model} first.")
        if name == "next_step_restatement":
            (place,) = re.findall(r"the (?:cache|queue) of worker \d{3}", shown_below(question))
            return _cited(next_step=f"Examine {place}.")
        assert name == "next_step_judgement"
        return _cited(verdict=_verdict(duel, shown_below(question)))


def _moments(duel: PlantedDuel, document: str) -> dict[str, Any]:
    (move,) = re.findall(r"^\[(h\d+)\] human[^\n]*\n  please look", document, re.MULTILINE)
    cited = {f"{name}_record_id": move if name == duel.moment_set else None for name in MOMENT_SETS}
    return {"evidence_record_ids": [move], **cited}


def _verdict(duel: PlantedDuel, steps: str) -> str:
    if duel.outcome is None:
        return "not_judgeable"
    if duel.outcome == "tie":
        return "tie"
    places = re.findall(r"the (cache|queue) of worker", steps)
    preferred = {"agent_better": "queue", "human_better": "cache"}.get(duel.outcome, places[0])
    return "first_better" if places[0] == preferred else "second_better"


def _cited(**values: Any) -> dict[str, Any]:
    return {"evidence_record_ids": [], **values}


def duels_of_small_lake() -> list[NextStepDuel]:
    """A detour in each of the 42 sessions of users 1 to 6 of the small lake: 22 won, 2 contradicting."""
    found = []
    for number in range(42):
        user, place = number % 6 + 1, number // 6
        day = date(2025, 10, 6 + place) if place < 4 else date(2025, 11, 3 + place - 4)
        outcome: DuelOutcome = "human_better" if number % 7 > 3 else "agent_better"
        if number < 2:
            outcome = "inconsistent"
        drawn: Preferred = "human" if outcome == "human_better" else "agent"
        swapped: Preferred = "human" if outcome == "inconsistent" else drawn
        session_id = session_id_of(f"user_{user}", day)
        found.append(
            NextStepDuel(
                AGENT, session_id, f"user_{user}", f"{session_id}-act", "detour", 0, "moments+judgement",
                "a-model", "a-model", True, drawn, swapped, outcome, "judged",
            )
        )  # fmt: skip
    return found


def changes_of_small_lake() -> list[ReviewedChange]:
    """42 incidents, 14 named as bugs and 7 as something minor; 42 control changes, 5 alarms."""
    at = datetime(2025, 9, 1, tzinfo=UTC)
    found = []
    for number in range(42):
        as_bug, is_named = number % 3 == 0, number % 3 == 0 or number % 6 == 1
        blocking = int(as_bug or number % 6 == 5)
        user_id = f"user_{number // 7 + 1}"
        found.append(
            ReviewedChange(
                f"change_{number}", user_id, "incident", at, 0, "findings+match", "a-model", 1, blocking,
                is_named, as_bug, "reviewed",
            )
        )  # fmt: skip
        found.append(
            ReviewedChange(
                f"change_{number}c", user_id, "control", at, 0, "findings+match", "a-model", 1,
                int(number % 9 == 0), None, None, "reviewed",
            )
        )  # fmt: skip
    return found


def shown_below(question: str) -> str:
    """What a question shows besides its own words."""
    return question.partition("</question>")[2]


def write_asked_apart(lake_dir: Path) -> None:
    """The duels and the reviewed changes of the small lake, which are of no date."""
    write_table(lake_dir, NEXT_STEPS, duels_of_small_lake())
    write_table(lake_dir, CHANGES, changes_of_small_lake())
