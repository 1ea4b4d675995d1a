"""Planted effects come back: corpus, fake API, reviews, metrics, and each planted value in its interval.

A corpus as small as withholds nothing that is asserted; `python -m benchmarks.planted_effects` has a larger.
"""

import pytest

from orchestration.demo.effects import PlantedEffects
from orchestration.publishing.warehouse import Warehouse
from orchestration.publishing.warehouse_stages import build_facts, build_metrics, estimate_facts
from tests.demo_lake import DemoHome
from tests.planted_claims import claims_of, judged_success_claims, not_recovered
from tests.planted_corpus import labelled_home, planted_plan, review

EFFECTS = PlantedEffects(trouble_share=0.36, partial_share=0.17, verified_of_software=0.08)
"""More trouble than by default: what novices do in trouble needs thirty sessions of them."""

PLAN = planted_plan(EFFECTS, sessions=700, users=40, months=2)
REVIEWS = 200


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, dbt_manifest: object) -> DemoHome:
    """Labelled by the fake, reviewed by the truth, its figures with nothing hidden. Read only.

    What a team sees of them is the matter of other tests: two of the effects are hidden beside small cells.
    """
    team = labelled_home(tmp_path_factory.mktemp("planted-effects"), PLAN)
    review(team, REVIEWS)
    build_facts(team.settings, Warehouse(team.settings))
    home = team.copy(tmp_path_factory.mktemp("shown-effects"), mode="personal")
    estimate_facts(home.settings)
    build_metrics(home.settings, Warehouse(home.settings))
    return home


def test_every_planted_effect_is_in_its_interval(planted: DemoHome) -> None:
    assert not_recovered(claims_of(planted)) == []


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
