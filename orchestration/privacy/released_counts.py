"""The counts that a release shows or hides, one row each, as an outside reader finds them in its figures.

Belongs here: which count of which cell each column of a figure is, and what other columns tell of it (a
numerator follows from a rate and its denominator). Not here: how counts are related (count_equations).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from orchestration.measures.count_relations import CountIdentities, CountNames, CountTraits, Role

CELL = ("agent", "labeller", "fingerprint", "period_kind", "period_start", "segment_name", "segment_value")
"""Columns that say which cell a count is of; `fingerprint` only where a labeller has several."""

COUNT_KEY = ("count", *CELL)

ROLES: tuple[tuple[Role, str], ...] = (
    ("numerator", "numerator"),
    ("denominator", "denominator"),
    ("sessions", "n_sessions"),
    ("unknown", "unknown_count"),
)
"""What a figure counts, and the column that holds it."""

USERS = "users of "
"""Prefix of the counts of users: those behind the sessions of a figure."""

COUNTING = ("rate", "share", "mean", "count")
"""Kinds of metrics whose figures have a numerator; the others have sessions and users alone."""

BEFORE = "before: "
"""Prefix of the agents of an earlier release."""

WHOLE = "all"


def released_counts(figures: pd.DataFrame, identities: CountIdentities) -> pd.DataFrame:
    """One row per figure and count: COUNT_KEY, `value` (missing where hidden), `figure`, `role`, `is_amount`,
    `is_in_release`.

    `figure` is the position of the figure's row, `role` what the count is in it (ROLES, or `users`). Not in
    the release is what no shown row of a metric of kind `count` has: open turns have no denominator.
    `figures` has one row per published row: the columns of the tables of rates and `table_name`. A row
    that counts nothing (an estimate of a regression) has its sessions and users.
    """
    told = with_what_follows(figures.reset_index(drop=True))
    told["period_start"] = pd.to_datetime(told["period_start"])
    told[list(CELL)] = told[list(CELL)].astype(object).where(told[list(CELL)].notna(), None)
    # Estimates of one metric are of several populations, each with sessions of its own.
    population = told["population"].astype(object).fillna("") if "population" in told else ""
    told["population"] = np.where(told["metric_kind"].isin(COUNTING), "", population)
    told["whole"] = _whole_of(told, identities.traits)
    metric = ["table_name", "metric_name", "population", "whole"]
    names = {
        key: _checked(_names(identities, *map(str, key)), rows)
        for key, rows in told.groupby(metric, sort=False)
    }
    own = [names[key] for key in told[metric].itertuples(index=False, name=None)]
    return pd.concat(
        [
            *(_count(told, [one.of(role) for one in own], column, own, role) for role, column in ROLES),
            _count(told, [USERS + one.sessions for one in own], "n_users", own, None),
        ],
        ignore_index=True,
    )


def with_what_follows(figures: pd.DataFrame) -> pd.DataFrame:
    """The figures with counts that other columns of the row tell, filled in."""
    told = figures.copy()
    for column in ("numerator", "denominator", "estimate", "n_sessions", "n_users", "unknown_share"):
        numbers = pd.to_numeric(told[column], errors="coerce") if column in told else np.nan
        told[column] = pd.Series(numbers, index=told.index, dtype=float)
    is_ratio = told["metric_kind"].isin(["rate", "share", "mean"])
    product = told["estimate"] * told["denominator"]
    told["numerator"] = told["numerator"].fillna(product.where(is_ratio))
    told["numerator"] = told["numerator"].fillna(told["estimate"].where(told["metric_kind"] == "count"))
    quotient = told["numerator"] / told["estimate"].where(told["estimate"] > 0)
    told["denominator"] = told["denominator"].fillna(quotient.where(is_ratio))
    known = told["denominator"].fillna(told["n_sessions"])
    unknown = told["unknown_share"].where(told["unknown_share"] < 1)
    told["fingerprint"] = _where_several(told)
    told["unknown_count"] = (unknown / (1 - unknown) * known).round()
    return told


def _whole_of(figures: pd.DataFrame, traits: CountTraits) -> Any:
    """The segment whose parts a row's metric is shared into, where it is so into several; else nothing.

    What is known of one segment is not what is known of another: each has a whole of its own. A finer
    segment has that of the coarser one whose parts it cuts.
    """
    is_share = figures["metric_kind"] == "share"
    wholes = figures["segment_name"].replace(dict(traits.parent_segments)).where(is_share)
    several = wholes.groupby([figures["table_name"], figures["metric_name"]]).transform("nunique") > 1
    return wholes.where(is_share & several, "")


def _names(identities: CountIdentities, table: str, metric: str, population: str, whole: str) -> CountNames:
    """Names of a metric's counts; of one that the catalogue does not know, names of its own."""
    names = _names_of_metric(identities, table, metric, population)
    if not whole:
        return names
    return CountNames(
        f"{names.numerator} by {whole}",
        None if names.denominator is None else f"{names.denominator} by {whole}",
        f"{names.sessions} by {whole}",
        f"{names.unknown} by {whole}",
        frozenset(f"{name} by {whole}" for name in names.amounts),
    )


