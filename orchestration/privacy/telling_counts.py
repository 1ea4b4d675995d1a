"""Hides what tells a hidden count, until nothing does (METHODS 4.10; ADR 0037).

Belongs here: which shown count is hidden for the sake of which hidden one. Not here: which counts are
sensitive (small_counts, protect), the equations and how they are solved (count_system).

A hidden count is told when the equations between all counts of a release leave it a single value, or fewer
than `min_users` of them. Of every equation that tells one, the shown count that costs the release least is
hidden too, those of everybody over the whole time last, until none does. The equations are those of the
attack (ADR 0036), which runs again on what was published.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from scipy import sparse

from orchestration.privacy.count_system import CountSystem, Solution
from orchestration.privacy.displayed import Displayed
from orchestration.privacy.rules import PublishingRules

MOST_ROUNDS = 20
"""How often what is told all the same is written down, before it is hidden with what tells it."""


def hide_what_tells(
    displayed: Displayed, system: CountSystem, rules: PublishingRules, sensitive: Any
) -> None:
    """Hide shown counts until no sensitive one is told, and none that nobody publishes is told and small.

    What was hidden in vain, because it is told all the same, is written down again, once: where that makes a
    sensitive count known to within too few values, it has to go after all. The linear program, which
    sees what several equations tell together, is asked when single equations tell nothing more.
    """
    _hide_until_safe(displayed, system, rules, sensitive, any_told=False)
    is_returned = np.zeros(len(sensitive), dtype=bool)
    for _ in range(MOST_ROUNDS):
        values, solution = _known(displayed, system, is_thorough=True)
        is_told = ~np.isnan(solution.values[: len(values)]) & np.isnan(values) & ~sensitive & ~is_returned
        displayed.write_down(np.flatnonzero(is_told))
        is_returned |= is_told
        values, solution = _known(displayed, system, is_thorough=True)
        at_risk = _at_risk(system, solution, values, rules, sensitive, any_told=True)
        if not at_risk.any():
            return
        displayed.hide_counts(_cheapest(at_risk, system, solution, displayed, rules))
    _hide_until_safe(displayed, system, rules, sensitive, any_told=True)


def _hide_until_safe(
    displayed: Displayed, system: CountSystem, rules: PublishingRules, sensitive: Any, *, any_told: bool
) -> None:
    is_thorough = False
    while True:
        values, solution = _known(displayed, system, is_thorough=is_thorough)
        at_risk = _at_risk(system, solution, values, rules, sensitive, any_told=any_told)
        chosen = _cheapest(at_risk, system, solution, displayed, rules)
        if chosen:
            displayed.hide_counts(chosen)
        elif is_thorough:
            return
        is_thorough = not chosen


def _cheapest(
    at_risk: Any, system: CountSystem, solution: Solution, displayed: Displayed, rules: PublishingRules
) -> set[int]:
    """Counts to hide; of everybody over the whole time only where nothing else is left."""
    is_hidden = np.ones(len(at_risk), dtype=bool)
    is_hidden[: displayed.count_size] = ~displayed.shown_counts()
    spared = displayed.of_whole()
    for is_spared in (spared, np.zeros_like(spared)):
        columns, before = at_risk, np.zeros_like(at_risk)
        while not np.array_equal(columns, before):
            chosen = set(_chosen(columns, system, solution, displayed, rules, is_spared))
            if chosen:
                return chosen
            columns, before = _with_told_neighbours(columns, system, solution) & is_hidden, columns
    return set()


def _with_told_neighbours(columns: Any, system: CountSystem, solution: Solution) -> Any:
    """The columns and those that are told in one equation with them, which tell them in turn."""
    entries = abs(system.matrix)
    beside = (entries.T @ (entries @ columns.astype(float))) > 0
    return columns | (beside & ~np.isnan(solution.values))


def _known(displayed: Displayed, system: CountSystem, *, is_thorough: bool) -> tuple[Any, Solution]:
    values = np.where(displayed.shown_counts(), system.counts["value"].to_numpy(float), np.nan)
    return values, system.solved(values, is_thorough=is_thorough)


def _at_risk(
    system: CountSystem,
    solution: Solution,
    values: Any,
    rules: PublishingRules,
    sensitive: Any,
    *,
    any_told: bool,
) -> Any:
    """Columns of the system that too much is known of: hidden counts, and what is between shown ones.

    Of sensitive counts a narrow range is too much; of other hidden ones, with `any_told`, that they are told.
    """
    size = len(system.counts)
    low, high = solution.bounds.T
    is_published = system.counts["figure"].notna().to_numpy()
    is_hidden, is_sensitive = np.zeros(len(low), dtype=bool), np.zeros(len(low), dtype=bool)
    is_hidden[:size] = is_published & np.isnan(values)
    is_sensitive[:size] = sensitive
    is_told = ~np.isnan(solution.values)
    # That a small cell has fewer users than there must be says nothing new: only their very number would.
    is_user = np.zeros(len(low), dtype=bool)
    is_user[:size] = system.is_of_users
    is_narrow = is_told | (system.are_whole & ~is_user & (high - low < rules.min_users))
    told = np.where(is_told, solution.values, 0.0) * system.units
    is_few = system.are_whole & (told > 0.5) & (told < rules.min_users)
    is_between = np.ones(len(low), dtype=bool)
    is_between[:size] = ~is_published & ~system.is_of_users
    is_between[size:] = system.are_rests_of_sessions
    is_known = is_hidden & ((is_sensitive & is_narrow) | (is_told & any_told))
    return (is_known | (is_between & is_told & is_few)) & ~system.holds_nothing(values)


def _chosen(
    at_risk: Any,
    system: CountSystem,
    solution: Solution,
    displayed: Displayed,
    rules: PublishingRules,
    is_spared: Any,
) -> Iterator[int]:
    """Of every equation that tells too much, the shown count that costs least."""
    by_row = sparse.csr_array(system.matrix)
    costs, is_shown, size = displayed.costs(), displayed.shown_counts() & ~is_spared, len(system.counts)
    hidden_now: set[int] = set()
    for equations in _telling(at_risk, system, solution, rules):
        for equation in equations:
            columns = by_row.indices[by_row.indptr[equation] : by_row.indptr[equation + 1]]
            if not hidden_now.isdisjoint(columns.tolist()):
                continue
            shown = [int(column) for column in columns if column < size and is_shown[column]]
            if shown:
                cheapest = min(shown, key=lambda column: (costs[column], column))
                hidden_now.add(cheapest)
                yield cheapest


def _telling(
    at_risk: Any, system: CountSystem, solution: Solution, rules: PublishingRules
) -> Iterator[Iterable[int]]:
    """Per column at risk the equations that tell it: each by itself, else all that it is in."""
    matrix, lower, upper = system.implied(solution.bounds)
    widths = np.minimum(upper, solution.bounds[matrix.col, 1]) - np.maximum(lower, 0)
    own = np.flatnonzero(at_risk[matrix.col])
    order = own[np.argsort(matrix.col[own], kind="stable")]
    for entries in np.split(order, np.flatnonzero(np.diff(matrix.col[order])) + 1):
        is_telling = (upper - np.maximum(lower, 0))[entries] < rules.min_users
        chosen = entries[is_telling] if is_telling.any() else entries[np.argsort(widths[entries])]
        yield matrix.row[chosen]
