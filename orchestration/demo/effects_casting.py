"""Casting where effects are planted: level, mode, month's price and ending of each session, then its story.

Belongs here: the people of such a corpus and the quotas that hold the planted shares at any size. Not here:
situations, handovers and headless work, which an ordinary corpus is for.
"""

import math
import random
from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from statistics import NormalDist
from typing import Generic, TypeVar

from orchestration.demo.casting import Cast, project_of, workshop
from orchestration.demo.effects import LEVELS, OTHER, SOFTWARE, EffectClass, ModeEffect, PlantedEffects
from orchestration.demo.effects_stories import NO_GOAL_STORY, STORIES_BY_MODE
from orchestration.demo.people import Person, Slot, first_day_of, people_of
from orchestration.demo.plan import DemoPlan
from orchestration.demo.playbill import Playbill
from orchestration.demo.story_parts import StoryKind
from orchestration.demo.truth import SessionEffects
from orchestration.demo.versions import features_of

_SOFTWARE_PEOPLE = (False, False, False, False, True, False, True, True, True, True)
"""By place among ten people at the levels 1 to 5 and again 1 to 5: no novice, every expert, half between."""


def settled_people(plan: DemoPlan) -> list[Person]:
    """The named people, nearly as busy as each other: an estimate by user needs many, not one."""
    named = [person for person in people_of(plan) if person.name is not None]
    return [
        replace(person, weight=1 / (1 + index) ** 0.2, is_lone=False) for index, person in enumerate(named)
    ]


K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Hashable)


class Shares(Generic[K, V]):
    """Planted shares as accumulated claims, apart by key; the largest claim is drawn next."""

    def __init__(self) -> None:
        self._claims: dict[K, dict[V, float]] = defaultdict(lambda: defaultdict(float))

    def draw(self, key: K, shares: Mapping[V, float]) -> V:
        claims = self._claims[key]
        for name, share in shares.items():
            claims[name] += share
        best = max(shares, key=lambda name: claims[name])
        claims[best] -= 1
        return best


def spread_evenly(place: int) -> float:
    """The place-th number of a sequence that fills (0, 1) evenly at every length (van der Corput)."""
    found, part = 0.0, 0.5
    while place:
        place, bit = divmod(place, 2)
        found += bit * part
        part /= 2
    return found


@dataclass(frozen=True)
class _Month:
    """A calendar month of the plan: its first day, and how far the plan has come in it, 0 to 1."""

    first_day: date
    progress: float


class EffectsCaster:
    """Decides session after session, as `Caster` does; its state are the quotas."""

    handovers_left = 0

    def __init__(self, plan: DemoPlan, people: list[Person], effects: PlantedEffects) -> None:
        self.plan, self.people, self.effects = plan, people, effects
        self._modes = Shares[date, ModeEffect]()
        self._endings = Shares[tuple[int, bool], EffectClass]()
        self._works = Shares[str, str]()
        self._places: dict[tuple[date, ModeEffect], count[int]] = defaultdict(lambda: count(1))
        self._months = _months(plan)

    def person_of(self, slot: Slot) -> Person:
        return self.people[slot.person]

    def cast(
        self,
        slot: Slot,
        prior: int,
        *,
        may_hand_over: bool,  # noqa: ARG002 - as Caster has it
    ) -> Cast:
        """Decide one session; nobody hands over."""
        rng = random.Random(f"{self.plan.seed}-effects-{slot.number}")
        person, level = self.person_of(slot), self._level(slot, rng)
        is_software = _SOFTWARE_PEOPLE[slot.person % len(_SOFTWARE_PEOPLE)]
        month = self._month(slot)
        mode = self._modes.draw(
            month.first_day, {m: self.effects.mode_share(m, month.progress) for m in self.effects.modes}
        )
        ending = self._endings.draw(
            (level, is_software), self.effects.outcomes(level, is_software=is_software)
        )
        kind = _story(mode, ending)
        in_software = self.effects.work_in_software_share
        planted = SessionEffects(
            expertise_level=level,
            price_usd=None if kind is NO_GOAL_STORY else self._price(mode, month),
            work_occupation=self._works.draw(mode.work_mode, {SOFTWARE: in_software, OTHER: 1 - in_software}),
            user_occupation=SOFTWARE if is_software else OTHER,
        )
        shop = workshop(rng, features_of(slot.version), project_of(kind, slot, rng), person)
        # Short sessions of one story would read alike, and a judge must tell their people apart.
        shop = replace(shop, topic=f"{shop.topic}-{slot.number}")
        story = kind.tell(shop)
        bill = Playbill(shop, kind.name, story, "default", list(story.turns), failure=story.failure)
        return Cast(slot, person, prior, bill, None, "cli", planted)

    def _level(self, slot: Slot, rng: random.Random) -> int:
        """The person's own level, now and then one beside it."""
        own = slot.person % len(LEVELS) + 1
        if rng.random() >= self.effects.level_off_share:
            return own
        beside = [level for level in (own - 1, own + 1) if 1 <= level <= len(LEVELS)]
        return rng.choice(beside)

    def _month(self, slot: Slot) -> _Month:
        day = datetime.fromtimestamp(slot.start_ms / 1000, UTC).date()
        return self._months[day.replace(day=1)]

    def _price(self, mode: ModeEffect, month: _Month) -> float:
        """A price around the mode's mean of the month: log-normal, its places taken evenly."""
        place = spread_evenly(next(self._places[month.first_day, mode]))
        spread = self.effects.price_spread
        around = math.exp(spread * NormalDist().inv_cdf(place) - spread**2 / 2)
        return round(self.effects.price(mode, month.progress) * around, 2)


def _story(mode: ModeEffect, ending: EffectClass) -> StoryKind:
    return NO_GOAL_STORY if ending == "no_goal" else STORIES_BY_MODE[mode.work_mode][ending]


def _months(plan: DemoPlan) -> dict[date, _Month]:
    """The calendar months of the plan by their first day, with equal steps of progress between them."""
    first, last = first_day_of(plan), plan.end_date - timedelta(days=1)
    starts = [first.replace(day=1)]
    while (following := (starts[-1] + timedelta(days=32)).replace(day=1)) <= last:
        starts.append(following)
    steps = max(1, len(starts) - 1)
    return {start: _Month(start, index / steps) for index, start in enumerate(starts)}
