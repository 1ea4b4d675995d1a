"""Which periods a metric is cut by: a layer is a metric of one labeller, in one segment and kind of period.

Belongs here: leaving out what is too fine for a team, before single cells are hidden. Not here: merging the
values of a segment (coarsen), hiding single cells (protect).

A layer of which less than half could be shown tells its readers little, and each cell of it that is
shown costs others that would be told by it. So it is left out whole, and the next coarser one stays.
"""

from typing import Any

import numpy as np
import pandas as pd

from orchestration.privacy.coarsen import INDEPENDENT_SEGMENTS

LAYER = ["table_name", "agent", "metric_name", "labeller", "period_kind", "segment_name"]

LEAST_SAFE_SHARE = 0.5
"""Share of a layer's cells that must be safe by themselves."""


def is_fine_enough(figures: pd.DataFrame, is_safe: Any) -> Any:
    """Which figures are of a layer that is kept; `is_safe`: which could be shown by themselves.

    Everybody together over the whole time always stays, and estimates do: they are few.
    """
    share = pd.Series(is_safe, index=figures.index, dtype=float).groupby(
        [figures[name] for name in LAYER], dropna=False
    ).transform("mean")  # fmt: skip
    is_whole = _is_whole(figures)
    is_estimate = figures["metric_kind"].eq("estimate")
    return np.asarray(share.ge(LEAST_SAFE_SHARE) | is_whole | is_estimate)


def shows_anything(figures: pd.DataFrame, is_shown: Any) -> Any:
    """Which figures are of a layer of which something is shown, or of everybody over the whole time."""
    any_shown = pd.Series(is_shown, index=figures.index).groupby(
        [figures[name] for name in LAYER], dropna=False
    ).transform("any")  # fmt: skip
    return np.asarray(any_shown | _is_whole(figures))


def _is_whole(figures: pd.DataFrame) -> Any:
    """Which figures are of everybody over the whole time; those of a classifier are a whole too."""
    is_uncut = figures["segment_name"].isin(["all", *INDEPENDENT_SEGMENTS])
    return figures["period_kind"].eq("overall") & is_uncut
