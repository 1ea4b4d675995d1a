"""What a release displays while it is decided: which count stands in which column of which figure.

Belongs here: hiding a count wherever it stands, and what goes with it: a figure without its denominator
has nothing left to show, an estimate goes with the rate that it is of. Not here: which counts are hidden
(protect), the columns that become null (blank).
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

COARSE_PERIODS = {"overall": 10.0, "quarter": 4.0, "month": 2.0}
"""What a figure of a kind of period is worth, where one of two must be hidden; 1 of the finer ones."""

WHOLE_SEGMENT = 10.0
"""How many times as much a figure of everybody is worth as one of a part."""

ROLE_WORTH = {"denominator": 10.0, "sessions": 10.0, "users": 10.0, "numerator": 6.0, "unknown": 1.0}
"""What is lost with a count: a figure is shown with its n or not at all."""

COMPARED = 5.0
"""How many times as much a figure is worth whose metric stands beside a published value."""

N = ("denominator", "sessions", "users")
"""Roles that say of how many a figure is: it has no estimate without them."""

BOOKKEEPING_TABLES = frozenset({"rpt_label_coverage"})
"""Tables about the labels, which give way to those about the work."""


class Displayed:
    """Counts by figure and role, each displayed or hidden.

    `entries`: one row per figure and role with the `number` of its count. `is_hidden`: one answer each.
    A figure has an estimate to show while its numerator and all that say of how many it is are displayed.
    """

    def __init__(
        self, figures: pd.DataFrame, entries: pd.DataFrame, count_size: int, compared: frozenset[str]
    ) -> None:
        self.figures, self.entries, self.count_size = figures, entries, count_size
        self.is_hidden = np.zeros(len(entries), dtype=bool)
        of_role = entries["role"].map(ROLE_WORTH).to_numpy(float)
        self.worth = _worth(figures, compared)[entries["figure"]] * of_role
        self._roles = entries["role"].to_numpy(str)
        self._figure = entries["figure"].to_numpy(int)
        self._number = entries["number"].to_numpy(int)
        self._of_figure: dict[int, list[int]] = defaultdict(list)
        self._of_count: dict[int, list[int]] = defaultdict(list)
        for entry, (figure, number) in enumerate(zip(self._figure, self._number, strict=True)):
            self._of_figure[figure].append(entry)
            self._of_count[number].append(entry)
        self._kinds = figures["metric_kind"].to_numpy(str)
        self._closed: set[int] = set()
        self._estimates_of = _estimates_of(figures)
        self._same_people = _same_people(figures)

    def hide_counts(self, numbers: Iterable[int]) -> None:
        """Hide counts in every figure that has them, and what goes with them."""
        for number in numbers:
            for entry in self._of_count[number]:
                self._hide(entry)

    def write_down(self, numbers: Iterable[int]) -> None:
        """Display counts again that are told all the same.

        A rate, share, mean or count that has all of its counts again has its estimate again: it follows from
        them. An estimate of a regression does not, and stays hidden.
        """
        own = np.isin(self._number, list(numbers)) & self.is_hidden
        # Of a share of unknown sessions and their number the population follows.
        self.is_hidden[own & (self._roles != "unknown")] = False

    def shown_counts(self) -> Any:
        """Which counts stand somewhere."""
        found = np.zeros(self.count_size, dtype=bool)
        found[self._number[~self.is_hidden]] = True
        return found

    def costs(self) -> Any:
        """What would be lost with each count."""
        return np.bincount(self._number, np.where(self.is_hidden, 0.0, self.worth), self.count_size)

    def of_whole(self) -> Any:
        """Which counts stand in a figure of everybody over the whole time."""
        is_whole = (
            self.figures["period_kind"].eq("overall") & self.figures["segment_name"].eq("all")
        ).to_numpy()
        found = np.zeros(self.count_size, dtype=bool)
        found[self._number[is_whole[self._figure]]] = True
        return found

    def hides(self, role: str) -> Any:
        """Per figure whether it hides that role."""
        found = np.zeros(len(self.figures), dtype=bool)
        found[self._figure[self.is_hidden & (self._roles == role)]] = True
        return found

    def without_estimate(self) -> Any:
        """Per figure whether it has no estimate to show."""
        found = np.zeros(len(self.figures), dtype=bool)
        found[self._figure[self.is_hidden & (self._roles != "unknown")]] = True
        found[sorted(self._closed)] = True
        return found

    def shows_nothing(self) -> Any:
        """Per figure whether all of it is hidden."""
        found = np.ones(len(self.figures), dtype=bool)
        found[self._figure[~self.is_hidden]] = False
        return found

    def _hide(self, entry: int) -> None:
        if self.is_hidden[entry]:
            return
        self.is_hidden[entry] = True
        figure, role = int(self._figure[entry]), self._roles[entry]
        kind = self._kinds[figure]
        if kind == "estimate" or role in N or (kind in ("count", "share") and role == "numerator"):
            self._close(figure)
        elif role == "numerator":
            self._close_all(self._estimates_of.get(figure, ()))

    def _close_all(self, figures: Iterable[int]) -> None:
        for figure in figures:
            self._close(figure)

    def _close(self, figure: int) -> None:
        """Hide all of a figure; its counts may stand elsewhere."""
        self.is_hidden[self._of_figure[figure]] = True
        if self._kinds[figure] == "estimate":
            self._closed.add(figure)
            return
        self._close_all(self._estimates_of.get(figure, ()))
        people = self._same_people.get(figure)
        if people and not any(self._shows_something(rate) for rate in people.rates):
            self._close_all(people.estimates)

    def _shows_something(self, figure: int) -> bool:
        return not all(self.is_hidden[entry] for entry in self._of_figure[figure])


def _worth(figures: pd.DataFrame, compared: frozenset[str]) -> Any:
    periods = figures["period_kind"].map(COARSE_PERIODS).fillna(1.0).to_numpy(float)
    segments = np.where(figures["segment_name"] == "all", WHOLE_SEGMENT, 1.0)
    tables = np.where(figures["table_name"].isin(BOOKKEEPING_TABLES), 0.1, 1.0)
    metrics = np.where(figures["metric_name"].isin(compared), COMPARED, 1.0)
    return periods * segments * tables * metrics


CELL = ["agent", "period_kind", "period_start", "segment_name", "segment_value"]


class People(NamedTuple):
    """Figures with as many sessions and users in the same cell: those that count them, and estimates."""

    rates: list[int]
    estimates: list[int]


def _estimates_of(figures: pd.DataFrame) -> dict[int, list[int]]:
    """Rate → the estimates of it, which tell its numerator."""
    groups = _grouped(figures, [*CELL, "metric_name", "labeller"])
    return {rate: group.estimates for group in groups for rate in group.rates}


def _same_people(figures: pd.DataFrame) -> dict[int, People]:
    """Rate → the figures of as many sessions and users in its cell."""
    groups = _grouped(figures, [*CELL, "n_sessions", "n_users"])
    return {rate: group for group in groups for rate in group.rates}


def _grouped(figures: pd.DataFrame, by: list[str]) -> list[People]:
    starts = pd.to_datetime(figures["period_start"])
    keys = figures.assign(period_start=starts).groupby(by, dropna=False, sort=False).ngroup().to_numpy()
    groups: dict[int, People] = defaultdict(lambda: People([], []))
    for figure, (key, kind) in enumerate(zip(keys, figures["metric_kind"], strict=True)):
        group = groups[int(key)]
        (group.estimates if kind == "estimate" else group.rates).append(figure)
    return [group for group in groups.values() if group.estimates]
