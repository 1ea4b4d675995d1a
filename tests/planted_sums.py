"""Random sessions, their sums per user and cell as the models `int_…__summed` have them, and an attacker.

Test support for what a release may show: rates that lie in each other, cut by segments and periods. The
attacker knows every equation that holds between the counts by definition, and solves them.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from orchestration.measures.count_relations import CountIdentities, CountNames, CountTraits, Relation
from orchestration.privacy.linear_program import bounds_of
from tests.exact_ranges import feasible_ranges

SERIES: tuple[tuple[str, str, str, str, str], ...] = (
    # table, metric, kind, numerator, denominator
    ("rpt_outcomes", "success", "rate", "success", "goal"),
    ("rpt_outcomes", "verified", "rate", "verified", "goal"),
    ("rpt_outcomes", "trouble", "rate", "trouble", "goal"),
    ("rpt_outcomes", "recovered_of_troubled", "rate", "recovered", "trouble"),
    ("rpt_outcomes", "no_goal", "rate", "no_goal", "sessions"),
    ("rpt_shares", "mode_share", "share", "sessions", "sessions"),
    ("rpt_activity", "started", "count", "sessions", ""),
    ("rpt_value", "value", "mean", "value", "goal"),
)

PARTS: tuple[tuple[str, str, str], ...] = (
    ("sessions", "goal", "no_goal"), ("goal", "success", "failure"), ("success", "verified", "unverified"),
    ("goal", "trouble", "smooth"), ("trouble", "recovered", "lost"), ("success", "recovered", "easy"),
    ("failure", "lost", "plain_failure"), ("smooth", "easy", "plain_failure"),
)  # fmt: skip
"""Counts that are the sum of two others, session by session."""

CUTS: tuple[tuple[str, str], ...] = (
    ("overall", "all"), ("month", "all"), ("week", "all"), ("overall", "mode"), ("overall", "group"),
    ("month", "group"), ("month", "mode"),
)  # fmt: skip


def random_sessions(rng: np.random.Generator) -> pd.DataFrame:
    """Few or many sessions of few or many users, evenly spread or not, over one to five months."""
    users, count = int(rng.choice([6, 15, 40, 120])), int(rng.choice([60, 200, 600, 1500]))
    start = pd.Timestamp("2026-01-05") + pd.Timedelta(days=int(rng.integers(0, 20)))
    days = rng.choice(int(rng.integers(20, 150)), count)
    found = pd.DataFrame({
        "user_id": [f"u{number:03}" for number in uneven(rng, users, count)],
        "date": start + pd.to_timedelta(days, unit="D"),
        "mode": [f"mode_{number}" for number in uneven(rng, int(rng.integers(1, 6)), count)],
        "group": [f"group_{number}" for number in uneven(rng, int(rng.integers(1, 4)), count)],
        "value": rng.lognormal(3, 1, count),
    })  # fmt: skip
    skill = rng.beta(2, 2, users)[found["user_id"].str[1:].astype(int)]
    found["sessions"] = True
    found["goal"] = rng.random(count) < rng.choice([0.7, 0.95, 1.0])
    found["success"] = found["goal"] & (rng.random(count) < skill)
    found["verified"] = found["success"] & (rng.random(count) < rng.choice([0.1, 0.5, 0.9]))
    found["trouble"] = found["goal"] & (rng.random(count) < rng.choice([0.03, 0.2, 0.5]))
    found["recovered"] = found["trouble"] & found["success"]
    for total, part, rest in PARTS:
        if rest not in found:
            found[rest] = found[total] & ~found[part]
    found["month"] = found["date"].dt.to_period("M").dt.start_time
    found["quarter"] = found["date"].dt.to_period("Q").dt.start_time
    found["week"] = found["date"] - pd.to_timedelta(found["date"].dt.day_of_week, unit="D")
    return found


def uneven(rng: np.random.Generator, values: int, count: int) -> Any:
    """Numbers below `values`, some of them much more often than others."""
    return rng.choice(values, count, p=rng.dirichlet(np.full(values, rng.choice([0.3, 3.0]))))


def sums_of(sessions: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Per table the sums of every metric per cell and user."""
    rows: dict[str, list[pd.DataFrame]] = defaultdict(list)
    for table, metric, kind, numerator, denominator in SERIES:
        for period, segment in CUTS:
            if not _is_cut(kind, period, segment):
                continue
            rows[table].append(_summed(sessions, metric, kind, numerator, denominator, period, segment))
    return {table: pd.concat(found, ignore_index=True) for table, found in rows.items()}


def _is_cut(kind: str, period: str, segment: str) -> bool:
    """Distributions are of modes, also by month; activity is not cut by segments, and alone by week."""
    if kind == "share":
        return segment == "mode"
    if kind == "count":
        return segment == "all"
    return period != "week" and (period, segment) != ("month", "mode")


def _summed(
    sessions: pd.DataFrame,
    metric: str,
    kind: str,
    numerator: str,
    denominator: str,
    period: str,
    segment: str,
) -> pd.DataFrame:
    counted = sessions[numerator].astype(float)
    population = sessions[denominator].astype(float) if denominator else pd.Series(np.nan, sessions.index)
    own = pd.DataFrame({
        "numerator": counted.where(population.fillna(1) > 0, 0.0), "denominator": population,
        "session_count": (sessions[denominator] if denominator else sessions[numerator]).astype(int),
        "period_start": sessions[period] if period != "overall" else pd.NaT,
        "segment_value": sessions[segment] if segment != "all" else "all", "user_id": sessions["user_id"],
    })  # fmt: skip
    found = own.groupby(["period_start", "segment_value", "user_id"], dropna=False, as_index=False).sum(
        min_count=1
    )
    if kind == "share":
        whole = found.groupby(["period_start", "user_id"], dropna=False)["numerator"].transform("sum")
        found = _with_every_value(found.assign(denominator=whole))
    return found.assign(
        agent="a", metric_name=metric, metric_kind=kind, period_kind=period, segment_name=segment,
        labeller="rules", fingerprint="f", unknown_count=0, merged_values=None,
    )  # fmt: skip


