"""Blanks what a release must not show, in all of its tables at once (METHODS 4.10; ADR 0037).

Belongs here: from decisions to figures: which columns of which rows become null, bands instead of the
heaviest user's share. Not here: what is decided for the tables of rates (decide), the rule (small_counts),
merging cells beforehand (coarsen). Personal mode hides nothing.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from orchestration.privacy.aggregate_lines import Cells, hide_complements
from orchestration.privacy.coarsen import INDEPENDENT_SEGMENTS
from orchestration.privacy.decide import Decisions, decide
from orchestration.privacy.empty_cells import with_empty_cells
from orchestration.privacy.partitions import lines_of, straddling_weeks
from orchestration.privacy.rules import PublishingRules
from orchestration.privacy.user_sums import Series

SMALL_CELL = "small_cell"
"""The only reason there is: one that said more would narrow what is hidden."""

BANDS = ((0.25, "up to 25 %"), (0.5, "25 to 50 %"), (1.0, "above 50 %"))
"""Upper ends and names of the bands in which the heaviest user's share is published."""

CELL = (
    "table_name", "agent", "metric_name", "labeller", "period_kind", "period_start", "segment_name",
    "segment_value", "fingerprint",
)  # fmt: skip

COUNTED = (
    "numerator", "estimate", "user_weighted_estimate", "standard_error", "interval_low", "interval_high",
    "n_effective", "p_value", "p_value_adjusted", "is_imprecise", "withheld_reason",
)  # fmt: skip
"""Columns that tell of what is counted: null where the numerator is hidden."""

POPULATION = (*COUNTED, "denominator", "n_sessions", "n_users", "top_user_share_band", "unknown_share")
"""Columns that tell of the population: null, with those of what is counted, where it is hidden."""

FLAGS = ("population", "counted", "sessions", "unknown", "nothing")
"""Of a cell: which of its counts are hidden, and whether its numerator is known to be nothing."""

ESTIMATED_OF = (
    "agent",
    "metric_name",
    "labeller",
    "period_kind",
    "period_start",
    "segment_name",
    "segment_value",
)
"""What an estimate shares with the rate that it is of."""


