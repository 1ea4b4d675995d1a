"""How much of a release is hidden, in words for whoever runs it.

Belongs here: counting hidden cells per table, and what would show more. Not here: which cells are hidden
(protect); why a single one is, which nobody is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from orchestration.privacy.rules import PublishingRules


@dataclass(frozen=True)
class HiddenCells:
    """One table of a release: its cells, how many have no estimate for privacy's sake, how many no count.

    `shown_periods`: kinds of periods of which the table shows an estimate for everybody together.
    """

    table: str
    cell_count: int
    hidden_count: int
    without_count: int
    shown_periods: tuple[str, ...]


def hidden_summary(figures: pd.DataFrame) -> list[HiddenCells]:
    """Hidden cells per table, in the order of their names; `figures` as protect returns them."""
    found = []
    for table, rows in figures.groupby("table_name", sort=True):
        is_hidden = rows["suppressed_reason"].notna()
        whole = rows[~is_hidden & (rows["segment_name"] == "all")]
        found.append(
            HiddenCells(
                table=str(table),
                cell_count=len(rows),
                hidden_count=int(is_hidden.sum()),
                without_count=int((is_hidden & rows["n_sessions"].isna()).sum()),
                shown_periods=tuple(sorted(set(whole["period_kind"]))),
            )
        )
    return found


def why_hidden(summary: Sequence[HiddenCells], rules: PublishingRules) -> str:
    """One sentence on what is hidden and what would show it; empty where nothing is."""
    hidden, cells = sum(table.hidden_count for table in summary), sum(table.cell_count for table in summary)
    if not hidden:
        return ""
    return (
        f"{hidden:,} of {cells:,} figures are hidden: they count fewer than {rules.min_users} people or"
        f" {rules.min_sessions} sessions, are mostly one person's, or would reveal a figure that must stay"
        " hidden. A segment or period of which less than half could be shown is left out. More people and"
        " sessions show more, and so do longer periods, which the tables have as well. The settings min_users"
        " and min_sessions are the minima. Mode personal, for one person's own data, hides nothing."
    )
