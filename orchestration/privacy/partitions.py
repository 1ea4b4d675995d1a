"""Which cells of a series add up to which other one.

Belongs here: lines over the values of a segment and over periods, each with the cell that holds them all.
Not here: what a line means for what may be shown (decide).

Overall is made of quarters, a quarter of months, a month of the weeks that lie wholly in it and of days. A
week that lies in two months is part of no line and shown only where all of its days are: else months less
weeks would tell of a few days.
"""

from dataclasses import dataclass
from typing import Any, cast

import pandas as pd

from orchestration.privacy.coarsen import INDEPENDENT_SEGMENTS

WHOLE = "all"

NESTED_SEGMENTS = {"occupation": ("occupation_group", "other")}
"""A segment of part of the sessions → the cell of another segment that its values add up to."""

WEEKS_OF_THEIR_MONDAY = frozenset({"active_wall_hours_per_user_week", "active_net_hours_per_user_week"})
"""Metrics that put a whole week into the month in which it begins."""


@dataclass(frozen=True)
class Line:
    """Cells of a series (row numbers) that add up to `total`; None: to a count that the series has not.

    `is_over_values`: of a segment, else over periods. `is_unit`: shown all together or not at all, because
    its cells are also parts along periods.
    """

    total: int | None
    parts: tuple[int, ...]
    is_over_values: bool = False
    is_unit: bool = False


def lines_of(cells: pd.DataFrame, metric: str = "") -> list[Line]:
    """The lines between cells (columns of user_sums.CELL and `merged_values`)."""
    places = _Places(cells)
    return [*_lines_over_values(cells, places), *_lines_over_periods(cells, places, metric)]


def straddling_weeks(cells: pd.DataFrame, metric: str = "") -> dict[int, tuple[int, ...]]:
    """Weeks in two months, where the series has months: each with its days, () where it has none."""
    if metric in WEEKS_OF_THEIR_MONDAY or not (cells["period_kind"] == "month").any():
        return {}
    found: dict[int, tuple[int, ...]] = {}
    days = cells[cells["period_kind"] == "day"]
    weeks = cells[cells["period_kind"] == "week"]
    ends = weeks["period_start"] + pd.Timedelta(days=6)
    for number, cell in weeks[weeks["period_start"].dt.month != ends.dt.month].iterrows():
        own = days[days["period_start"].between(cell["period_start"], ends[number])]
        for name in ("segment_name", "segment_value"):
            own = own[own[name] == cell[name]]
        found[int(number)] = tuple(own.index)
    return found


class _Places:
    """Row numbers of cells by their key."""

    def __init__(self, cells: pd.DataFrame) -> None:
        self.number = {
            (str(kind), _text(start), str(name), str(value), _text(fingerprint)): number
            for number, (kind, start, name, value, fingerprint) in enumerate(
                cells[["period_kind", "period_start", "segment_name", "segment_value", "fingerprint"]]
                .itertuples(index=False, name=None)
            )
        }  # fmt: skip
        self.kinds = {kind for kind, *_ in self.number}

    def find(self, kind: str, start: object, name: str, value: str, fingerprint: object) -> int | None:
        return self.number.get((kind, _text(start), name, value, _text(fingerprint)))


def _text(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]


def _lines_over_values(cells: pd.DataFrame, places: _Places) -> list[Line]:
    is_part = (cells["segment_name"] != WHOLE) & ~cells["segment_name"].isin(INDEPENDENT_SEGMENTS)
    found = []
    by = ["period_kind", "period_start", "segment_name"]
    for key, rows in cells[is_part].groupby(by, dropna=False, sort=True):
        kind, start, name = cast("tuple[str, Any, str]", key)
        total = places.find(kind, start, WHOLE, WHOLE, None)
        if name in NESTED_SEGMENTS:
            total = _holder(cells, kind, start, NESTED_SEGMENTS[name], total)
        has_overall = kind != "overall" and any(
            places.find("overall", None, name, value, None) is not None for value in rows["segment_value"]
        )
        parts = tuple(int(number) for number in rows.index)
        found.append(Line(total, parts, is_over_values=True, is_unit=has_overall))
    return found


def _holder(
    cells: pd.DataFrame, kind: str, start: Any, held_in: tuple[str, str], otherwise: int | None
) -> int | None:
    """The cell that holds all sessions of a nested segment: a value, or what it was merged into."""
    segment, value = held_in
    same = (cells["period_kind"] == kind) & (cells["segment_name"] == segment)
    same &= cells["period_start"].isna() if pd.isna(start) else cells["period_start"] == start
    for number, cell in cells[same].iterrows():
        merged = [] if pd.isna(cell["merged_values"]) else str(cell["merged_values"]).split(", ")
        if cell["segment_value"] == value or value in merged:
            return cast("int", number)
    return otherwise


def _lines_over_periods(cells: pd.DataFrame, places: _Places, metric: str) -> list[Line]:
    parts: dict[tuple[str, int | None, str], list[int]] = {}
    straddling = straddling_weeks(cells, metric)
    columns = ["period_kind", "period_start", "segment_name", "segment_value", "fingerprint"]
    for number, (kind, start, *cut) in enumerate(cells[columns].itertuples(index=False, name=None)):
        if kind == "overall" or number in straddling:
            continue
        holder, total = _period_total(kind, start, cut, places)
        key = "|".join(map(_text, cut)) if total is None else ""
        # Whole weeks and the days that are in none are one division of their month.
        division = "week" if kind == "day" and holder != "week" else kind
        parts.setdefault((division, total, key), []).append(number)
    return [Line(total, tuple(numbers)) for (_, total, _), numbers in parts.items()]


def _period_total(kind: str, start: pd.Timestamp, cut: list[str], places: _Places) -> tuple[str, int | None]:
    """The finest period that holds this one whole: its kind and its cell."""
    month, quarter = start.to_period("M").start_time, start.to_period("Q").start_time
    monday = start - pd.Timedelta(days=start.day_of_week)
    is_week_whole = monday.month == (monday + pd.Timedelta(days=6)).month or "month" not in places.kinds
    holders: dict[str, list[tuple[str, pd.Timestamp]]] = {
        "day": [("week", monday)] * is_week_whole + [("month", month), ("quarter", quarter)],
        "week": [("month", month), ("quarter", quarter)],
        "month": [("quarter", quarter)],
        "quarter": [],
    }
    for holder, begin in [*holders.get(kind, []), ("overall", None)]:
        found = places.find(holder, begin, cut[0], cut[1], cut[2])
        if found is not None:
            return holder, found
    return "", None
