"""Rows of work by expertise: distributions per level, zeros, and the planted change per level."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from orchestration.estimates.estimate_row import EstimateRow
from orchestration.estimates.work_by_expertise import model_family, work_by_expertise
from tests.judged_facts import ASKED, ASKED_OF_RULES, facts_of

Key = tuple[str, str, str | None, str, str]
PER_LEVEL = 0.09


def sessions(n: int = 3_000, *, users: int = 300, seed: int = 7) -> pd.DataFrame:
    """Actions grow by 9 % a level and are twice as many in build, which experts do more often."""
    rng = np.random.default_rng(seed)
    level = rng.integers(1, 6, n)
    mode = np.where(rng.random(n) < 0.1 + 0.15 * (level - 1), "build", "operate")
    actions = 4 * (1 + PER_LEVEL) ** (level - 1) * np.where(mode == "build", 2, 1)
    return pd.DataFrame(
        {
            "user_id": [f"u{number}" for number in rng.integers(0, users, n)],
            "expertise_level": level,
            "work_mode": mode,
            "price_tier": rng.choice(["under_100", "not_inferable"], n, p=[0.9, 0.1]),
            "started_month": "2026-01-01",
            "work_occupation": "sales",
            "user_occupation": rng.choice(["sales", "computer_math"], n),
            "actions_per_prompt": actions * np.exp(rng.normal(0, 0.6, n)),
            "words_per_prompt": 100 * actions,
        }
    )


def estimates(frame: pd.DataFrame) -> Mapping[Key, EstimateRow]:
    rows = work_by_expertise(facts_of(frame))
    keys: list[Key] = [
        (row.metric_name, row.statistic, row.specification, row.population, row.segment_value) for row in rows
    ]
    assert len(keys) == len(set(keys)), "one row per key"
    return dict(zip(keys, rows, strict=True))


@pytest.fixture(scope="module")
def found() -> Mapping[Key, EstimateRow]:
    return estimates(sessions())


def test_geometric_mean_of_a_level_within_a_mode_is_the_planted_one(found: Mapping[Key, EstimateRow]) -> None:
    for label, truth in (("novice", 4.0), ("expert", 4 * 1.09**4)):
        row = found["actions_per_prompt", "geometric_mean", "positives", "work_mode:operate", label]
        assert row.interval_low is not None
        assert row.interval_high is not None
        assert row.interval_low <= truth <= row.interval_high
    raw = found["actions_per_prompt", "geometric_mean", "positives", "all", "expert"].estimate
    assert raw is not None
    assert raw > 8  # the mix of modes, not the level, makes the rest


@pytest.mark.parametrize("specification", ["log_ols", "log_ols_task_subject", "poisson"])
def test_planted_change_per_level_and_step_is_recovered(
    found: Mapping[Key, EstimateRow], specification: str
) -> None:
    for statistic, labels in (
        ("change_per_level", ["all"]),
        ("change_at_level", ["beginner", "intermediate", "advanced", "expert"]),
    ):
        for label in labels:
            row = found["actions_per_prompt", statistic, specification, "all", label]
            assert row.interval_low is not None
            assert row.interval_high is not None
            assert row.interval_low <= PER_LEVEL <= row.interval_high
            assert row.p_value is not None
    per_level = found["actions_per_prompt", "change_per_level", specification, "all", "all"]
    assert per_level.p_value is not None
    assert per_level.p_value < 0.001


def test_the_studys_specification_compares_people_of_one_occupation() -> None:
    """Engineers do twice as much at any level and are rated higher; the task's subject does not show it."""
    frame = sessions()
    rng = np.random.default_rng(3)
    of_users = frame["user_id"].str[1:].astype(int) % 2 == 0
    frame["user_occupation"] = np.where(of_users, "computer_math", "sales")
    level = np.where(of_users, rng.integers(3, 6, len(frame)), rng.integers(1, 4, len(frame)))
    actions = 4 * (1 + PER_LEVEL) ** (level - 1) * np.where(of_users, 2, 1)
    frame = frame.assign(
        expertise_level=level, actions_per_prompt=actions * np.exp(rng.normal(0, 0.6, len(frame)))
    )
    found = estimates(frame)
    study = found["actions_per_prompt", "change_per_level", "log_ols", "all", "all"]
    subject = found["actions_per_prompt", "change_per_level", "log_ols_task_subject", "all", "all"]
    assert study.interval_low is not None
    assert study.interval_high is not None
    assert study.interval_low <= PER_LEVEL <= study.interval_high
    assert subject.interval_low is not None
    assert subject.interval_low > 2 * PER_LEVEL
    assert study.n_sessions == subject.n_sessions


