"""Which values of a segment are merged before figures are computed."""

from collections.abc import Mapping, Sequence

import pandas as pd
import pytest

from orchestration.privacy.groupings import groupings_of
from orchestration.privacy.rules import PublishingRules

TEAM = PublishingRules()


def base(values: Mapping[str, Sequence[int]]) -> pd.DataFrame:
    """Sessions per value and user."""
    return pd.DataFrame(
        [
            ("a", "rules", "mode", value, f"u{number}", count)
            for value, users in values.items()
            for number, count in enumerate(users)
            if count
        ],
        columns=["agent", "labeller", "segment_name", "segment_value", "user_id", "session_count"],
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"one": [5] * 8, "two": [5] * 6}, {"one": "one", "two": "two"}),
        # Two small values are not enough together: the next smallest joins.
        (
            {"one": [1] * 3, "two": [1] * 2, "three": [3] * 6, "four": [9] * 9},
            {"one": "all_other", "two": "all_other", "three": "all_other", "four": "four"},
        ),
        # One user above half is as telling as a small value.
        ({"one": [90, *[3] * 9], "two": [9] * 12}, {"one": None, "two": None}),
        ({"one": [1] * 3, "two": [1] * 3}, {"one": None, "two": None}),
    ],
)
def test_small_values_are_merged_until_they_are_safe(
    values: dict[str, Sequence[int]], expected: dict[str, str | None]
) -> None:
    found = groupings_of(base(values), TEAM).set_index("segment_value")["group_value"]
    assert found.astype(object).where(found.notna(), None).to_dict() == expected


def test_unknown_users_are_one_group_and_nobody() -> None:
    rows = base({"one": [5] * 8, "two": [4] * 5, "three": [2] * 5})
    unknown = rows["segment_value"].eq("two") & rows["user_id"].isin(["u3", "u4"])
    rows["user_id"] = rows["user_id"].mask(unknown)
    found = groupings_of(rows, TEAM).set_index("segment_value")["group_value"]
    assert found.to_dict() == {"one": "one", "three": "all_other", "two": "all_other"}


def test_of_many_merged_values_the_first_are_named_and_the_others_counted() -> None:
    """Projects can be as many as sessions: their names would be the larger part of a release."""
    projects = {f"p{number:04}": [0] * (number % 8) + [1] for number in range(2_000)}
    found = groupings_of(base(projects | {"large": [9] * 9}), TEAM)
    assert found["group_value"].value_counts().to_dict() == {"all_other": 2_000, "large": 1}
    [named] = set(found["merged_values"].dropna())
    assert named.startswith("p0000, p0001, ")
    assert named.endswith("p0049, and 1,950 others")
