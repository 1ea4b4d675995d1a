"""Jumps of the duration of turns at releases (A3), counted from plain turns by least squares.

Shares no code with the package: which releases came into use and on which day, and the fit around it.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np

from tests.plain_turns import PlainTurn
from tests.plain_uses import PlainUse


def jumps(uses: list[PlainUse], *, least_people: int) -> dict[tuple[str, str, str], float | None]:
    """A3: relative change of durations at each release, by kind, release and what is compared."""
    turns = [
        (use.person, turn)
        for use in uses
        if use.is_interactive
        for turn in use.worked
        if turn.end != "open" and turn.net_seconds > 0
    ]
    found: dict[tuple[str, str, str], float | None] = {}
    for kind in ("model_release", "version_release"):
        for name, first in _releases(turns, kind, least_people):
            window = [
                (turn, (turn.opened_at.date() - first).days)
                for _, turn in turns
                if -28 <= (turn.opened_at.date() - first).days < 28
            ]
            label = f"{name} from {first.isoformat()}"
            found[kind, label, "centre"] = _jump_of_turns(window)
            found[kind, label, "tail"] = _jump_of_days(window)
    return found


def _released(turn: PlainTurn, kind: str) -> str | None:
    if kind == "model_release":
        return turn.model
    match = re.match(r"\d+\.\d+", turn.version or "")
    return match.group() if match else None


def _releases(
    turns: list[tuple[str | None, PlainTurn]], kind: str, least_people: int
) -> Iterator[tuple[str, date]]:
    begin = min((turn.opened_at.date() for _, turn in turns), default=date.max)
    for name in sorted({_released(turn, kind) or "" for _, turn in turns} - {""}):
        firsts: dict[str, date] = {}
        own = [(who, turn.opened_at.date()) for who, turn in turns if _released(turn, kind) == name]
        for who, day in own:
            if who is not None:
                firsts[who] = min(day, firsts.get(who, day))
        if len(firsts) < least_people or min(day for _, day in own) == begin:
            continue
        first = sorted(firsts.values())[least_people - 1]
        after = [turn for _, turn in turns if 0 <= (turn.opened_at.date() - first).days < 28]
        if sum(_released(turn, kind) == name for turn in after) >= 0.1 * len(after):
            yield name, first


def _jump_of_turns(window: list[tuple[PlainTurn, int]]) -> float | None:
    days = np.array([day for _, day in window], dtype=float)
    more = np.array([(turn.speed == "fast", turn.agent_calls > 0) for turn, _ in window], dtype=float)
    logs = np.log([turn.net_seconds for turn, _ in window])
    return _jump(logs, days, more[:, more.std(axis=0) > 0])


def _jump_of_days(window: list[tuple[PlainTurn, int]]) -> float | None:
    by_day: dict[int, list[float]] = defaultdict(list)
    for turn, day in window:
        by_day[day].append(math.log(turn.net_seconds))
    tail = {day: float(np.quantile(logs, 0.9)) for day, logs in sorted(by_day.items()) if len(logs) >= 20}
    days = np.array(list(tail), dtype=float)
    return _jump(np.array(list(tail.values())), days, np.empty((len(days), 0)))


def _jump(logs: Any, days: Any, more: Any) -> float | None:
    """Least squares of level, trend, bend and jump at day 0; None where that day has no days on a side."""
    if not len(days):
        return None
    after = (days >= 0).astype(float)
    design = np.column_stack([after, np.ones(len(days)), days, days * after, more])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return None
    return math.expm1(float(np.linalg.lstsq(design, logs, rcond=None)[0][0]))
