"""Rows of adjusted rates: what is recovered, over which sessions, and what a row says where there is none."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from orchestration.estimates.adjusted_rates import COMPARISONS, Comparison, adjusted_rates
from orchestration.estimates.estimate_row import EstimateRow
from orchestration.estimates.judged_sessions import EXPERTISE_LABELS, WITH_GOAL
from tests.judged_facts import ASKED, ASKED_OF_RULES, facts_of

Key = tuple[str, str, str | None, str, str, str]
BY_EXPERTISE = replace(COMPARISONS[0], populations=(WITH_GOAL,))
JOINT_CELL = replace(BY_EXPERTISE, specifications={"joint_cell": BY_EXPERTISE.specifications["joint_cell"]})
GRADIENT = 0.05
GAP = 0.08


def sessions(n: int = 3_000, *, users: int = 300, seed: int = 5) -> pd.DataFrame:
    """Verified success rises by 5 points a level and 8 for software users; novices meet the easy mode."""
    rng = np.random.default_rng(seed)
    level, user = rng.integers(1, 6, n), rng.integers(0, users, n)
    is_software = user % 2 == 0
    mode = np.where(rng.random(n) < 0.2 + 0.12 * (level - 1), "build", "operate")
    rate = 0.3 + GRADIENT * (level - 1) + GAP * is_software - 0.2 * (mode == "build")
    verified = rng.random(n) < rate
    partial = verified | (rng.random(n) < 0.5)
    frame = pd.DataFrame(
        {
            "user_id": [f"u{number}" for number in user],
            "expertise_level": level,
            "first_prompt_expertise_level": level,
            "work_mode": mode,
            "price_tier": rng.choice(["under_100", "from_100_to_1000"], n),
            "started_month": rng.choice(["2026-01-01", "2026-02-01"], n),
            "work_occupation": "sales",
            "user_occupation": np.where(is_software, "computer_and_mathematical", "legal"),
            "is_software_user": is_software,
            "has_clear_goal": True,
            "is_code_producing": rng.random(n) < 0.5,
            "is_in_trouble_above_3": ~partial,
            "is_in_trouble_from_3": ~partial,
            "is_verified_success": verified,
            "is_judged_success": verified,
            "is_at_least_partial": partial,
            "is_judged_failure": ~partial,
            "is_verified_failure": ~partial,
            "is_failed_without_lines": ~partial & (rng.random(n) < 0.5),
        }
    )
    flags = [name for name in frame if str(name).startswith(("is_", "has_"))]
    return frame.astype({"expertise_level": float} | dict.fromkeys(flags, "boolean"))


def by_key(rows: list[EstimateRow]) -> Mapping[Key, EstimateRow]:
    keys: list[Key] = [
        (
            row.metric_name,
            row.statistic,
            row.specification,
            row.population,
            row.segment_name,
            row.segment_value,
        )
        for row in rows
    ]
    assert len(keys) == len(set(keys)), "one row per key"
    return dict(zip(keys, rows, strict=True))


def estimates(frame: pd.DataFrame, comparison: Comparison) -> Mapping[Key, EstimateRow]:
    return by_key(adjusted_rates(facts_of(frame), [comparison]))


@pytest.fixture(scope="module")
def found() -> Mapping[Key, EstimateRow]:
    return by_key(adjusted_rates(facts_of(sessions())))


def holds(row: EstimateRow, truth: float) -> bool:
    assert row.interval_low is not None
    assert row.interval_high is not None
    return row.interval_low <= truth <= row.interval_high


@pytest.mark.parametrize("specification", ["joint_cell", "additive", "user_fixed_effects"])
def test_planted_gradient_is_recovered_in_every_specification(
    found: Mapping[Key, EstimateRow], specification: str
) -> None:
    slope = found["verified_success", "slope", specification, "with_goal", "expertise", "all"]
    assert holds(slope, GRADIENT)
    assert slope.p_value is not None
    assert slope.p_value < 1e-6


def test_controls_bring_the_raw_slope_to_the_planted_one(found: Mapping[Key, EstimateRow]) -> None:
    names = ["raw", "mode_and_value", "and_month", "and_work_occupation", "and_user_occupation"]
    series = [found["verified_success", "slope", "additive", "with_goal", "controls", name] for name in names]
    assert not holds(series[0], GRADIENT)
    assert all(holds(row, GRADIENT) for row in series[1:])
    assert {row.n_sessions for row in series} == {3_000}
    preferred = found["verified_success", "slope", "additive", "with_goal", "expertise", "all"]
    assert series[-1].estimate == pytest.approx(preferred.estimate)


def test_logit_tells_the_same_slope(found: Mapping[Key, EstimateRow]) -> None:
    effect = found["verified_success", "average_marginal_effect", "logit", "with_goal", "expertise", "all"]
    assert holds(effect, GRADIENT)
    assert effect.n_effective == 3_000


def test_gap_between_occupations_is_recovered(found: Mapping[Key, EstimateRow]) -> None:
    for population in ("with_goal", "code_producing"):
        key = ("verified_success", "coefficient", "joint_cell", population, "occupation_group", "software")
        assert holds(found[key], GAP)


def test_sample_is_the_same_in_every_specification_and_outcome() -> None:
    frame = sessions(1_000)
    frame.loc[:99, "user_occupation"] = "not_inferable"  # the joint cell does not hold it, its sample does
    frame.loc[100:149, "is_verified_success"] = None
    rows = list(estimates(frame, BY_EXPERTISE).values())
    of_novices = {row.n_sessions for row in rows if row.segment_value == "novice"}
    assert of_novices == {int((frame["expertise_level"][150:] == 1).sum())}
    assert {row.unknown_share for row in rows} == {1 - 850 / 1_000}


def test_a_session_without_an_aim_is_in_no_population_and_an_unlabelled_one_is_unknown() -> None:
    frame = sessions(1_000)
    frame.loc[:99, "has_clear_goal"] = False
    frame.loc[100:199, ["has_clear_goal", "is_in_trouble_above_3"]] = None
    slope = estimates(frame, JOINT_CELL)[
        "verified_success", "slope", "joint_cell", "with_goal", "expertise", "all"
    ]
    assert slope.n_sessions == 800
    assert slope.unknown_share == pytest.approx(100 / 900)


def test_outcomes_of_troubled_sessions_are_conditional_on_trouble(found: Mapping[Key, EstimateRow]) -> None:
    abandoned = found["abandoned", "unadjusted", "raw", "in_trouble_above_3", "expertise", "novice"]
    assert abandoned.estimate == pytest.approx(0.5, abs=0.1)
    assert ("abandoned", "unadjusted", "raw", "with_goal", "expertise", "novice") not in found
    failed = found["judged_failure", "unadjusted", "raw", "in_trouble_above_3", "expertise", "novice"]
    assert failed.estimate == 1.0
    slope = found["judged_failure", "slope", "joint_cell", "in_trouble_above_3", "expertise", "all"]
    assert (slope.estimate, slope.withheld_reason) == (None, "no_variation")


def test_few_sessions_few_users_and_no_session_are_withheld() -> None:
    frame = sessions(600)
    frame = frame.loc[(frame["expertise_level"] != 5) | (np.arange(600) < 60)]
    frame.loc[frame["expertise_level"] == 1, "expertise_level"] = None
    found = estimates(frame, JOINT_CELL)
    novice = found["verified_success", "adjusted", "joint_cell", "with_goal", "expertise", "novice"]
    assert (novice.withheld_reason, novice.n_sessions, novice.n_users) == ("no_observations", 0, 0)
    expert = found["verified_success", "adjusted", "joint_cell", "with_goal", "expertise", "expert"]
    assert expert.withheld_reason == "too_few_effective_sessions"
    assert expert.n_sessions == int((frame["expertise_level"] == 5).sum())
    few = estimates(sessions(600, users=15), JOINT_CELL)
    slope = few["verified_success", "slope", "joint_cell", "with_goal", "expertise", "all"]
    assert (slope.estimate, slope.withheld_reason, slope.n_users) == (None, "too_few_users", 15)


def test_unknown_users_are_one_cluster_and_no_user() -> None:
    frame = sessions(1_000)
    frame.loc[:499, "user_id"] = None
    found = estimates(frame, BY_EXPERTISE)
    slope = found["verified_success", "slope", "joint_cell", "with_goal", "expertise", "all"]
    assert slope.n_users == frame["user_id"].nunique()
    assert slope.top_user_share == 0.5
    within = found["verified_success", "slope", "user_fixed_effects", "with_goal", "expertise", "all"]
    assert within.n_effective is not None
    assert within.n_effective <= 500


def test_order_of_sessions_does_not_matter() -> None:
    frame = sessions(800)
    shuffled = frame.sample(frac=1, random_state=4)
    first, second = (estimates(each, COMPARISONS[2]) for each in (frame, shuffled))
    assert list(first) == list(second)
    for key, row in first.items():
        assert row.estimate == pytest.approx(second[key].estimate, abs=1e-7)
        assert row.interval_low == pytest.approx(second[key].interval_low, abs=1e-6)


def test_a_labeller_that_was_not_asked_says_so_once_per_measure() -> None:
    asked = {"claude": [name for name in ASKED if name != "expertise_first_prompt"], "rules": ASKED_OF_RULES}
    rows = adjusted_rates(facts_of(sessions(400), asked=asked))
    of_rules = by_key([row for row in rows if row.labeller == "rules"])
    assert {row.withheld_reason for row in of_rules.values()} == {"not_asked"}
    row = of_rules["verified_success", "adjusted", "joint_cell", "with_goal", "expertise", "all"]
    assert (row.estimate, row.n_sessions, row.unknown_share) == (None, 400, 1.0)
    assert row.fingerprint == "rules-outcome+rules-success_evidence+rules-work_mode"
    of_claude = by_key([row for row in rows if row.labeller == "claude"])
    not_asked = {row.segment_name for row in of_claude.values() if row.withheld_reason == "not_asked"}
    assert not_asked == {"first_prompt_expertise"}


def test_levels_rise_from_1_and_leave_out_the_opt_out() -> None:
    assert EXPERTISE_LABELS == ("novice", "beginner", "intermediate", "advanced", "expert")
