"""One person sees every estimate of their own sessions, flagged; a team of one sees none of them."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from orchestration.estimates.adjusted_rates import adjusted_rates
from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.changes_over_time import changes_over_time
from orchestration.estimates.estimate_row import EstimateRow
from orchestration.estimates.figure import figures_of
from orchestration.estimates.occupation_gaps import occupation_gaps
from orchestration.estimates.work_by_expertise import work_by_expertise
from orchestration.statistics.rate_difference import slope_within
from orchestration.statistics.withholding import showing_all
from tests.judged_facts import facts_of

Computed = Callable[[BuiltFacts], list[EstimateRow]]

TABLES: tuple[Computed, ...] = (adjusted_rates, changes_over_time, occupation_gaps, work_by_expertise)
LEVELS = np.array(["novice", "beginner", "intermediate", "advanced", "expert"])
CANNOT_BE_COMPUTED = {"no_observations", "no_contrast", "no_variation", "did_not_converge"}
"""Reasons that stay: nothing is there to compute the estimate from."""


def sessions_of_one_person(n: int = 90) -> pd.DataFrame:
    """Three months of a person of one occupation, of all levels of expertise."""
    rng = np.random.default_rng(3)
    month, level = np.arange(n) % 3, rng.integers(1, 6, n)
    verified, judged = rng.random(n) < 0.1 + 0.12 * level, rng.random(n) < 0.6
    days = (np.datetime64("2026-01") + month).astype("datetime64[D]")
    return pd.DataFrame(
        {
            "user_id": "me",
            "started_month": days.astype(str),
            "started_local_date": (days + np.arange(n) // 3 % 28).astype(str),
            "work_mode": np.where(rng.random(n) < 0.5, "build", "fix"),
            "price_tier": "under_100",
            "price_usd": rng.uniform(10, 90, n),
            "work_occupation": "computer_and_mathematical",
            "user_occupation": "computer_and_mathematical",
            "expertise": LEVELS[level - 1],
            "expertise_level": level,
            "first_prompt_expertise_level": level,
            "has_clear_goal": True,
            "is_code_producing": rng.random(n) < 0.7,
            "is_software_user": True,
            "is_verified_success": verified,
            "is_at_least_partial": verified | judged,
            "is_judged_success": verified | (judged & (rng.random(n) < 0.5)),
            "is_judged_failure": ~verified & ~judged,
            "is_verified_failure": ~verified & ~judged & (rng.random(n) < 0.5),
            "is_in_trouble_above_3": rng.random(n) < 0.4,
            "is_in_trouble_from_3": rng.random(n) < 0.6,
            "is_failed_without_lines": ~verified & (rng.random(n) < 0.3),
            "actions_per_prompt": rng.integers(0, 20, n),
            "words_per_prompt": rng.integers(0, 300, n),
        }
    )


@pytest.fixture(scope="module")
def facts() -> BuiltFacts:
    return facts_of(sessions_of_one_person())


@pytest.mark.parametrize("table", TABLES)
def test_one_person_sees_whatever_can_be_computed(table: Computed, facts: BuiltFacts) -> None:
    with showing_all():
        rows = table(facts)
    shown = [row for row in rows if row.estimate is not None]
    assert {row.withheld_reason for row in rows} - {None} <= CANNOT_BE_COMPUTED
    assert len(shown) > 3
    assert {row.is_imprecise for row in shown} == {True}
    assert {row.is_imprecise for row in rows if row.estimate is None} <= {None}
    assert any(row.interval_low is not None for row in shown)


@pytest.mark.parametrize("table", TABLES)
def test_a_team_sees_no_estimate_of_one_person(table: Computed, facts: BuiltFacts) -> None:
    rows = table(facts)
    assert [row for row in rows if row.estimate is not None] == []
    assert {row.is_imprecise for row in rows} == {None}


def test_a_figure_carries_the_flag(facts: BuiltFacts) -> None:
    with showing_all():
        rows = occupation_gaps(facts)
    figures = figures_of("rpt_occupation_gaps", "claude_code", rows)
    assert figures["is_imprecise"].tolist() == [row.is_imprecise for row in rows]


def test_the_change_within_one_person_is_that_of_their_own_sessions() -> None:
    """Errors are of sessions then, but what is held fixed is the person: sessions have one number each."""
    rng = np.random.default_rng(5)
    doublings = np.log2(1 + np.arange(80))
    hits = (rng.random(80) < 0.2 + 0.1 * doublings).astype(float)
    with showing_all():
        found = slope_within(hits, doublings, ["me"] * 80)
    assert found.estimate.withheld_reason is None
    assert found.estimate.value == pytest.approx(np.polyfit(doublings, hits, 1)[0])
    assert found.n_effective == 80
    assert slope_within(hits, doublings, ["me"] * 80).estimate.withheld_reason == "too_few_users"
