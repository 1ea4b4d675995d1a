"""The people of the demo and when they work: home folders, layouts, weights, and the schedule of sessions.

Logins are common nouns. Generic home folders (runner, root) are nobody's name: user unknown.
"""

import random
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from orchestration.demo.plan import DemoPlan
from orchestration.demo.versions import VERSIONS

DAY_MS = 86_400_000
FIRST_HOUR, WORKING_HOURS = 7, 13
_FRIDAY = 4

_LOGINS = (
    "heron",
    "quartz",
    "lichen",
    "basalt",
    "cobalt",
    "puffin",
    "marten",
    "tundra",
    "saffron",
    "fjord",
    "walnut",
    "pebble",
    "thicket",
    "gannet",
)
_LONE, _WINDOWS, _GENERIC_HOME = 5, 3, 8
_AUTHORS = frozenset({2, 6, 8, 11})


@dataclass(frozen=True)
class Person:
    """Someone whose sessions are written; `name` is what a reader should find (None: unknown)."""

    name: str | None
    home: str
    author_folder: str | None
    weight: float
    lag: float  # how many versions behind the newest this person runs
    is_lone: bool = False
    is_headless: bool = False


def people_of(plan: DemoPlan) -> list[Person]:
    """The named people, heaviest first, then the generic accounts."""
    named = [_person(index) for index in range(plan.users)]
    total = sum(person.weight for person in named)
    generic = [
        Person(None, "/home/runner", None, total * 0.03, 0.0, is_headless=True),
        Person(None, "/root", None, total * 0.015, 0.4),
    ]
    return named + generic


def _person(index: int) -> Person:
    round_, place = divmod(index, len(_LOGINS))
    login = _LOGINS[place] + (str(round_ + 1) if round_ else "")
    home = f"/Users/{login}" if index % 2 else f"/home/{login}"
    if place == _WINDOWS:
        home = f"C:\\Users\\{login}"
    if place == _GENERIC_HOME:
        home = "/home/ubuntu"
    author = login if place in _AUTHORS else None
    weight = 1.0 / (1 + index) ** 0.7
    return Person(login, home, author, weight, (index * 0.37) % 0.9, is_lone=index == _LONE)


class Slot(NamedTuple):
    """One planned session: who starts it and when."""

    number: int
    person: int
    start_ms: int
    fraction: float  # of the plan's time, 0–1
    version: str


def schedule(plan: DemoPlan, people: list[Person], count: int) -> Iterator[Slot]:
    """Sessions in order of time; their density grows over the months by the planned factor."""
    rng = random.Random(f"{plan.seed}-schedule")
    weights = [person.weight for person in people]
    first_day = first_day_of(plan)
    days = (plan.end_date - first_day).days
    origin = int(datetime(first_day.year, first_day.month, first_day.day, tzinfo=UTC).timestamp()) * 1000
    for number in range(count):
        fraction = _grown((number + rng.random()) / count, plan.activity_growth)
        day, part = divmod(fraction * days, 1.0)
        if not plan.has_weekends:
            day = _working_day(first_day, int(day))
        start = origin + int(day) * DAY_MS + int((FIRST_HOUR + part * WORKING_HOURS) * 3_600_000)
        person = rng.choices(range(len(people)), weights)[0]
        yield Slot(number, person, start, fraction, _version(fraction, people[person].lag))


def _working_day(first_day: date, day: int) -> int:
    """The day itself, or the Friday before a weekend; from a plan's first days the Monday after."""
    over = max(0, (first_day + timedelta(days=day)).weekday() - _FRIDAY)
    return day - over if day >= over else day + 7 - _FRIDAY - over


def first_day_of(plan: DemoPlan) -> date:
    return plan.end_date - timedelta(days=30 * plan.months)


def _grown(share: float, growth: float) -> float:
    """Inverse of the distribution whose density grows linearly from 1 to `growth`."""
    slope = growth - 1.0
    if abs(slope) < 1e-9:
        return share
    total = 1.0 + slope / 2
    return float((-1.0 + (1.0 + 2.0 * slope * total * share) ** 0.5) / slope)


def _version(fraction: float, lag: float) -> str:
    index = int(fraction * len(VERSIONS) - lag)
    return VERSIONS[max(0, min(len(VERSIONS) - 1, index))]


@dataclass
class History:
    """When each person's sessions start: gives the number of earlier sessions at any time."""

    starts: dict[str, list[int]] = field(default_factory=dict)

    def add(self, name: str, start_ms: int) -> None:
        insort(self.starts.setdefault(name, []), start_ms)

    def before(self, name: str, start_ms: int) -> int:
        return bisect_left(self.starts.get(name, []), start_ms)

    def has_after(self, name: str, start_ms: int) -> bool:
        starts = self.starts.get(name, [])
        return bisect_right(starts, start_ms) < len(starts)
