"""The counts behind the durations of turns, as figures: their table has columns of its own.

Belongs here: from rows of durations to the counts that they show, and back to which rows are hidden. Not
here: what is hidden (protect), how counts are attacked (attack), the durations (estimates.turn_durations).
"""

import numpy as np
import pandas as pd

from orchestration.privacy.blank import SMALL_CELL, banded
from orchestration.privacy.rules import PublishingRules

TABLE = "rpt_turn_durations"

TURNS, WITH_OPEN, OPEN = "turns", "turns_and_open", "open_turns"
"""Counts: turns that ended, those and the open ones (of censored statistics), the open ones."""

PLACE = ["agent", "period_kind", "period_start"]

_BEHIND = ["n_sessions", "n_users", "top_user_share"]


def duration_figures(durations: pd.DataFrame) -> pd.DataFrame:
    """One figure of kind `count` per agent, period and count, with what the rows of durations say of it.

    All quantiles and series of a period count the same turns. `durations` has the columns of
    TurnDurationEstimate, or of the published table.
    """
    placed = _counted(durations)
    turns = placed.groupby([*PLACE, "count"], dropna=False, as_index=False, sort=False).agg(
        numerator=("n_turns", "max"), **{name: (name, "max") for name in _BEHIND if name in placed}
    )  # fmt: skip
    of_open = placed.groupby(PLACE, dropna=False, as_index=False, sort=False).agg(
        numerator=("n_open_turns", "max")
    )
    # Nobody counts who left turns open: as many sessions and users are taken for granted as there are turns.
    of_open = of_open.assign(count=OPEN, n_sessions=of_open["numerator"], n_users=of_open["numerator"])
    found = pd.concat([turns, of_open[of_open["numerator"] != 0]], ignore_index=True)
    return found.rename(columns={"count": "metric_name"}).assign(
        table_name=TABLE, metric_kind="count", labeller=None, fingerprint=None, segment_name="all",
        segment_value="all", estimate=found["numerator"],
    )  # fmt: skip


def protected_durations(
    durations: pd.DataFrame, figures: pd.DataFrame, rules: PublishingRules
) -> pd.DataFrame:
    """The durations as they may be shown; `figures`: those of `duration_figures`, protected.

    Periods that are too fine are left out.
    """
    found = _counted(durations).assign(
        top_user_share_band=banded(durations["top_user_share"]), suppressed_reason=None
    )
    if not rules.is_personal and len(found):
        shown = _dated(figures[[*PLACE, "metric_name", "numerator", "n_sessions", "n_users"]])
        is_open = shown["metric_name"] == OPEN
        opened = shown.loc[is_open, [*PLACE, "numerator"]].rename(columns={"numerator": "shown_open_turns"})
        counted = shown[~is_open].rename(columns={"metric_name": "count"})
        found = found.drop(columns=["n_sessions", "n_users"]).merge(counted, on=["count", *PLACE])
        found = found.merge(opened, on=PLACE, how="left")
        is_none = found["n_open_turns"].eq(0)
        found["n_open_turns"] = found["n_open_turns"].where(is_none, found["shown_open_turns"])
        _blank(found, found["numerator"].isna())
    if isinstance(durations["period_start"].dtype, pd.DatetimeTZDtype):
        found["period_start"] = found["period_start"].dt.tz_localize("UTC")
    return found[list(durations.columns)]


def _blank(found: pd.DataFrame, is_hidden: "pd.Series[bool]") -> None:
    """Take all numbers out of the hidden rows."""
    numbers = [
        name for name in map(str, found.columns)
        if name.startswith(("n_", "estimate", "interval", "top_user", "tail_user"))
        or name in ("lower_rank", "upper_rank", "withheld_reason", "is_imprecise")
    ]  # fmt: skip
    found[numbers] = found[numbers].astype(object).mask(is_hidden, None)
    found.loc[is_hidden, "suppressed_reason"] = SMALL_CELL


def _counted(durations: pd.DataFrame) -> pd.DataFrame:
    """The rows with the name of the count that they are of."""
    is_censored = durations["statistic"].astype(str).str.endswith("_censored").to_numpy()
    return _dated(durations).assign(count=np.where(is_censored, WITH_OPEN, TURNS))


def _dated(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with starts of periods that compare with other tables'."""
    starts = pd.to_datetime(rows["period_start"], utc=True).dt.tz_localize(None)
    return rows.reset_index(drop=True).assign(period_start=starts.to_numpy())
