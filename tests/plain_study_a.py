"""Study A's figures that need no label, counted from plain sessions and turns by their definitions.

Shares no code with the package and none with its models. A figure is told by its table, metric and cell.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, timedelta
from typing import NamedTuple

import numpy as np
from statsmodels.nonparametric.smoothers_lowess import lowess

from tests.plain_turns import PlainTurn
from tests.plain_uses import PlainUse

POINTS = (1, 2, 3, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750, 1000)
STYLES = ("approves_each", "monitors", "unattended")

Count = tuple[float, float]


class Cell(NamedTuple):
    """A cell of a table of figures."""

    metric: str
    period_kind: str = "overall"
    period_start: date | None = None
    segment: str = "all"
    value: str = "all"


# --- shares -----------------------------------------------------------------------------------------


def oversight_counts(uses: list[PlainUse]) -> dict[Cell, Count]:
    """Numerator and denominator of every cell of A7, A8, A10 and of delegation."""
    sums: dict[Cell, list[float]] = defaultdict(lambda: [0.0, 0.0])

    def add(metric: str, cells: Iterable[Cell], numerator: float, denominator: float) -> None:
        for cell in cells:
            found = sums[cell._replace(metric=metric)]
            found[0] += numerator
            found[1] += denominator

    for use in (use for use in uses if use.is_interactive):
        cells, has_calls, mode = (
            list(_cells(use.month, use.bucket)),
            bool(use.with_calls),
            use.is_without_approval,
        )
        calls = sum(turn.calls + turn.agent_calls for turn in use.turns)
        agent_calls = sum(turn.agent_calls for turn in use.turns)
        add("full_auto_share", cells, mode is True and has_calls, has_calls and mode is not None)
        add("no_denial_or_plan_verdict_share", cells, has_calls and use.has_no_verdict, has_calls)
        add("subagent_call_share", cells, agent_calls if has_calls else 0, calls if has_calls else 0)
        add("delegating_session_share", cells, has_calls and use.agent_count > 0, has_calls)
        approval = Cell("", segment="full_auto", value={True: "yes", False: "no", None: "unknown"}[mode])
        for metric in ("interrupt_rate", "agent_asked_rate"):
            add(metric, [*cells, approval], 0, 0)
        for turn in use.worked:
            at = [*_cells(turn.opened_at.date().replace(day=1), use.bucket), approval]
            add("interrupt_rate", at, turn.interrupts > 0, 1)
            add("agent_asked_rate", at, turn.questions > 0, 1)
    return {cell: (found[0], found[1]) for cell, found in sums.items()}


def _cells(month: date, bucket: str) -> Iterator[Cell]:
    yield Cell("")
    yield Cell("", "quarter", _quarter(month))
    yield Cell("", "month", month)
    yield Cell("", segment="prior_sessions", value=bucket)


def _quarter(month: date) -> date:
    return month.replace(month=(month.month - 1) // 3 * 3 + 1, day=1)


def style_counts(uses: list[PlainUse]) -> dict[Cell, Count]:
    """People's months by style of oversight, and the styles that follow each."""
    months: dict[tuple[str, date], list[PlainUse]] = defaultdict(list)
    for use in uses:
        if use.is_interactive and use.person is not None:
            months[use.person, use.month].append(use)
    styles = {key: _style(own) for key, own in months.items()}
    sums: dict[Cell, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for (person, month), style in styles.items():
        before = styles.get((person, (month - timedelta(days=1)).replace(day=1)))
        for one in STYLES:
            for cell in (Cell("", segment="style", value=one),
                         Cell("", "quarter", _quarter(month), "style", one),
                         Cell("", "month", month, "style", one)):  # fmt: skip
                found = sums[cell._replace(metric="user_month_style_share")]
                found[0] += style == one
                found[1] += style is not None
            for earlier in STYLES:
                found = sums[Cell(f"style_after_{earlier}_share", segment="style", value=one)]
                found[0] += style == one and before == earlier
                found[1] += style is not None and before == earlier
    return {cell: (found[0], found[1]) for cell, found in sums.items()}


def _style(own: list[PlainUse]) -> str | None:
    known = [use.is_without_approval for use in own if use.with_calls and use.is_without_approval is not None]
    turns = [turn for use in own for turn in use.worked]
    if len(known) < 3 or len(turns) < 20:
        return None
    if sum(known) <= len(known) / 2:
        return "approves_each"
    return "monitors" if sum(turn.interrupts > 0 for turn in turns) / len(turns) >= 0.05 else "unattended"


# --- durations --------------------------------------------------------------------------------------


class Durations(NamedTuple):
    """A quantile with the turns behind it, open ones apart; None where too few turns bound it."""

    n_turns: int
    n_open: int
    estimate: float | None


QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999}


