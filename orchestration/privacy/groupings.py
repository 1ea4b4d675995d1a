"""Which values of a segment are merged into one, so that no cell of it is of too few people.

Belongs here: the choice of the values, and what the merged ones are called. Not here: when a population is
too small (small_counts), the sums of what was merged (coarsen).
"""

from collections.abc import Collection

import numpy as np
import pandas as pd

from orchestration.privacy.rules import PublishingRules
from orchestration.privacy.small_counts import are_small, is_small

ALL_OTHER = "all_other"
"""The value that takes the place of the values that were merged."""

MOST_NAMED = 50
"""Merged values that are named: of projects there can be as many as sessions."""

GROUPING = ("agent", "labeller", "segment_name", "segment_value", "group_value", "merged_values")


def groupings_of(base: pd.DataFrame, rules: PublishingRules) -> pd.DataFrame:
    """The grouping of every segment; `base` has one row per agent, labeller, segment, value and user.

    One row per agent, labeller, segment_name and segment_value with the value that takes its place
    (`group_value`, null where no safe grouping exists and the segment is left out) and `merged_values`.
    Values of too few users or sessions, or of one user above half, are merged; then the smallest other
    values join until the group is safe. Where that takes all values, the segment has no cells.
    """
    rows: list[tuple[object, ...]] = []
    for key, found in base.groupby(["agent", "labeller", "segment_name"], dropna=False, sort=True):
        values = found["segment_value"].unique()
        merged = merged_values(found, rules)
        text, is_all = _names_of(merged), len(merged) == len(values)
        rows += [(*key, value, *_group_of(value, merged, text, is_all=is_all)) for value in sorted(values)]
    return pd.DataFrame(rows, columns=list(GROUPING))


def merged_values(found: pd.DataFrame, rules: PublishingRules) -> frozenset[str]:
    """The values that are merged into one: none if all are safe, all where no smaller group is.

    `found` has a row per segment_value and user_id with a session_count. There can be as many values as
    sessions (projects), so nothing is held for every value and user.
    """
    user, names = pd.factorize(found["user_id"].fillna(""))
    is_known = names != ""
    of_value = (
        found.assign(user=user, is_known=is_known[user] & (found["session_count"] > 0).to_numpy())
        .groupby(["segment_value", "user"], as_index=False)
        .agg(session_count=("session_count", "sum"), is_known=("is_known", "max"))
        .groupby("segment_value")
    )
    sizes = of_value.agg(
        users=("is_known", "sum"), sessions=("session_count", "sum"), largest=("session_count", "max")
    ).reset_index()
    sizes["is_small"] = are_small(sizes["users"], sizes["sessions"], sizes["largest"], rules)
    sizes = sizes.sort_values(["sessions", "segment_value"])
    merged = sizes.loc[sizes["is_small"], "segment_value"].tolist()
    is_merged = found["segment_value"].isin(merged).to_numpy()
    counts = found["session_count"].to_numpy(float)
    whole = np.bincount(user[is_merged], weights=counts[is_merged], minlength=len(names))
    for joining in sizes.loc[~sizes["is_small"], "segment_value"]:
        if not merged or (len(merged) > 1 and not is_small(whole, is_known, rules)):
            break
        rows = (found["segment_value"] == joining).to_numpy()
        whole += np.bincount(user[rows], weights=counts[rows], minlength=len(names))
        merged.append(joining)
    return frozenset(merged)


def _names_of(merged: Collection[str]) -> str:
    """The merged values, joined by commas; of many, the first and the number of the others."""
    named = sorted(merged)[:MOST_NAMED]
    others = len(merged) - len(named)
    return ", ".join([*named, f"and {others:,} others"] if others else named)


def _group_of(
    value: str, merged: Collection[str], text: str, *, is_all: bool
) -> tuple[str | None, str | None]:
    if value not in merged:
        return value, None
    return (None, None) if is_all else (ALL_OTHER, text)