def test_zeros_stay_in_everything_but_the_geometric_mean_of_positives() -> None:
    frame = sessions(1_000).assign(expertise_level=1, actions_per_prompt=[0.0, 0.0, 2.0, 8.0] * 250)
    found = estimates(frame)

    def of(statistic: str, specification: str | None = None) -> EstimateRow:
        return found["actions_per_prompt", statistic, specification, "all", "novice"]

    assert of("geometric_mean", "positives").estimate == pytest.approx(4.0)
    assert of("geometric_mean", "plus_one").estimate == pytest.approx((1 * 1 * 3 * 9) ** 0.25 - 1)
    assert of("mean").estimate == 2.5
    assert of("zero_share").estimate == 0.5
    assert (of("p05").estimate, of("p75").estimate, of("p95").estimate) == (0.0, 2.0, 8.0)
    samples = {row.n_sessions for key, row in found.items() if key[3] == "all" and key[4] == "novice"}
    assert samples == {1_000}  # one n for all statistics: their differences tell nothing


def test_a_session_without_a_typed_prompt_does_not_count_and_an_unrated_one_is_unknown() -> None:
    frame = sessions(1_000)
    frame.loc[:99, "actions_per_prompt"] = None
    frame.loc[100:189, "expertise_level"] = None
    row = estimates(frame)["actions_per_prompt", "mean", None, "all", "novice"]
    assert row.unknown_share == pytest.approx(0.1)
    assert row.n_sessions == int((frame["expertise_level"][190:] == 1).sum())


def test_few_sessions_are_withheld_in_every_statistic() -> None:
    frame = sessions(1_000)
    novices = frame.index[frame["expertise_level"] == 1]
    found = estimates(frame.drop(novices[25:]))
    rows = [row for key, row in found.items() if key[3:] == ("all", "novice")]
    assert {row.withheld_reason for row in rows} == {"too_few_effective_sessions"}
    assert {row.n_sessions for row in rows} == {25}
    assert {row.estimate for row in rows} == {None}


def test_a_change_needs_a_known_value_band(found: Mapping[Key, EstimateRow]) -> None:
    row = found["words_per_prompt", "change_per_level", "poisson", "all", "all"]
    known = int((sessions()["price_tier"] != "not_inferable").sum())
    assert (row.n_sessions, row.unknown_share) == (known, pytest.approx(1 - known / 3_000))


def test_order_of_sessions_does_not_matter() -> None:
    frame = sessions(600)
    first, second = estimates(frame), estimates(frame.sample(frac=1, random_state=4))
    for key, row in first.items():
        assert row.estimate == pytest.approx(second[key].estimate)


def test_a_labeller_says_what_it_was_not_asked() -> None:
    asked = {"claude": [name for name in ASKED if name != "task_value"], "rules": ASKED_OF_RULES}
    rows = work_by_expertise(facts_of(sessions(300), asked=asked))
    not_asked = {(row.labeller, row.statistic) for row in rows if row.withheld_reason == "not_asked"}
    assert not_asked == {
        ("claude", "change_per_level"), ("rules", "change_per_level"), ("rules", "geometric_mean"),
    }  # fmt: skip
    assert {row.withheld_reason for row in rows if row.labeller == "rules"} == {"not_asked"}
    assert not [row for row in rows if row.population.startswith("value_band:")]


def test_family_of_a_model_is_its_name_without_maker_and_version() -> None:
    names = ["claude-opus-4-5-20251101", "claude-3-5-sonnet-20241022", "claude-haiku-latest", "<synthetic>"]
    assert [model_family(name) for name in names] == ["opus", "sonnet", "haiku", "synthetic"]
