"""What is hidden of a release: small counts, what tells them, the same count elsewhere; and what is not."""

from typing import Any

import pandas as pd
import pytest

from orchestration.measures.count_relations import CountIdentities, CountNames, CountTraits, Relation
from orchestration.privacy.blank import banded
from orchestration.privacy.rules import PublishingRules
from tests.planted_sums import identities as planted_identities
from tests.tiny_figures import Row, overall, protected, rate, values

SHOWN = {"numerator", "denominator", "n_sessions", "n_users", "estimate"}


def hidden_values(figures: pd.DataFrame, metric: str, column: str) -> list[str]:
    """Values of segments of which that column is hidden, over the whole time."""
    found = figures.reset_index()
    is_own = found["metric_name"].eq(metric) & found["period_kind"].eq("overall")
    return sorted(found.loc[is_own & found[column].isna(), "segment_value"])


@pytest.mark.parametrize(("counted", "beyond"), [(4, 20), (20, 4)])
def test_a_numerator_or_complement_of_few_users_is_hidden_and_its_population_is_not(
    counted: int, beyond: int
) -> None:
    row = overall(
        protected(rate("judged_success", 50, 100, counted=counted, beyond=beyond)), "judged_success"
    )
    assert SHOWN & row.keys() == {"denominator", "n_sessions", "n_users"}
    assert row["suppressed_reason"] == "small_cell"
    assert "interval_low" not in row


@pytest.mark.parametrize("small", [{"users": 4}, {"denominator": 14}, {"top_user_share": 0.6}])
def test_a_population_that_is_small_or_mostly_one_users_shows_nothing(small: Row) -> None:
    found = protected(rate("judged_success", 7, **{"denominator": 100} | small))
    assert not SHOWN & overall(found, "judged_success").keys()


@pytest.mark.parametrize(("numerator", "counted", "beyond"), [(0, 0, 12), (96, 12, 0)])
def test_all_or_none_is_shown_of_a_large_population_alone(numerator: int, counted: int, beyond: int) -> None:
    large = rate("judged_success", numerator, 96, users=12, counted=counted, beyond=beyond)
    assert overall(protected(large), "judged_success").keys() >= SHOWN
    small = large | {"n_users": 8, "numerator_users": min(counted, 8), "complement_users": min(beyond, 8)}
    assert "numerator" not in overall(protected(small), "judged_success")


def test_a_count_is_hidden_under_every_name_that_it_has() -> None:
    """What failed above a score of 3 is all but 2 of the troubled sessions, and few of those with a score."""
    found = protected(
        rate("verified_failure", 60, 200),
        rate("judged_failure_of_troubled_above_3", 60, 62, beyond=2),
    )
    for metric in ("verified_failure", "judged_failure_of_troubled_above_3"):
        assert SHOWN & overall(found, metric).keys() == {"denominator", "n_sessions", "n_users"}


def test_a_numerator_that_is_hidden_is_hidden_where_it_is_a_population() -> None:
    outcomes: Row = {"table_name": "rpt_outcomes"}
    found = protected(
        rate("trouble", 95, 100, beyond=3, **outcomes),
        rate("recovered_of_troubled", 50, 95, **outcomes),
        identities=planted_identities(),
    )
    assert SHOWN & overall(found, "trouble").keys() == {"denominator", "n_sessions", "n_users"}
    assert not {"denominator", "n_sessions", "estimate"} & overall(found, "recovered_of_troubled").keys()


def test_a_hidden_value_takes_another_with_it_so_that_the_rest_tells_nothing() -> None:
    cells = {"one": (3, 9), "two": (50, 100), "three": (60, 110)}
    found = protected(*values("judged_success", "work_mode", cells, users={"one": 3}))
    hidden = hidden_values(found, "judged_success", "denominator")
    assert "one" in hidden
    assert len(hidden) == 2
    assert overall(found, "judged_success")["denominator"] == 219


def test_a_total_less_its_shown_parts_is_a_count_too() -> None:
    """Of a half of the sessions a rating was asked. Three are in no value: one value is hidden with them."""
    rows = values("judged_success", "failure_rating", {"0": (30, 60), "1": (31, 72)})
    rows[0] |= {"numerator": 63, "denominator": 135, "n_sessions": 135}
    assert len(hidden_values(protected(*rows), "judged_success", "denominator")) == 1
    rows[0] |= {"numerator": 75, "denominator": 175, "n_sessions": 175}
    assert hidden_values(protected(*rows), "judged_success", "denominator") == []


def test_between_two_related_counts_no_few_sessions_are_told() -> None:
    """Two sessions with a goal that nobody had to name: the rate beside published values stays."""
    found = protected(rate("judged_success", 50, 100), rate("judged_success_opt_out", 40, 98))
    assert overall(found, "judged_success").keys() >= SHOWN
    assert "denominator" not in overall(found, "judged_success_opt_out")
    found = protected(rate("judged_success", 50, 100), rate("judged_success_opt_out", 40, 90))
    assert overall(found, "judged_success_opt_out").keys() >= SHOWN