def duration_figures(uses: list[PlainUse]) -> dict[Cell, Durations]:
    """A1 and A2 over all, by week, month and quarter, both series."""
    turns = [turn for use in uses if use.is_interactive for turn in use.worked]
    periods: dict[tuple[str, date | None], list[PlainTurn]] = defaultdict(list)
    for turn in turns:
        day = turn.opened_at.astimezone(UTC).date()
        month = day.replace(day=1)
        week = day - timedelta(days=day.weekday())
        for period in (("overall", None), ("week", week), ("month", month), ("quarter", _quarter(month))):
            periods[period].append(turn)
    found = {}
    for (kind, start), own in periods.items():
        for series in ("net", "wall"):
            for name, figure in _quantiles(own, series, is_week=kind == "week"):
                found[Cell(f"turn_{series}_seconds_{name}", kind, start)] = figure
    return found


def _quantiles(turns: list[PlainTurn], series: str, *, is_week: bool) -> Iterator[tuple[str, Durations]]:
    ended = [turn for turn in turns if turn.end != "open"]
    values = sorted(getattr(turn, f"{series}_seconds") for turn in ended)
    n, n_open = len(values), len(turns) - len(ended)
    for name, q in QUANTILES.items():
        yield name, Durations(n, n_open, _quantile(values, q) if n >= _needed(q) else None)
    for name, q in (("p50", 0.5), ("p90", 0.9)):
        censored = _kaplan_meier(
            [(getattr(turn, f"{series}_seconds"), turn.end != "open") for turn in turns], q
        )
        yield f"{name}_censored", Durations(len(turns), n_open, censored if n >= _needed(q) else None)
    if is_week:
        days: dict[date, list[float]] = defaultdict(list)
        for turn in ended:
            days[turn.opened_at.date()].append(getattr(turn, f"{series}_seconds"))
        is_enough = bool(days) and min(map(len, days.values())) >= _needed(0.999)
        mean = float(np.mean([_quantile(sorted(own), 0.999) for own in days.values()])) if is_enough else None
        yield "p999_daily_mean", Durations(n, n_open, mean)


def _needed(q: float) -> int:
    """Turns without which no order statistic is an upper limit: ln 0.025 / ln q."""
    return math.ceil(math.log(0.025) / math.log(q))


def _quantile(values: list[float], q: float) -> float:
    return values[max(0, math.ceil(round(len(values) * q, 9)) - 1)]


def _kaplan_meier(turns: list[tuple[float, bool]], q: float) -> float | None:
    left, alive = 1.0, len(turns)
    for value, own in _by_value(turns):
        left *= 1 - sum(own) / alive
        alive -= len(own)
        if left <= 1 - q + 1e-12:
            return value
    return None


def _by_value(turns: list[tuple[float, bool]]) -> Iterator[tuple[float, list[bool]]]:
    values: dict[float, list[bool]] = defaultdict(list)
    for value, is_ended in turns:
        values[value].append(is_ended)
    yield from sorted(values.items())


# --- experience -------------------------------------------------------------------------------------


def cohort(uses: list[PlainUse]) -> dict[str, list[tuple[float, int, str]]]:
    """Outcome, earlier sessions and person of what the curves are of: people with a whole history."""
    own = [use for use in uses if use.is_interactive and use.person is not None and not use.is_cut_off]
    return {
        "full_auto": [
            (float(use.is_without_approval), use.prior or 0, use.person or "")
            for use in own
            if use.with_calls and use.is_without_approval is not None
        ],
        "interrupt": [
            (float(turn.interrupts > 0), use.prior or 0, use.person or "")
            for use in own
            for turn in use.worked
        ],
    }


def curve(observed: list[tuple[float, int, str]], point: int) -> float | None:
    """The study's smoother at one number of earlier sessions; None beyond the most experienced person."""
    hits, priors = (np.array([one[at] for one in observed], dtype=float) for at in (0, 1))
    if not observed or point > priors.max():
        return None
    x, at = np.log1p(priors), math.log1p(point)
    found = lowess(hits, x, frac=0.15, it=0, xvals=np.array([at]))[0]
    if not np.isfinite(found):  # the whole window has one number of sessions
        found = hits[np.abs(x - at) == np.abs(x - at).min()].mean()
    return float(np.clip(found, 0, 1))


def change_within(observed: list[tuple[float, int, str]]) -> float | None:
    """Change of the share when a person's sessions double, each compared with their own others alone."""
    by_person: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for hit, prior, person in observed:
        by_person[person].append((hit, math.log2(1 + prior)))
    off = [np.array(own) - np.mean(own, axis=0) for own in by_person.values()]
    spread = sum(float((one[:, 1] ** 2).sum()) for one in off)
    return sum(float((one[:, 0] * one[:, 1]).sum()) for one in off) / spread if spread > 1e-9 else None