def _names_of_metric(identities: CountIdentities, table: str, metric: str, population: str) -> CountNames:
    own = f"{table}__{metric}" + (f" of {population}" if population else "")
    unknown = CountNames(own, f"{own}_of", f"{own}_sessions", f"{own}_unknown", frozenset({own}))
    return identities.names.get((table, metric), unknown)


def _checked(names: CountNames, rows: pd.DataFrame) -> CountNames:
    """The names, where what is said to be counted twice has one number; sessions of their own elsewhere."""
    if names.sessions != names.denominator or _are_equal(rows["n_sessions"], rows["denominator"]):
        return names
    return replace(names, sessions=f"sessions of {names.denominator}")


def _are_equal(one: Any, other: Any) -> bool:
    return bool((one.isna() | other.isna() | (one.round() == other.round())).all())


def _is_never_told(rows: pd.DataFrame, column: str) -> Any:
    """Counts whose metric shows something somewhere, but never the column: nothing is hidden there."""
    metric = [rows["table_name"], rows["metric_name"]]
    shows = rows[["numerator", "n_sessions"]].notna().any(axis=1).groupby(metric).transform("any")
    has = rows[column].notna().groupby(metric).transform("any")
    return rows["metric_kind"].eq("count") & shows & ~has


def _count(
    rows: pd.DataFrame, names: Sequence[str | None], column: str, own: Sequence[CountNames], role: Role | None
) -> pd.DataFrame:
    """The counts of one role of every figure that has one."""
    is_amount = np.array([name in one.amounts for name, one in zip(names, own, strict=True)], dtype=bool)
    found = rows[list(CELL)].assign(
        count=pd.Series(names, index=rows.index, dtype=object),
        value=rows[column].where(is_amount, rows[column].round()),
        figure=rows.index,
        role=role or "users",
        is_amount=is_amount,
        is_in_release=~_is_never_told(rows, column) if role in ("denominator", "unknown") else True,
    )
    if role in ("denominator", "unknown"):
        # What the parts of a distribution are parts of is the whole population's, and so is what is unknown.
        found.loc[rows["metric_kind"] == "share", ["segment_name", "segment_value"]] = WHOLE
    is_there = found["count"].notna()
    if role in ("numerator", "denominator"):
        is_there &= rows["metric_kind"].isin(COUNTING)
    return found[is_there]


def _where_several(figures: pd.DataFrame) -> Any:
    """Fingerprints of cells of which a labeller has several, in any period; one alone says nothing."""
    cell = (name for name in CELL if name not in ("fingerprint", "period_kind", "period_start"))
    rest = ["table_name", "metric_name", *cell]
    several = figures.groupby(rest, dropna=False, sort=False)["fingerprint"].transform("nunique") > 1
    return figures["fingerprint"].where(several, None)