def test_a_large_total_of_nothing_shows_its_parts_which_it_tells() -> None:
    cells: dict[str, tuple[float, float]] = {"one": (0, 120), "two": (0, 48)}
    rows = values("judged_success", "work_mode", cells)
    found = protected(*(row | {"numerator_users": 0, "complement_users": 12} for row in rows))
    assert found["numerator"].tolist() == [0, 0, 0]
    assert hidden_values(found, "judged_success", "estimate") == ["two"]


def months(sizes: list[int]) -> list[Row]:
    """A rate by months; of few users where there are few sessions."""
    return [
        rate(
            "judged_success", size // 2, size, users=min(size, 20), counted=min(size // 2, 15),
            beyond=min(size // 2, 15), period_kind="month", period_start=f"2026-{number:02d}-01",
        )
        for number, size in enumerate(sizes, start=1)
    ]  # fmt: skip


def test_a_layer_of_which_little_could_be_shown_is_left_out_and_the_whole_stays() -> None:
    found = protected(rate("judged_success", 63, 130), *months([60, 60, 4, 4, 2]))
    assert found.index.get_level_values("period_kind").tolist() == ["overall"]
    assert overall(found, "judged_success").keys() >= SHOWN
    found = protected(rate("judged_success", 63, 134), *months([60, 60, 10, 4]))
    assert found.index.get_level_values("period_kind").tolist() == ["overall", *["month"] * 4]


def test_everybody_over_the_whole_time_has_a_row_even_if_it_shows_nothing() -> None:
    found = protected(rate("judged_success", 2, 4, users=3))
    assert overall(found, "judged_success")["suppressed_reason"] == "small_cell"


def related(relations: list[Relation], **metrics: tuple[str, str]) -> CountIdentities:
    """Identities of rates by name, each with the names of its numerator and denominator."""
    names = {
        ("rpt_session_outcomes", metric): CountNames(y, n, n, f"{metric} unknown", frozenset())
        for metric, (y, n) in metrics.items()
    }
    return CountIdentities(names, CountTraits(relations=tuple(relations)))


def test_what_is_told_all_the_same_is_written_down_without_an_estimate() -> None:
    """The smaller whole goes, or 2 sessions were told; its half follows from what another rate shows."""
    identities = related(
        [Relation(total="whole", parts=("smaller",), is_whole=False),
         Relation(total="both", parts=("half", "third"))],
        part=("part", "whole"), another=("another", "whole"), half=("half", "smaller"),
        third=("third", "both"),
    )  # fmt: skip
    found = protected(
        rate("part", 40, 100), rate("another", 60, 100), rate("half", 50, 98), rate("third", 30, 80),
        identities=identities,
    )  # fmt: skip
    row = overall(found, "half")
    assert row["numerator"] == 50
    assert not {"denominator", "n_sessions", "estimate", "interval_low"} & row.keys()
    assert row["suppressed_reason"] == "small_cell"


@pytest.mark.parametrize(("counted", "is_shown"), [(4, False), (15, True)])
def test_an_estimate_goes_with_the_rate_that_it_is_of(counted: int, is_shown: bool) -> None:
    estimate: dict[str, Any] = {
        "table_name": "rpt_corrected_rates", "metric_kind": "estimate", "numerator": None,
        "denominator": None, "estimate": 0.52, "statistic": "corrected",
    }  # fmt: skip
    plain = rate("judged_success", 50, 100, counted=counted)
    found = protected(plain, plain | estimate)
    assert found["estimate"].notna().tolist() == [is_shown, is_shown]


def test_a_population_of_nobody_is_not_hidden() -> None:
    nobody = rate("judged_success", 0, 1, users=0, counted=0, beyond=0)
    gone = {"denominator": 0, "n_sessions": 0, "estimate": None, "top_user_share": None}
    found = protected(nobody | gone)
    row = overall(found, "judged_success")
    assert row["n_sessions"] == 0
    assert "suppressed_reason" not in row


def test_counts_that_were_rounded_down_to_nothing_are_of_few_people_not_of_nobody() -> None:
    curve = rate("interrupt_curve", 0, 1, users=0, table_name="rpt_experience_curves", metric_kind="estimate")
    rounded = {"numerator": None, "denominator": None, "n_sessions": 0, "top_user_share": 0.75}
    row = overall(protected(curve | rounded), "interrupt_curve")
    assert row["suppressed_reason"] == "small_cell"
    assert "estimate" not in row


def test_few_unknown_sessions_are_hidden_and_the_rate_is_not() -> None:
    row = overall(
        protected(rate("judged_success", 50, 100, unknown_count=3, unknown_share=3 / 103)), "judged_success"
    )
    assert "unknown_share" not in row
    assert row.keys() >= SHOWN


def test_shares_of_the_heaviest_user_come_in_bands() -> None:
    found = banded(pd.Series([0.1, 0.25, 0.4, 0.9, None]))
    assert found.fillna("").tolist() == ["up to 25 %", "up to 25 %", "25 to 50 %", "above 50 %", ""]


def test_personal_mode_hides_nothing() -> None:
    rows = [rate("judged_success", 1, 1, users=1, counted=1, beyond=0), *months([4, 2])]
    found = protected(*rows, rules=PublishingRules(mode="personal"))
    assert len(found) == 3
    assert found["numerator"].tolist() == [1, 2, 1]
    assert found["suppressed_reason"].isna().all()
