"""Blanks hidden columns of figures: which become null, bands instead of the heaviest user's share.

Not here: what is hidden (protect).
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from orchestration.privacy.displayed import Displayed

SMALL_CELL = "small_cell"
"""The only reason there is: one that said more would narrow what is hidden."""

BANDS = ((0.25, "up to 25 %"), (0.5, "25 to 50 %"), (1.0, "above 50 %"))
"""Upper ends and names of the bands in which the heaviest user's share is published."""

ESTIMATED = (
    "estimate", "user_weighted_estimate", "standard_error", "interval_low", "interval_high", "n_effective",
    "p_value", "p_value_adjusted", "is_imprecise", "withheld_reason",
)  # fmt: skip
"""Columns that are null where one of the counts that they follow from is hidden."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "numerator": ("numerator",),
    "denominator": ("denominator",),
    "sessions": ("n_sessions",),
    "users": ("n_users", "top_user_share_band"),
    "unknown": ("unknown_share",),
}
"""Role of a count in a figure → the columns that tell it."""


def blanked(figures: pd.DataFrame, displayed: Displayed, is_nothing: Any) -> pd.DataFrame:
    """The figures without what is hidden; `is_nothing`: of which a shown total tells that none is counted."""
    found = figures.copy()
    is_without = displayed.without_estimate()
    found.loc[is_without, [*ESTIMATED]] = None
    for role, columns in COLUMNS.items():
        found.loc[displayed.hides(role), [*columns]] = None
    found.loc[displayed.hides("numerator") & is_nothing, "numerator"] = 0.0
    found.loc[is_without, "suppressed_reason"] = SMALL_CELL
    return found


def banded(shares: "pd.Series[float]") -> "pd.Series[str]":
    """Shares of one user in bands; missing stays missing."""
    ends, names = [0.0, *(end for end, _ in BANDS)], [name for _, name in BANDS]
    return pd.cut(shares.astype(float), ends, labels=names, include_lowest=True).astype(object)
