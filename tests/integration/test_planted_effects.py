"""Planted effects come back: corpus, fake API, reviews, metrics, and each planted value in its interval.

A corpus as small as withholds nothing that is asserted; `python -m benchmarks.planted_effects` has a larger.
"""

import pytest

from orchestration.demo.effects import PlantedEffects
from tests.demo_lake import DemoHome, with_nothing_hidden
from tests.planted_claims import claims_of, judged_success_claims, not_recovered
from tests.planted_corpus import build_all, labelled_home, planted_plan, review

EFFECTS = PlantedEffects(trouble_share=0.36, partial_share=0.17, verified_of_software=0.08)
"""More trouble than by default: what novices do in trouble needs thirty sessions of them."""

PLAN = planted_plan(EFFECTS, sessions=700, users=40, months=2)
REVIEWS = 200


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, dbt_manifest: object) -> DemoHome:
    """Labelled by the fake, reviewed by the truth, built in team mode. Read only."""
    home = labelled_home(tmp_path_factory.mktemp("planted-effects"), PLAN)
    review(home, REVIEWS)
    build_all(home)
    return home


@pytest.fixture(scope="module")
def planted(team: DemoHome, tmp_path_factory: pytest.TempPathFactory) -> DemoHome:
    """The same with nothing hidden. Read only."""
    return with_nothing_hidden(team, tmp_path_factory.mktemp("shown-effects"))


def test_every_planted_effect_is_in_its_interval(planted: DemoHome) -> None:
    assert not_recovered(claims_of(planted)) == []


def test_a_team_has_the_same_effects_and_none_is_withheld(team: DemoHome, planted: DemoHome) -> None:
    """But for what is hidden for the sake of a small cell, which must be the lesser part."""
    claims = claims_of(team)
    shown = [claim for claim in claims if not claim.row["is_suppressed"]]
    assert [str(claim) for claim in shown if claim.row["withheld_reason"] is not None] == []
    assert not_recovered(shown) == []
    everything = {claim.what: claim.interval for claim in claims_of(planted)}
    assert all(claim.interval == pytest.approx(everything[claim.what]) for claim in shown)
    assert len(shown) > len(claims) / 2


def test_the_raw_rate_of_success_misses_the_truth_and_the_corrected_ones_hold_it(planted: DemoHome) -> None:
    claims = judged_success_claims(planted)
    assert not claims["raw"].is_recovered, f"the labels' error does not show: {claims['raw']}"
    assert not_recovered([claims["rogan_gladen"], claims["prediction_powered"]]) == []


def test_an_effect_that_was_not_planted_would_be_missed(planted: DemoHome) -> None:
    """Intervals that hold any value would pass the other tests: these exclude none, and twice as much."""
    by_what = {claim.what: claim for claim in claims_of(planted)}
    for what in ("slope of verified success by level", "growth of value", "abandonment, novices less others"):
        claim = by_what[what]
        assert claim.interval is not None
        low, high = claim.interval
        assert low > 0
        assert high < 2 * claim.planted
