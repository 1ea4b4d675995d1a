"""Hides what a release must not show, in all of its tables at once (METHODS 4.10; ADR 0037).

Belongs here: from figures with everything shown to figures as they may be published together: layers that
are too fine left out, small counts hidden, then whatever else tells a hidden count. Not here: the rule for a
single count (small_counts), what tells a hidden count (telling_counts), merging values beforehand (coarsen),
the columns that become null (blank). Personal mode hides nothing.
"""

from typing import Any

import numpy as np
import pandas as pd

from orchestration.estimates.figure import KEY
from orchestration.measures.count_relations import CountIdentities, count_identities
from orchestration.measures.registry import compared_metrics
from orchestration.privacy.blank import banded, blanked
from orchestration.privacy.count_system import CountSystem
from orchestration.privacy.displayed import Displayed
from orchestration.privacy.duration_counts import TABLE as DURATIONS
from orchestration.privacy.duration_counts import duration_figures, protected_durations
from orchestration.privacy.layers import is_fine_enough, shows_anything
from orchestration.privacy.released_counts import COUNT_KEY, released_counts
from orchestration.privacy.rules import PublishingRules
from orchestration.privacy.small_counts import few_unknown, small_populations, telling_numerators
from orchestration.privacy.telling_counts import hide_what_tells


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


def _known_nothing(displayed: Displayed, system: CountSystem) -> Any:
    """Per figure whether a shown count tells that its hidden numerator is nothing."""
    values = np.where(displayed.shown_counts(), system.counts["value"].to_numpy(float), np.nan)
    entries = displayed.entries
    is_nothing = system.holds_nothing(values)[entries["number"].to_numpy(int)]
    found = np.zeros(len(displayed.figures), dtype=bool)
    found[entries.loc[is_nothing & entries["role"].eq("numerator").to_numpy(), "figure"].to_numpy(int)] = True
    return found
