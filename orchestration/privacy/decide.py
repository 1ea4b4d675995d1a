"""Decides which counts of a release are hidden, for all of its tables of rates together.

Belongs here: the loop from counts that are small themselves to those that would tell them. Not here: the
rule for a single count (small_counts), which cells add up (partitions), how a figure is blanked (protect).

A count is what its users add to it: two counts of one agent and period to which every user adds the same
are one count, in whatever table and under whatever name, and hidden together. So a numerator that is
another rate's denominator, or the complement of a third, is decided once. Then, until nothing changes:

* where two of three counts tell the third (numerator, complement, denominator; known, unknown, all), a
  hidden one takes with it whichever of the others fewer figures rest on;
* in a line (cells that add up to a total), what is hidden must be at least two cells, and together it must
  be a count that could be shown: it is the total less what is shown. Else the smallest shown cell of
  the line is hidden too. What is in the total and in none of the parts counts as hidden.
* parts of a hidden total are hidden, and so is the total of a single hidden part;
* a cell that is empty has no row, which tells that; where it has to be hidden, it has one (empty_cells);
* a numerator of nothing that is shown of a large population is shown of its parts too, which it tells.

Hidden cells of a line are known as their sum alone. With safe margins every one of them may still be
anything from nothing to that sum, so that its range is at least `min_users` wide (ADR 0037).
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from orchestration.privacy.partitions import Line, lines_of, straddling_weeks
from orchestration.privacy.rules import PublishingRules
from orchestration.privacy.small_counts import (
    is_small,
    is_telling_numerator,
    is_telling_part,
    is_telling_sum,
)
from orchestration.privacy.user_sums import CELL, Series

BOOKKEEPING_TABLES = frozenset({"rpt_label_coverage"})
"""Tables about the labels, which give way to those about the work."""

SHARE_OF_UNITS = 1e-9
"""Sums of users differ from their total by rounding alone below this share of it."""

_ROLES_IN_LINES = {
    "rate": ("population", "counted", "rest"), "share": ("population", "counted"),
    "mean": ("population", "counted"), "count": ("population",),
}  # fmt: skip
"""Kind of a metric → its counts that add up over values and periods."""

Place = tuple[int, str, int]
"""A count of a row: number of the series, role, number of the cell."""


@dataclass
class Decisions:
    """Which counts are hidden. `counts[series][role]` holds the number of each cell's count.

    `figures_on[count]`: how much rests on it (`_weight`); `unshared`: counts that are nothing, or
    all of their population, and so compared with no other.
    `nothing_in[series]`: cells whose numerator is nothing, as that of a large cell is that holds them.
    """

    series: Sequence[Series]
    rules: PublishingRules
    counts: list[dict[str, Any]] = field(default_factory=list)
    places: list[list[Place]] = field(default_factory=list)
    lines: list[list[Line]] = field(default_factory=list)
    lines_at: dict[tuple[int, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    hidden: list[bool] = field(default_factory=list)
    figures_on: list[int] = field(default_factory=list)
    unshared: set[int] = field(default_factory=set)
    straddling: list[dict[int, tuple[int, ...]]] = field(default_factory=list)
    nothing_in: list[dict[int, int]] = field(default_factory=list)
    _queue: deque[int] = field(default_factory=deque)
    _blocks: dict[tuple[int, Line, str], "Block"] = field(default_factory=dict)

    def hide(self, counts: Iterable[int]) -> None:
        """Hide counts; what follows from that is done by `settle`."""
        for count in counts:
            if not self.hidden[count]:
                self.hidden[count] = True
                self._queue.append(count)

    def is_hidden(self, number: int, role: str) -> Any:
        """Per cell of a series whether its count is hidden."""
        state = np.array([self.hidden[count] for count in self.counts[number][role]], dtype=bool)
        if role in ("population", "counted"):
            for week, days in self.straddling[number].items():
                state[week] |= not days or any(state[day] for day in days)
        return state

    def settle(self) -> None:
        """Hide what would tell a hidden count, until there is nothing left."""
        while self._queue:
            for number, _, cell in self.places[self._queue.popleft()]:
                self._settle_row(number, cell)
                for line in self.lines_at[number, cell]:
                    self._settle_line(number, self.lines[number][line])

    def _settle_row(self, number: int, cell: int) -> None:
        own = {role: int(counts[cell]) for role, counts in self.counts[number].items()}
        is_same_for_all = own["counted"] in self.unshared or own["rest"] in self.unshared
        if self.hidden[own["population"]] and cell not in self.nothing_in[number]:
            self.hide([own["counted"]])
        if self.series[number].kind in ("rate", "share") and not is_same_for_all:
            self._settle_three(own["population"], own["counted"], own["rest"])
        if self.figures_on[own["whole"]] and own["unknown"] not in self.unshared:
            self._settle_three(own["whole"], own["population"], own["unknown"])

    def _settle_three(self, *counts: int) -> None:
        """Of three counts of which two tell the third, one alone is not hidden."""
        if len(set(counts)) < len(counts):
            return
        shown = [count for count in counts if not self.hidden[count]]
        if len(shown) == len(counts) - 1:
            self.hide([min(shown, key=lambda count: self.figures_on[count])])

    def _settle_line(self, number: int, line: Line) -> None:
        for role in _ROLES_IN_LINES[self.series[number].kind]:
            counts = self.counts[number][role]
            if line.total is not None and self.hidden[counts[line.total]]:
                own = {} if role == "population" else self.nothing_in[number]
                self.hide(counts[part] for part in line.parts if part not in own)
            else:
                self._settle_parts(number, line, role)

    def _settle_parts(self, number: int, line: Line, role: str) -> None:
        if role != "population" and line.parts[0] in self.nothing_in[number]:
            return
        block = self._blocks.get((number, line, role))
        if block is None:
            block = self._blocks[number, line, role] = Block(self.series[number], line, role)
        counts = self.counts[number][role][list(line.parts)]
        is_hidden = np.array([self.hidden[count] for count in counts])
        if not (is_hidden.any() or block.has_rest):
            return
        if line.is_unit and (is_hidden.any() or not block.is_safe(is_hidden, self.rules)):
            is_hidden[:] = True
        for part in block.smallest_first():
            if block.is_safe(is_hidden, self.rules):
                break
            is_hidden[part] = True
        self.hide(counts[is_hidden])
        if line.total is not None and is_hidden.all() and len(counts) + block.has_rest == 1:
            # A single part is its total.
            self.hide([self.counts[number][role][line.total]])


class Block:
    """What is hidden of a line, as the one count that a reader has of it: the total less what is shown."""

    def __init__(self, series: Series, line: Line, role: str) -> None:
        self.series, self.line, self.role = series, line, role
        self.parts = list(line.parts)
        self.is_share_of_values = series.kind == "share" and line.is_over_values
        self.rest = {name: self._rest(name) for name in ("population", "counted", "sessions")}
        counted = "counted" if self.is_share_of_values else "population"
        self.has_rest = bool(self.rest[counted].any())

    def _rest(self, name: str) -> Any:
        """What the total holds beyond its parts, per user."""
        values = getattr(self.series, name)
        if self.is_share_of_values:
            if name != "counted":
                return np.zeros(values.shape[1])
            whole = self.series.population[self.parts].max(axis=0)
        elif self.line.total is None:
            return np.zeros(values.shape[1])
        else:
            whole = values[self.line.total]
        rest = whole - values[self.parts].sum(axis=0)
        return np.where(rest > SHARE_OF_UNITS * np.maximum(whole, 1), rest, 0)

    def smallest_first(self) -> Any:
        """Parts in the order in which they are given up; of the empty ones, one is enough."""
        size = self.series.counted if self.series.kind == "share" else self.series.population
        is_empty = self.series.cells["is_empty"].to_numpy(bool)[self.parts]
        order = np.argsort(size[self.parts].sum(axis=1), kind="stable")
        return [*order[is_empty[order]][:1], *order[~is_empty[order]]]

    def is_safe(self, is_hidden: Any, rules: PublishingRules) -> bool:
        """Whether nothing is hidden, or so much that its sum tells of nobody."""
        hidden_count = int(is_hidden.sum()) + self.has_rest
        if hidden_count == 0:
            return True
        if hidden_count == 1 and not self.has_rest:
            return False
        own = [part for part, hidden in zip(self.parts, is_hidden, strict=True) if hidden]
        values = {name: self._sum(name, own) for name in self.rest}
        if self.role != "population" and _is_same_for_all(self.series.kind, values):
            # Together nothing (or all) is nothing (or all) in each of them.
            return False
        return not is_telling(self.series, self.role, values, rules)

    def _sum(self, name: str, own: list[int]) -> Any:
        """Of the hidden parts and the rest; at most what the total holds, where a session is in several."""
        values = getattr(self.series, name)
        if self.is_share_of_values and name == "population":
            return values[self.parts].max(axis=0)
        found = self.rest[name] + values[own].sum(axis=0)
        return found if self.line.total is None else np.minimum(found, values[self.line.total])


def _is_same_for_all(kind: str, values: dict[str, Any]) -> bool:
    """Whether what is counted is nothing, or of a rate all there is."""
    rest = values["population"] - values["counted"]
    return not (values["counted"] > 0).any() or (kind == "rate" and not (rest > SHARE_OF_UNITS).any())


def is_telling(series: Series, role: str, values: dict[str, Any], rules: PublishingRules) -> bool:
    """Whether a count with these values per user must not be shown."""
    population, counted, sessions = values["population"], values["counted"], values["sessions"]
    known = series.is_known
    if series.kind == "share":
        if role == "population":
            return is_small(population, population, known, rules)
        return is_telling_part(population, sessions, counted, known, rules)
    if role == "population":
        return is_small(population, sessions, known, rules)
    if series.kind == "rate":
        return is_telling_numerator(population, sessions, counted, known, rules)
    return series.kind == "mean" and is_telling_sum(population, sessions, counted, known, rules)


def decide(series: Sequence[Series], rules: PublishingRules) -> Decisions:
    """Which counts of these series are hidden. In personal mode: none."""
    decisions = Decisions(series, rules)
    numbers: dict[Any, int] = {}
    for number, one in enumerate(series):
        decisions.counts.append(_numbered(decisions, numbers, number, one))
        decisions.lines.append(lines_of(one.cells, one.metric))
        decisions.straddling.append({} if rules.is_personal else straddling_weeks(one.cells, one.metric))
        for index, line in enumerate(decisions.lines[-1]):
            for cell in {*line.parts, *([] if line.total is None else [line.total])}:
                decisions.lines_at[number, cell].append(index)
    if rules.is_personal:
        decisions.nothing_in = [{} for _ in series]
        return decisions
    for number, one in enumerate(series):
        decisions.nothing_in.append(_nothing_in(one, decisions.lines[number], rules))
        _hide_small(decisions, number, one)
    for number in range(len(series)):
        for line in decisions.lines[number]:
            decisions._settle_line(number, line)
    decisions.settle()
    return decisions


def _nothing_in(series: Series, lines: Sequence[Line], rules: PublishingRules) -> dict[int, int]:
    """Cells with a numerator of nothing → the large cell that holds them and has one too."""
    if series.kind not in ("rate", "share"):
        return {}
    found: dict[int, int] = {}
    of_total: dict[int, list[int]] = defaultdict(list)
    for line in lines:
        if line.total is not None and not series.counted[line.total].any():
            of_total[line.total] += line.parts
    for cell, parts in of_total.items():
        values = {name: getattr(series, name)[cell] for name in ("population", "counted", "sessions")}
        if not any(is_telling(series, role, values, rules) for role in ("population", "counted")):
            queue = deque(parts)
            while queue:
                part = queue.popleft()
                found.setdefault(part, cell)
                queue += of_total.get(part, [])
    return found


def _hide_small(decisions: Decisions, number: int, series: Series) -> None:
    for cell in np.flatnonzero(~series.cells["is_empty"].to_numpy(bool)):
        values = {name: getattr(series, name)[cell] for name in ("population", "counted", "sessions")}
        for role in _ROLES_IN_LINES[series.kind]:
            if role != "population" and cell in decisions.nothing_in[number]:
                continue
            if is_telling(series, role, values, decisions.rules) and not _is_other(series, role, values):
                decisions.hide([decisions.counts[number][role][cell]])


def _is_other(series: Series, role: str, values: dict[str, Any]) -> bool:
    """Whether it is not the numerator but its complement that is small, or the other way round."""
    if series.kind != "rate" or role == "population":
        return False
    users = {
        "counted": int(((values["counted"] > 0) & series.is_known).sum()),
        "rest": int(((values["population"] > values["counted"]) & series.is_known).sum()),
    }
    other = users["rest" if role == "counted" else "counted"]
    return 0 < other < users[role]


def _weight(series: Series, role: str) -> int:
    """What is lost with a count: most where a ratio rests on it, little where it is said in passing."""
    if role == "population":
        if series.table in BOOKKEEPING_TABLES:
            return 10
        return 100 if series.kind == "count" else 1000
    return 1 if role == "sessions" else 0


def _numbered(decisions: Decisions, numbers: dict[Any, int], number: int, series: Series) -> dict[str, Any]:
    """The number of the count of every role and cell; counts that all users add the same to have one."""
    values = {
        "population": series.population, "counted": series.counted, "sessions": series.sessions,
        "rest": series.population - series.counted, "unknown": series.unknown,
        "whole": series.population + series.unknown,
    }  # fmt: skip
    if series.kind == "count":
        values["counted"] = series.population
    found: dict[str, Any] = {}
    of_cell = list(zip(series.cells["period_kind"], map(str, series.cells["period_start"]), strict=True))
    places = [tuple(map(str, place)) for place in series.cells[list(CELL)].itertuples(index=False, name=None)]
    is_nothing = {role: ~(array > SHARE_OF_UNITS).any(axis=1) for role, array in values.items()}
    is_same_for_all = (is_nothing["counted"] | is_nothing["rest"]) & (series.kind != "count")
    for role, array in values.items():
        is_alone = is_nothing[role] | (is_same_for_all if role in ("counted", "rest") else False)
        own = np.zeros(len(array), dtype=int)
        keys = _keys(series, array, of_cell)
        counted = frozenset(pair for pair in zip(places, keys, strict=True) if pair[1])
        whole = hash(counted) if counted else None
        for cell in range(len(array)):
            key: Any = (series.agent, keys[cell])
            if is_nothing[role][cell] and whole is not None:
                # Nothing equals nothing only of counts that are the same in all other cells.
                key = (series.agent, whole, places[cell])
            elif is_alone[cell]:
                key = (number, role, cell)
            own[cell] = numbers.setdefault(key, len(numbers))
            if own[cell] == len(decisions.places):
                decisions.places.append([])
                decisions.hidden.append(False)
                decisions.figures_on.append(0)
            if is_alone[cell]:
                decisions.unshared.add(int(own[cell]))
            decisions.places[own[cell]].append((number, role, cell))
            decisions.figures_on[own[cell]] += _weight(series, role)
        found[role] = own
    return found


def _keys(series: Series, array: Any, of_cell: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Per cell what makes counts of one agent the same: period, and what which user adds; () of nothing."""
    return [
        (*of_cell[cell], *series.users[here], *np.round(amounts[here], 9)) if here.any() else ()
        for cell, (amounts, here) in enumerate(zip(array, array > SHARE_OF_UNITS, strict=True))
    ]