def protect_release(
    figures: pd.DataFrame, durations: pd.DataFrame, series: Sequence[Series], rules: PublishingRules
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Figures and durations of turns of one release as they may be shown together."""
    shown, hidden = protect_figures(figures, series, rules)
    return shown, protect_durations(durations, hidden, rules)


def protect_figures(
    figures: pd.DataFrame, series: Sequence[Series], rules: PublishingRules
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The figures as they may be shown, then rows of the empty cells that are hidden; and `hidden_cells`."""
    hidden = hidden_cells(decide(series if rules.is_personal else with_empty_cells(series), rules))
    shown = protect(figures, hidden, rules)
    empty = hidden_empty_rows(shown, hidden)
    return (pd.concat([shown, empty], ignore_index=True) if len(empty) else shown), hidden


def hidden_empty_rows(shown: pd.DataFrame, hidden: pd.DataFrame) -> pd.DataFrame:
    """A row without numbers for every empty cell that is hidden, with what else its metric's rows say."""
    cells = hidden[hidden["is_empty"] & (hidden["population"] | hidden["counted"])]
    metric = ["table_name", "agent", "metric_name", "labeller"]
    place = ["period_kind", "period_start", "segment_name", "segment_value", "merged_values"]
    firsts = _keyed(shown, metric).drop_duplicates("key").set_index("key")
    keyed = _keyed(cells, metric)
    keyed = keyed[keyed["key"].isin(firsts.index)]
    rows = firsts.loc[keyed["key"]].reset_index(drop=True)
    rows[place] = keyed[place].to_numpy()
    starts = [None if pd.isna(start) else start.date() for start in pd.to_datetime(keyed["period_start"])]
    rows["period_start"] = pd.Series(starts, index=rows.index, dtype=object)
    rows[[name for name in POPULATION if name in rows]] = None
    return rows.assign(suppressed_reason=SMALL_CELL)


def protect(figures: pd.DataFrame, hidden: pd.DataFrame, rules: PublishingRules) -> pd.DataFrame:
    """The figures of a release as they may be shown, in the given order.

    `figures`: one row per published row of every table but the durations of turns, with the columns of
    `estimates.figure.Figure` and its private ones; `hidden`: the cells of the tables of rates, as of
    `hidden_cells`. A row whose population is small has no numbers; one whose numerator or complement is
    small keeps what is said of its population. Both have `suppressed_reason` and no other says why.
    """
    found = figures.reset_index(drop=True).copy()
    found["top_user_share_band"] = banded(found["top_user_share"])
    found["suppressed_reason"] = None
    if rules.is_personal:
        return found
    flags = _joined(found, hidden)
    is_estimate = (found["metric_kind"] == "estimate").to_numpy()
    gone = flags["population"] | (is_estimate & _hidden_estimates(found, hidden, rules))
    partly = flags["counted"] & ~gone
    # What counts one thing has nothing left to show without it.
    gone |= partly & found["metric_kind"].isin(["count", "share"]).to_numpy()
    found.loc[gone | partly, COUNTED] = None
    found.loc[gone, POPULATION] = None
    found.loc[flags["nothing"], "numerator"] = 0.0
    found.loc[flags["unknown"], "unknown_share"] = None
    found.loc[flags["sessions"], "n_sessions"] = None
    found.loc[gone | partly, "suppressed_reason"] = SMALL_CELL
    return found


def banded(shares: "pd.Series[float]") -> "pd.Series[str]":
    """Shares of one user in bands; missing stays missing."""
    ends, names = [0.0, *(end for end, _ in BANDS)], [name for _, name in BANDS]
    return pd.cut(shares.astype(float), ends, labels=names, include_lowest=True).astype(object)


def hidden_cells(decisions: Decisions) -> pd.DataFrame:
    """One row per cell of the tables of rates: CELL, and FLAGS."""
    frames = []
    for number, one in enumerate(decisions.series):
        sessions = one.sessions.sum(axis=1)
        frames.append(
            one.cells.assign(
                table_name=one.table, agent=one.agent, metric_name=one.metric, labeller=one.labeller,
                kind=one.kind, n_sessions=sessions, n_users=((one.sessions > 0) & one.is_known).sum(axis=1),
                nothing=_shown_nothing(decisions, number),
                **{role: decisions.is_hidden(number, role) for role in FLAGS[:-1] if role != "sessions"},
                sessions=_hidden_sessions(decisions, number),
            )
        )  # fmt: skip
    columns = [*CELL, "merged_values", "is_empty", "kind", "n_sessions", "n_users", *FLAGS]
    if frames:
        return pd.concat(frames, ignore_index=True)[columns]
    return pd.DataFrame(columns=columns).astype(dict.fromkeys((*FLAGS, "is_empty"), bool))


def _hidden_sessions(decisions: Decisions, number: int) -> "np.ndarray":
    """Where sessions are hidden: all of a series whose sessions are no population, which add up as well."""
    one = decisions.series[number]
    found = np.asarray(decisions.is_hidden(number, "sessions"))
    is_population = np.array_equal(one.sessions, one.population)
    return found if is_population else np.full(len(found), bool(found.any()))


def _joined(figures: pd.DataFrame, hidden: pd.DataFrame) -> "dict[str, np.ndarray]":
    """The flags of each figure's cell; of figures that are in no table of rates, false."""
    own = figures[[*CELL]].copy()
    own["fingerprint"] = own["fingerprint"].where(own["segment_name"].isin(INDEPENDENT_SEGMENTS))
    merged = _keyed(own).merge(_keyed(hidden)[["key", *FLAGS]], on="key", how="left")
    return {flag: merged[flag].eq(True).to_numpy(bool) for flag in FLAGS}


def _shown_nothing(decisions: Decisions, number: int) -> "np.ndarray":
    """Cells of which a shown total tells that nothing is counted in them."""
    found = np.zeros(len(decisions.series[number].cells), dtype=bool)
    is_hidden = decisions.is_hidden(number, "counted")
    for cell, holder in decisions.nothing_in[number].items():
        found[cell] = not is_hidden[holder]
    return found


def _keyed(frame: pd.DataFrame, columns: Sequence[str] = CELL) -> pd.DataFrame:
    """The frame with its cell as one text: nothing equals a missing value in a join."""
    text = [frame[name].map(_text) for name in columns]
    return frame.assign(
        key=pd.Series(list(map("|".join, zip(*text, strict=True))), index=frame.index, dtype=object)
    )


def _text(value: object) -> str:
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return ""
    return str(pd.Timestamp(value).date()) if hasattr(value, "year") else str(value)  # type: ignore[arg-type]


def _hidden_estimates(figures: pd.DataFrame, hidden: pd.DataFrame, rules: PublishingRules) -> "np.ndarray":
    """Which estimates are hidden: small themselves, of a hidden rate, or telling of a hidden count."""
    cells = Cells.of(figures)
    found = cells.small(rules)
    of_rates = _keyed(hidden[hidden["population"] | hidden["counted"]], ESTIMATED_OF)["key"]
    found |= _keyed(figures, ESTIMATED_OF)["key"].isin(set(of_rates)).to_numpy()
    # The same people in the same cell, under whatever name: what hides one hides the other.
    same = ("agent", "period_kind", "period_start", "segment_name", "segment_value", "n_sessions", "n_users")
    populations = _keyed(hidden[hidden["population"]], same)["key"]
    found |= _keyed(figures, same)["key"].isin(set(populations)).to_numpy()
    return np.asarray(hide_complements(cells, found, _lines_of_estimates(figures), rules))


def _lines_of_estimates(figures: pd.DataFrame) -> list[tuple[int | None, list[int]]]:
    """Values of a segment, periods, and members of a family of populations, each with their total."""
    figures = figures[figures["metric_kind"] == "estimate"]
    base = ["table_name", "agent", "metric_name", "statistic", "specification", "labeller"]
    segments, periods = ["segment_name", "segment_value"], ["period_kind", "period_start", "baseline_start"]
    keyed = figures.assign(
        family=figures["population"].map(lambda name: str(name).split(":")[0] if ":" in str(name) else None)
    )  # fmt: skip
    lines: list[tuple[int | None, list[int]]] = []
    for by, total, is_part in (
        (
            [*base, "population", *periods, "segment_name"],
            {"segment_name": "all"},
            keyed["segment_name"] != "all",
        ),
        (
            [*base, "population", *segments, "period_kind"],
            {"period_kind": "overall"},
            keyed["period_kind"] == "month",
        ),
        ([*base, *periods, *segments, "family"], {"population": "all"}, keyed["family"].notna()),
    ):
        shared = [name for name in by if name not in {*total, "segment_name", "family", "period_kind"}]
        totals = keyed[np.logical_and.reduce([keyed[name] == value for name, value in total.items()])]
        number = dict(zip(_keyed(totals, shared)["key"], totals.index, strict=True))
        for _, rows in keyed[is_part].groupby(by, dropna=False, sort=False):
            lines.append((number.get(_keyed(rows.iloc[:1], shared)["key"].iloc[0]), rows.index.tolist()))
    return lines


def protect_durations(durations: pd.DataFrame, hidden: pd.DataFrame, rules: PublishingRules) -> pd.DataFrame:
    """The durations of turns as they may be shown; `hidden` as of `hidden_cells`.

    Rows of the same turns (series and statistics of a period) are hidden together. Turns add up over
    periods; the number of open turns is shown from `min_sessions` on.
    """
    found = durations.reset_index(drop=True).copy()
    found["top_user_share_band"] = banded(found["top_user_share"])
    found["suppressed_reason"] = None
    if rules.is_personal:
        return found
    is_hidden = np.zeros(len(found), dtype=bool)
    # Rows that do not count the same turns (censored ones count open turns too) are lines of their own.
    for _, rows in found.groupby(["agent", "series", "statistic"], sort=False):
        cells = rows.assign(
            segment_name="all", segment_value="all", fingerprint=None, merged_values=None,
            period_start=pd.to_datetime(rows["period_start"], utc=True).dt.tz_localize(None),
        ).reset_index(drop=True)  # fmt: skip
        own = Cells.of(cells, "n_turns")
        small = own.small(rules)
        small[list(straddling_weeks(cells))] = True
        lines = [(line.total, line.parts) for line in lines_of(cells)]
        is_hidden[rows.index] = hide_complements(own, small, lines, rules)
    same = ("agent", "period_kind", "period_start", "n_sessions", "n_users")
    whole = hidden[hidden["population"] & (hidden["segment_name"] == "all")]
    is_hidden |= _keyed(found, same)["key"].isin(set(_keyed(whole, same)["key"])).to_numpy()
    period = [found["agent"], found["period_kind"], found["period_start"].map(_text)]
    is_hidden = pd.Series(is_hidden).groupby(period, dropna=False).transform("any").to_numpy(bool)
    numbers = [
        name for name in map(str, found.columns)
        if name.startswith(("n_", "estimate", "interval", "top_user", "tail_user"))
        or name in ("lower_rank", "upper_rank", "withheld_reason", "is_imprecise")
    ]  # fmt: skip
    found.loc[found["n_open_turns"] < rules.min_sessions, "n_open_turns"] = None
    found[numbers] = found[numbers].astype(object).mask(pd.Series(is_hidden), None)
    found.loc[is_hidden, "suppressed_reason"] = SMALL_CELL
    return found
