"""Blanks hidden columns of figures: which become null, bands instead of the heaviest user's share.

Not here: what is hidden (protect).
"""

from typing import Any

import numpy as np
import pandas as pd

from orchestration.privacy.displayed import Displayed

SMALL_CELL = "small_cell"
"""The only reason there is: one that said more would narrow what is hidden."""

BANDS = ((0.25, "up to 25 %"), (0.5, "25 to 50 %"), (1.0, "above 50 %"))
"""Upper ends and names of the bands in which the heaviest user's share is published."""

COUNTED = (
    "numerator", "estimate", "user_weighted_estimate", "standard_error", "interval_low", "interval_high",
    "n_effective", "p_value", "p_value_adjusted", "is_imprecise", "withheld_reason",
)  # fmt: skip
"""Columns that tell of what is counted: null where the numerator is hidden."""

POPULATION = (*COUNTED, "denominator", "n_sessions", "n_users", "top_user_share_band", "unknown_share")
"""Columns that tell of the population: null, with those of what is counted, where it is hidden."""

_COLUMN_OF_ROLE = {"unknown": ["unknown_share"], "sessions": ["n_sessions"], "users": ["n_users"]}


def blanked(figures: pd.DataFrame, displayed: Displayed, is_nothing: Any) -> pd.DataFrame:
    """The figures without what is hidden; `is_nothing`: of which a shown total tells that none is counted."""
    found = figures.copy()
    gone = displayed.gone()
    partly = displayed.hidden_roles("numerator") & ~gone
    for role, columns in _COLUMN_OF_ROLE.items():
        found.loc[displayed.hidden_roles(role), columns] = None
    found.loc[gone | partly, [*COUNTED]] = None
    found.loc[gone, [*POPULATION]] = None
    found.loc[partly & is_nothing, "numerator"] = 0.0
    found.loc[gone | partly, "suppressed_reason"] = SMALL_CELL
    return found


def banded(shares: "pd.Series[float]") -> "pd.Series[str]":
    """Shares of one user in bands; missing stays missing."""
    ends, names = [0.0, *(end for end, _ in BANDS)], [name for _, name in BANDS]
    return pd.cut(shares.astype(float), ends, labels=names, include_lowest=True).astype(object)