def _with_every_value(found: pd.DataFrame) -> pd.DataFrame:
    """A row of every user for every value, as a distribution's population is the same for all of them."""
    wholes = found[["period_start", "user_id", "denominator"]].drop_duplicates()
    every = wholes.merge(found[["segment_value"]].drop_duplicates(), how="cross")
    keys = ["period_start", "segment_value", "user_id"]
    every = every.merge(found[[*keys, "numerator", "session_count"]], on=keys, how="left")
    return every.fillna({"numerator": 0.0, "session_count": 0})


def identities() -> CountIdentities:
    """The counts of SERIES by their names in PARTS, and how those are related, for whoever protects them."""
    names = {}
    for table, metric, kind, numerator, denominator in SERIES:
        sessions = {"rate": denominator, "mean": denominator}.get(kind, numerator)
        amounts = frozenset({numerator} if kind == "mean" else ())
        names[table, metric] = CountNames(
            numerator, denominator or None, sessions, f"unknown of {metric}", amounts
        )
    relations = tuple(Relation(total=total, parts=(part, rest)) for total, part, rest in PARTS)
    return CountIdentities(names, CountTraits(relations=relations))


class Attacker:
    """Everything that is shown, and every equation; asks what the hidden counts can be."""

    def __init__(self) -> None:
        self.numbers: dict[Any, int] = {}
        self.known: dict[int, float] = {}
        self.equations: list[dict[int, float]] = []

    def count(self, name: str, *cell: object) -> int:
        return self.numbers.setdefault((name, *map(str, cell)), len(self.numbers))

    def learn(self, number: int, value: float) -> None:
        assert self.known.setdefault(number, value) == value, "two tables show one count differently"

    def add(self, total: int, parts: list[int]) -> None:
        self.equations.append(defaultdict(float, {total: -1.0}) | dict.fromkeys(parts, 1.0))

    def ranges(self, wanted: list[int]) -> list[tuple[float, float]]:
        """What the wanted counts can be; of a range that holds two whole numbers not all need be seen."""
        bounds = bounds_of(len(self.numbers))
        for number, value in self.known.items():
            bounds[number] = value
        matrix = sparse.lil_array((len(self.equations), len(self.numbers)))
        for row, equation in enumerate(self.equations):
            for number, weight in equation.items():
                matrix[row, number] += weight
        totals = np.zeros(len(self.equations))
        return feasible_ranges(matrix.tocsr(), totals, bounds, wanted, enough=2.0)


def attacker_of(figures: pd.DataFrame) -> tuple[Attacker, list[int]]:
    """The attacker of these figures, and the counts that they hide."""
    attacker = Attacker()
    names = {(table, metric): (kind, y, n) for table, metric, kind, y, n in SERIES}
    cells, wanted = set(), set()
    for figure in figures.to_dict("records"):
        kind, counted, population = names[figure["table_name"], figure["metric_name"]]
        cell = tuple(
            str(figure[name]) for name in ("period_kind", "period_start", "segment_name", "segment_value")
        )
        cells.add(cell)
        whole = (*cell[:2], "all", "all") if kind == "share" else cell
        shown = [(counted, cell, figure["numerator"])] if kind != "mean" else []
        shown += [(population, whole, figure["denominator"])] if population else []
        for name, place, value in shown:
            number = attacker.count(name, *place)
            if pd.isna(value):
                wanted.add(number)
            else:
                attacker.learn(number, value)
    for equation in _equations(cells):
        attacker.add(*(_resolved(attacker, equation)))
    return attacker, sorted(wanted - set(attacker.known))


def _resolved(attacker: Attacker, equation: tuple[Any, list[Any]]) -> tuple[int, list[int]]:
    total, parts = equation
    return attacker.count(*total), [attacker.count(*part) for part in parts]


def _equations(cells: set[tuple[str, ...]]) -> Iterator[tuple[Any, list[Any]]]:
    """Parts of counts, values of segments, periods; the days that a week and a month share are counts too."""
    every = cells | {(kind, start, "all", "all") for kind, start, *_ in cells}
    names = sorted({name for parts in PARTS for name in parts})
    for cell in every:
        for total, part, rest in PARTS:
            yield (total, *cell), [(part, *cell), (rest, *cell)]
    for name in names:
        lines = defaultdict(set)
        for kind, start, segment, value in every:
            if segment != "all":
                lines[(kind, start, "all", "all"), segment].add((kind, start, segment, value))
            if kind in ("month", "quarter"):
                lines[("overall", "NaT", segment, value), kind].add((kind, start, segment, value))
            if kind == "month":
                quarter = str(pd.Timestamp(start).to_period("Q").start_time)
                lines[("quarter", quarter, segment, value), kind].add((kind, start, segment, value))
            if kind == "week":
                begin = pd.Timestamp(start)
                for month in sorted(
                    {str(day.to_period("M").start_time) for day in (begin, begin + pd.Timedelta(days=6))}
                ):
                    atom = ("atom", f"{start}|{month}", segment, value)
                    lines[(kind, start, segment, value), "atom"].add(atom)
                    lines[("month", month, segment, value), "atom"].add(atom)
        for (whole, _), parts in lines.items():
            if whole in every:
                yield (name, *whole), [(name, *part) for part in sorted(parts)]
