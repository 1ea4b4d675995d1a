"""What a reader finds in a release: figures that several tables have are one figure."""

from typing import Any

import pandas as pd

from orchestration.measures.count_relations import count_identities
from orchestration.privacy.attack import attack
from orchestration.privacy.released_counts import released_counts
from orchestration.privacy.released_figures import COLUMNS, TOLD, without_repeats
from tests.tiny_figures import Row, rate

OUTCOMES, BESIDE = "rpt_session_outcomes", "rpt_published_beside_own"


def frame(*rows: Row) -> pd.DataFrame:
    found = pd.DataFrame(rows).reindex(columns=[*COLUMNS, "table_name"])
    return found.assign(is_suppressed=found["n_sessions"].isna())


def level(value: str, **changes: Any) -> Row:
    return rate("judged_success", 30, 60, segment_name="expertise", segment_value=value) | changes


def hidden(row: Row) -> Row:
    return row | dict.fromkeys(("numerator", "denominator", *TOLD))


def test_a_repeated_figure_is_not_counted_again() -> None:
    own = level("expert", table_name=OUTCOMES)
    found = without_repeats(frame(own, own | {"table_name": BESIDE, "numerator": None}))
    assert found["table_name"].tolist() == [OUTCOMES]


def test_a_repeated_figure_that_shows_more_gives_it_away() -> None:
    own = level("expert", table_name=OUTCOMES)
    found = without_repeats(frame(hidden(own), own | {"table_name": BESIDE}))
    (row,) = found.to_dict("records")
    assert row["table_name"] == OUTCOMES
    assert row["n_sessions"] == 60


def test_a_repeated_figure_that_nobody_else_has_stays_if_it_shows_anything() -> None:
    shown, empty = level("expert", table_name=BESIDE), hidden(level("novice", table_name=BESIDE))
    found = without_repeats(frame(rate("judged_success", 50, 100, table_name=OUTCOMES), shown, empty))
    assert found["segment_value"].tolist() == ["all", "expert"]


def test_some_values_of_a_segment_that_are_repeated_do_not_add_up_to_all() -> None:
    """Two of three levels stand beside published values: what is left is the third, not a hidden one."""
    levels = [level(value, table_name=OUTCOMES) for value in ("novice", "expert", "beginner")]
    whole = rate("judged_success", 90, 180, table_name=OUTCOMES)
    repeats = [row | {"table_name": BESIDE} for row in (whole, hidden(levels[0]), levels[1])]
    found = attack(without_repeats(frame(whole, *levels, *repeats)), count_identities())
    assert found.told.empty
    assert found.unmet_equations == ()


def test_what_is_unknown_of_the_parts_of_a_distribution_is_unknown_of_the_whole() -> None:
    parts = [
        rate("work_mode_share", 30, 100, segment_name="work_mode", segment_value=mode,
             table_name="rpt_label_shares", metric_kind="share", unknown_share=0.2)
        for mode in ("fix", "build")
    ]  # fmt: skip
    counts = released_counts(frame(*parts), count_identities())
    unknown = counts[counts["role"] == "unknown"]
    assert unknown["segment_value"].tolist() == ["all", "all"]
    assert unknown["value"].tolist() == [25, 25]
