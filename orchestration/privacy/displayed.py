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

ROLE_WORTH = {"denominator": 10.0, "numerator": 6.0, "sessions": 2.0, "unknown": 1.0, "users": 2.0}

COMPARED = 5.0
"""How many times as much a figure is worth whose metric stands beside a published value."""

BOOKKEEPING_TABLES = frozenset({"rpt_label_coverage"})
"""Tables about the labels, which give way to those about the work."""


class Displayed:
    """Counts by figure and role, each displayed or hidden.

    `entries`: one row per figure and role with `number`, that of the count. `is_hidden`: one answer per entry.
    """

    def __init__(
        self, figures: pd.DataFrame, entries: pd.DataFrame, count_size: int, compared: frozenset[str]
    ) -> None:
        self.figures, self.entries, self.count_size = figures, entries, count_size
        self.is_hidden = np.zeros(len(entries), dtype=bool)
        self.worth = _worth(figures, compared)[entries["figure"]] * entries["role"].map(ROLE_WORTH).to_numpy(
            float
        )
        self._roles = entries["role"].to_numpy(str)
        self._figure = entries["figure"].to_numpy(int)
        self._number = entries["number"].to_numpy(int)
        self._of_figure: dict[int, list[int]] = defaultdict(list)
        self._of_count: dict[int, list[int]] = defaultdict(list)
        for entry, (figure, number) in enumerate(zip(self._figure, self._number, strict=True)):
            self._of_figure[figure].append(entry)
            self._of_count[number].append(entry)
        self._kinds = figures["metric_kind"].to_numpy(str)
        self._estimates_of = _estimates_of(figures)
        self._same_people = _same_people(figures)

    def hide_counts(self, numbers: Iterable[int]) -> None:
        """Hide counts in every figure that has them, and what goes with them."""
        for number in numbers:
            for entry in self._of_count[number]:
                self._hide(entry)

    def show_counts(self, numbers: Iterable[int]) -> None:
        """Show counts again, in figures whose denominator is shown."""
        own = (
            np.isin(self._number, list(numbers)) & self.is_hidden & (self._kinds[self._figure] != "estimate")
        )
        is_denominator = self._roles == "denominator"
        self.is_hidden[own & is_denominator] = False
        without = self.hidden_roles("denominator")
        self.is_hidden[own & ~without[self._figure]] = False

    def hide_figures(self, figures: Iterable[int]) -> None:
        """Hide all of some figures, and what goes with them; their counts may stand elsewhere."""
        for figure in figures:
            self._hide_figure(figure)

    def shown_counts(self) -> Any:
        """Which counts stand somewhere."""
        found = np.zeros(self.count_size, dtype=bool)
        found[self._number[~self.is_hidden]] = True
        return found

    def costs(self) -> Any:
        """What would be lost with each count."""
        return np.bincount(self._number, np.where(self.is_hidden, 0.0, self.worth), self.count_size)

    def hidden_roles(self, role: str) -> Any:
        """Per figure whether it hides that role."""
        found = np.zeros(len(self.figures), dtype=bool)
        found[self._figure[self.is_hidden & (self._roles == role)]] = True
        return found

    def gone(self) -> Any:
        """Per figure whether nothing of it is displayed."""
        found = np.ones(len(self.figures), dtype=bool)
        found[self._figure[~self.is_hidden]] = False
        return found

    def _hide(self, entry: int) -> None:
        if self.is_hidden[entry]:
            return
        self.is_hidden[entry] = True
        figure, role = int(self._figure[entry]), self._roles[entry]
        kind = self._kinds[figure]
        is_all = role == "denominator" or (kind in ("count", "share") and role == "numerator")
        if is_all or kind == "estimate":
            self._hide_figure(figure)
        elif role == "numerator":
            self.hide_figures(self._estimates_of.get(figure, ()))

    def _hide_figure(self, figure: int) -> None:
        entries = self._of_figure[figure]
        if all(self.is_hidden[entry] for entry in entries):
            return
        self.is_hidden[entries] = True
        self.hide_figures(self._estimates_of.get(figure, ()))
        people = self._same_people.get(figure)
        if people and not any(self._is_there(rate) for rate in people.rates):
            self.hide_figures(people.estimates)

    def _is_there(self, figure: int) -> bool:
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
    """Rate → the figures of as many sessions and users in its cell: estimates go when none of them is left."""
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
