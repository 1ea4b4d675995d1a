"""Two hundred random populations: what their release shows tells none of the counts that it hides.

Each population is an agent of one release, made as a release is made: sums per user, small values merged,
small cells and what would tell them hidden (orchestration.privacy.protect). The attack reads published
columns alone. A bypass makes it fail: a hidden cell that is shown, a nested rate that nobody declared.
"""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from orchestration.measures.count_relations import count_identities
from orchestration.privacy.attack import Attack, attack
from orchestration.privacy.protect import protect_figures
from orchestration.privacy.released_counts import COUNT_KEY, released_counts
from orchestration.privacy.rules import PublishingRules
from tests.found_relations import undeclared_relations
from tests.merged_sums import FIGURE, figures_of, merged_sums
from tests.planted_release import NUMBERS, TABLE, hidden_where, random_sessions, true_figures, user_sums
from tests.sensitive_counts import nearly_known, sensitive_counts, shown_sensitive

BATCHES, BATCH = 5, 40
"""Populations in one release: their equations have nothing in common."""

RULES = PublishingRules()


@cache
def planted(batch: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What a release of this batch's populations shows, and everything that is true of them."""
    numbers = range(batch * BATCH, (batch + 1) * BATCH)
    sums = pd.concat(
        [user_sums(random_sessions(number), f"agent {number:03}") for number in numbers], ignore_index=True
    )
    true = figures_of(merged_sums({TABLE: sums}, RULES))
    return published(protect_figures(true, RULES)), true.assign(is_suppressed=False)


def published(figures: pd.DataFrame) -> pd.DataFrame:
    return figures.assign(is_suppressed=figures["suppressed_reason"].notna())


def attacked(figures: pd.DataFrame) -> Attack:
    return attack(figures, count_identities())


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_hidden_count_follows_from_what_is_shown(batch: int) -> None:
    shown, _ = planted(batch)
    found = attacked(shown)
    assert not found.unmet_equations
    assert len(found.hidden) > 100, "populations without small cells prove nothing"
    assert found.shown_count > 100, "nothing is told where nothing is shown"
    assert found.told.empty


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_sensitive_count_stands_anywhere_or_is_nearly_known(batch: int) -> None:
    shown, true = planted(batch)
    sensitive = sensitive_counts(true.merge(shown[FIGURE], on=FIGURE), RULES, count_identities())
    assert len(sensitive) > 100
    assert shown_sensitive(shown, sensitive, count_identities()) == []
    assert nearly_known(shown, sensitive, RULES, count_identities()) == []


def test_a_hidden_cell_that_is_shown_after_all_gives_another_away() -> None:
    shown, true = planted(0)
    truth = shown[FIGURE].merge(true[[*FIGURE, *NUMBERS]], on=FIGURE, how="left")
    hidden = shown.index[shown["numerator"].isna() & shown["period_kind"].eq("month")]
    bypassed = shown.copy()
    bypassed.loc[hidden[::2], NUMBERS] = truth.loc[hidden[::2], NUMBERS].to_numpy()
    assert not attacked(bypassed).told.empty


def without_small_cells(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Figures of which small cells alone are hidden, and nothing that tells them; and all that is true."""
    true = true_figures(user_sums(random_sessions(seed)))
    small = (true["n_users"] < RULES.min_users) | (true["n_sessions"] < RULES.min_sessions)
    return hidden_where(true, small), true


def test_where_small_cells_alone_are_hidden_the_same_reader_computes_many() -> None:
    hidden, _ = without_small_cells(1)
    assert len(attacked(hidden).told) > 20


def test_sensitive_counts_that_stand_somewhere_or_are_nearly_known_are_found() -> None:
    hidden, true = without_small_cells(1)
    sensitive = sensitive_counts(true, RULES, count_identities())
    assert len(shown_sensitive(true, sensitive, count_identities())) > 100
    assert len(nearly_known(hidden, sensitive, RULES, count_identities())) > 20


def test_what_the_attack_tells_is_true() -> None:
    hidden, true = without_small_cells(1)
    told = attacked(hidden).told
    truth = released_counts(true, count_identities()).drop_duplicates(list(COUNT_KEY))
    beside = told[list(COUNT_KEY)].merge(truth, on=list(COUNT_KEY), how="left")
    assert np.allclose(beside["value"].to_numpy(float), told["told_value"].to_numpy(float))


def test_a_cell_of_the_release_before_tells_what_this_one_hides() -> None:
    """The cells did not change, and neither did their totals: who kept the old release has the figures."""
    true = true_figures(user_sums(random_sessions(2)))
    hidden = hidden_where(true, true["period_kind"].eq("month"))
    together = attack(hidden, count_identities(), previous=true)
    assert len(together.told) > len(attacked(hidden).told)


def test_a_nested_rate_that_nobody_declared_is_found_in_planted_people() -> None:
    """A second table counts the sessions in trouble under a name of its own.

    The planted people are simpler than real ones, so that more holds of them than by definition.
    """
    sums = pd.concat([user_sums(random_sessions(n), f"agent {n}") for n in (1, 4, 7)])
    figures = true_figures(sums)
    by_chance = undeclared_relations(figures, count_identities())
    assert not any("bypass" in relation for relation in by_chance)
    copied = figures[figures["metric_name"] == "trouble_above_3"].assign(metric_name="bypass")
    found = undeclared_relations(pd.concat([figures, copied], ignore_index=True), count_identities())
    assert any("bypass" in relation for relation in found)
