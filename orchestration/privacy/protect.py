"""Hides what a release must not show, in all of its tables at once (METHODS 4.10; ADR 0037).

Belongs here: from figures with everything shown to figures as they may be published together: layers that
are too fine left out, small counts hidden, then whatever else tells a hidden count. Not here: the rule for a
single count (small_counts), merging values beforehand (coarsen), the columns that become null (blank).
Personal mode hides nothing.

A hidden count is told when the equations between all counts of a release leave it a single value, or fewer
than `min_users` of them. Of every equation that tells one, the shown count that costs the release least is
hidden too, those of everybody over the whole time last, until none does. The equations are those of the
attack (ADR 0036), which runs again on what was published.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from orchestration.estimates.figure import KEY
from orchestration.measures.count_relations import CountIdentities, count_identities
from orchestration.measures.registry import compared_metrics
from orchestration.privacy.blank import banded, blanked
from orchestration.privacy.count_system import CountSystem, Solution
from orchestration.privacy.displayed import Displayed
from orchestration.privacy.duration_counts import TABLE as DURATIONS
from orchestration.privacy.duration_counts import duration_figures, protected_durations
from orchestration.privacy.layers import is_fine_enough, shows_anything
from orchestration.privacy.released_counts import COUNT_KEY, released_counts
from orchestration.privacy.rules import PublishingRules
from orchestration.privacy.small_counts import few_unknown, small_populations, telling_numerators

MOST_ROUNDS = 20
"""How often what is told all the same is written down, before it is hidden with what tells it."""


def protect_release(
    figures: pd.DataFrame, durations: pd.DataFrame, rules: PublishingRules
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Figures and durations of turns of one release as they may be shown together."""
    together = pd.concat([figures, duration_figures(durations)], ignore_index=True)
    shown = protect_figures(together.reindex(columns=figures.columns), rules)
    is_duration = shown["table_name"] == DURATIONS
    return shown[~is_duration].reset_index(drop=True), protected_durations(
        durations, shown[is_duration], rules
    )


def protect_figures(
    figures: pd.DataFrame, rules: PublishingRules, identities: CountIdentities | None = None
) -> pd.DataFrame:
    """The figures of a release as they may be shown, in the given order.

    `figures`: one row per row of every published table, with the columns of `estimates.figure.Figure` and
    its private ones, nothing hidden. Layers of which little could be shown are left out. A row of which a
    count is hidden has no estimate and `suppressed_reason`, and no other word says why. It keeps those of its
    counts that are shown elsewhere or told all the same.
    """
    found = figures.reset_index(drop=True)
    found = found.assign(top_user_share_band=banded(found["top_user_share"]), suppressed_reason=None)
    if rules.is_personal or found.empty:
        return found
    # Of counts that cost the same the first is hidden: which one that is must not depend on the given order.
    places = _ordered(found)
    found = found.loc[places].reset_index(drop=True)
    is_small, is_telling = small_populations(found, rules), telling_numerators(found, rules)
    is_fine = is_fine_enough(found, ~(is_small | is_telling) & (found["n_sessions"].to_numpy(float) > 0))
    found, places = found[is_fine].reset_index(drop=True), places[is_fine]
    is_small, is_telling = is_small[is_fine], is_telling[is_fine]
    identities = identities or count_identities()
    released = released_counts(found, identities)
    system = CountSystem.of(released, identities.traits)
    displayed = _displayed(found, released, system)
    sensitive = _sensitive(displayed, is_small, is_telling, few_unknown(found, rules))
    displayed.hide_counts(np.flatnonzero(sensitive))
    hide_what_tells(displayed, system, rules, sensitive)
    protected = blanked(found, displayed, _known_nothing(displayed, system))
    is_estimate = found["metric_kind"].eq("estimate").to_numpy()
    is_kept = shows_anything(found, ~displayed.shows_nothing()) | is_estimate
    kept: pd.DataFrame = protected[is_kept].set_axis(places[is_kept], axis="index").sort_index()
    return kept.reset_index(drop=True)


def _ordered(figures: pd.DataFrame) -> Any:
    """Positions of the figures by their key."""
    keys = figures.reindex(columns=KEY).astype(object)
    keys["period_start"] = pd.to_datetime(keys["period_start"]).astype(object)
    return keys.where(keys.notna(), "").astype(str).sort_values([*KEY], kind="stable").index.to_numpy()


def _sensitive(displayed: Displayed, is_small: Any, is_telling: Any, has_few_unknown: Any) -> Any:
    """Which counts must not be known: those of small populations, telling numerators, few unknown sessions.

    Of the parts of a distribution the denominator is the whole population, which a small part is not.
    """
    entries, figures = displayed.entries, displayed.figures
    figure, role = entries["figure"].to_numpy(int), entries["role"].to_numpy(str)
    is_of_whole = (role == "denominator") & figures["metric_kind"].eq("share").to_numpy()[figure]
    is_sensitive = (
        (is_small[figure] & ~is_of_whole)
        | (is_telling[figure] & (role == "numerator"))
        | (has_few_unknown[figure] & (role == "unknown"))
    )
    found = np.zeros(displayed.count_size, dtype=bool)
    found[entries.loc[is_sensitive, "number"].to_numpy(int)] = True
    return found


def _displayed(figures: pd.DataFrame, released: pd.DataFrame, system: CountSystem) -> Displayed:
    numbers = system.counts[[*COUNT_KEY, "number"]]
    entries = released.merge(numbers, on=list(COUNT_KEY), how="left")
    return Displayed(
        figures,
        entries[entries["value"].notna()].reset_index(drop=True),
        len(system.counts),
        compared_metrics(),
    )


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


def _known_nothing(displayed: Displayed, system: CountSystem) -> Any:
    """Per figure whether a shown count tells that its hidden numerator is nothing."""
    values = np.where(displayed.shown_counts(), system.counts["value"].to_numpy(float), np.nan)
    entries = displayed.entries
    is_nothing = system.holds_nothing(values)[entries["number"].to_numpy(int)]
    found = np.zeros(len(displayed.figures), dtype=bool)
    found[entries.loc[is_nothing & entries["role"].eq("numerator").to_numpy(), "figure"].to_numpy(int)] = True
    return found
