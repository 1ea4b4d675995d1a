"""Planted effects of the demo: what is planted is what the written sessions show, and only there."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from orchestration.demo import DemoPlan, PlantedTruth, write_demo_corpus
from orchestration.demo.effects import ModeEffect, PlantedEffects
from orchestration.demo.effects_casting import spread_evenly
from orchestration.demo.effects_stories import STORIES_BY_MODE

EFFECTS = PlantedEffects()
PLAN = DemoPlan(
    end_date=date(2026, 7, 1),
    sessions=600,
    users=40,
    months=2,
    activity_growth=1.0,
    median_turn_seconds=8.0,
    tail_sigma_start=0.5,
    tail_sigma_end=0.5,
    effects=EFFECTS,
)


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> PlantedTruth:
    return write_demo_corpus(tmp_path_factory.mktemp("effects"), PLAN)


def test_without_effects_no_session_has_any(tmp_path: Path) -> None:
    plain = write_demo_corpus(tmp_path, replace(PLAN, sessions=20, effects=None))
    assert {session.effects for session in plain.sessions} == {None}
    assert "effects" not in plain.population


def test_truth_with_effects_reads_back_as_it_was_written(truth: PlantedTruth) -> None:
    assert PlantedTruth.from_json(truth.to_json()).sessions == truth.sessions


def test_verified_success_rises_by_the_planted_step_among_people_of_one_kind(truth: PlantedTruth) -> None:
    found: dict[tuple[int, str], list[bool]] = defaultdict(list)
    for session in truth.sessions:
        if session.outcome != "no_clear_goal" and session.effects is not None:
            effects = session.effects
            found[effects.expertise_level, effects.user_occupation].append(session.is_verified_success)
    assert {level for level, _ in found} == {1, 2, 3, 4, 5}
    for (level, occupation), hits in found.items():
        planted = EFFECTS.verified(level, is_software=occupation == "computer_and_mathematical")
        assert sum(hits) / len(hits) == pytest.approx(planted, abs=2 / len(hits))


def test_novices_in_trouble_abandon_as_planted_and_others_less(truth: PlantedTruth) -> None:
    shown = truth.population["effects"]
    assert shown["troubled"] / shown["with_goal"] == pytest.approx(EFFECTS.trouble_share, abs=0.02)
    assert shown["abandoned_of_troubled_novices"] == pytest.approx(0.40, abs=0.06)
    assert shown["abandoned_of_troubled_others"] == pytest.approx(0.10, abs=0.03)


def test_value_grows_as_planted_and_its_parts_are_the_planted_ones(truth: PlantedTruth) -> None:
    value = truth.population["effects"]["value"]
    within, mix = EFFECTS.value_parts
    assert within + mix == pytest.approx(EFFECTS.value_growth)
    assert value["growth"] == pytest.approx(0.27, abs=0.02)
    assert value["within"] == pytest.approx(within, abs=0.02)
    assert value["mix"] == pytest.approx(mix, abs=0.02)
    assert value["within"] + value["mix"] == pytest.approx(value["growth"])


def test_every_ending_occurs_in_every_mode_and_abandoned_sessions_write_nothing(truth: PlantedTruth) -> None:
    for mode, endings in STORIES_BY_MODE.items():
        for ending, kind in endings.items():
            played = [s for s in truth.sessions if s.story == kind.name]
            assert played, f"{mode}: {ending} is never played"
            assert {session.work_mode for session in played} == {mode}
            assert {session.is_abandoned for session in played} == {ending == "abandoned"}
            is_troubled = ending in ("recovered", "failed", "abandoned")
            assert {session.is_in_trouble for session in played} == {is_troubled}
            assert {s.is_verified_success for s in played} == {ending in ("verified", "recovered")}


def test_shares_that_leave_no_room_are_refused() -> None:
    with pytest.raises(ValueError, match="share of unverified at level"):
        PlantedEffects(verified_per_level=0.15)
    with pytest.raises(ValueError, match="add up to"):
        PlantedEffects(modes=(ModeEffect("build", 0.5, 1.0, 100.0),))


def test_prices_are_spread_evenly_at_every_length() -> None:
    places = [spread_evenly(place) for place in range(1, 8)]
    assert sorted(places) == [n / 8 for n in range(1, 8)]
