"""Headlines equal the planted truth within their interval, or are said to be none.

A labeller without error must be right; the rules may miss what was planted, and are then a baseline. The
comparison fails where outcomes read the label with the opt-out again.
"""

from pathlib import Path

import pytest

from orchestration.publishing.headlines import HEADLINES
from tests.demo_lake import DemoHome
from tests.planted_headlines import (
    NOT_PLANTED,
    SHARES,
    PlantedHeadline,
    labelled_without_error,
    planted_headlines,
    planted_value,
    result_table,
    unwired,
)

LABELLED = {headline.metric for headline in HEADLINES if headline.is_labelled}


@pytest.fixture(scope="module")
def without_error(tmp_path_factory: pytest.TempPathFactory, dbt_manifest: object) -> DemoHome:
    """The demo labelled by who knows the truth. Read only."""
    return labelled_without_error(tmp_path_factory.mktemp("without-error"))


def missed(headlines: list[PlantedHeadline]) -> list[str]:
    """In words, the headlines that are shown as estimates and do not hold what was planted."""
    return [str(one) for one in headlines if not (one.is_recovered or one.is_withheld or one.is_baseline)]


def test_every_headline_has_a_planted_value_or_says_why_not(without_error: DemoHome) -> None:
    for headline in HEADLINES:
        if headline.metric not in NOT_PLANTED:
            assert planted_value(without_error.truth, headline.metric, "claude_code").value is not None


def test_a_labeller_without_error_publishes_what_was_planted(without_error: DemoHome) -> None:
    found = planted_headlines(without_error, "claude")
    assert missed(found) == []
    shown = {one.planted.metric for one in found if one.is_recovered}
    assert LABELLED - NOT_PLANTED.keys() <= shown, "a labelled headline is withheld"
    assert not any(one.is_baseline for one in found)


def test_intervals_are_no_wider_than_tells_something(without_error: DemoHome) -> None:
    """An interval that holds anything would pass: this one excludes one in two and one in ten."""
    (one,) = [
        one
        for one in planted_headlines(without_error, "claude")
        if (one.planted.metric, one.planted.agent) == ("verified_success", "claude_code")
    ]
    assert 0.1 < one.row["interval_low"] < one.row["interval_high"] < 0.5


def test_an_unwired_forced_label_is_found(
    without_error: DemoHome, tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = unwired(without_error, tmp_path_factory.mktemp("unwired"))
    assert any("verified_success (claude_code)" in text for text in missed(found)), [*map(str, found)]


def test_what_the_rules_miss_is_a_baseline_and_no_headline(personal: DemoHome) -> None:
    found = [one for one in planted_headlines(personal, "rules") if one.planted.metric in LABELLED]
    assert {one.planted.metric for one in found} == LABELLED & SHARES.keys()
    assert all(one.is_baseline for one in found), "nobody has reviewed the rules"
    assert missed(planted_headlines(personal, "rules")) == []
    as_estimates = [PlantedHeadline(one.planted, one.row | {"standing": "estimate"}) for one in found]
    assert missed(as_estimates), "the rules recover everything: then they need no baseline"


def test_the_readme_shows_what_the_demo_publishes(without_error: DemoHome, personal: DemoHome) -> None:
    """Where it does not, the table in the message is the one to put there."""
    table = result_table(without_error, personal)
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert table in text, f"README.md shows another result than:\n{table}"
