"""The counts that a release shows or hides, one row each, as an outside reader finds them in its figures.

Belongs here: which count of which cell each column of a figure is, and what other columns tell of it (a
numerator follows from a rate and its denominator). Not here: how counts are related (count_equations).
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from orchestration.measures.count_relations import CountIdentities, CountNames, Role

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

BEFORE = "before: "
"""Prefix of the agents of an earlier release."""

WHOLE = "all"


def released_counts(figures: pd.DataFrame, identities: CountIdentities) -> pd.DataFrame:
    """One row per figure and count: COUNT_KEY, `value` (missing where hidden), `figure`, `is_amount`.

    `figures` has one row per published row: the columns of the tables of rates and `table_name`. A row
    that counts nothing (an estimate of a regression) has its sessions and users.
    """
    told = with_what_follows(figures.reset_index(drop=True))
    metrics = told[["table_name", "metric_name"]].drop_duplicates().itertuples(index=False, name=None)
    named = [
        _counts_of(
            told[(told["table_name"] == table) & (told["metric_name"] == metric)],
            _names(identities, table, metric),
        )
        for table, metric in metrics
    ]
    if not named:
        return pd.DataFrame(columns=[*COUNT_KEY, "value", "figure", "is_amount"])
    counts = pd.concat(named, ignore_index=True)
    is_of_all = counts["count"].isin(identities.traits.without_labeller) & (counts["segment_name"] == WHOLE)
    counts.loc[is_of_all, ["labeller", "fingerprint"]] = None
    return counts


def with_what_follows(figures: pd.DataFrame) -> pd.DataFrame:
    """The figures with counts that other columns of the row tell, filled in."""
    told = figures.copy()
    for column in ("numerator", "denominator", "estimate", "n_sessions", "n_users", "unknown_share"):
        told[column] = pd.to_numeric(told[column], errors="coerce") if column in told else np.nan
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


def _names(identities: CountIdentities, table: str, metric: str) -> CountNames:
    """Names of a metric's counts; of one that the catalogue does not know, names of its own."""
    own = f"{table}__{metric}"
    unknown = CountNames(own, f"{own}_of", f"{own}_sessions", f"{own}_unknown", frozenset({own}))
    return identities.names.get((table, metric), unknown)


def _counts_of(rows: pd.DataFrame, names: CountNames) -> pd.DataFrame:
    """The counts of the figures of one metric."""
    if names.sessions == names.denominator and not _are_equal(rows["n_sessions"], rows["denominator"]):
        names = replace(names, sessions=f"sessions of {names.denominator}")
    found = []
    for role, column in ROLES:
        name = names.of(role)
        if name is None or (role in ("numerator", "denominator") and _has_no_counts(rows)):
            continue
        found.append(_count(rows, name, rows[column], is_amount=name in names.amounts))
        if role == "denominator" and (rows["metric_kind"] == "share").any():
            # What the parts of a distribution are parts of is the whole population's.
            found[-1][["segment_name", "segment_value"]] = WHOLE
    found.append(_count(rows, USERS + names.sessions, rows["n_users"], is_amount=False))
    return pd.concat(found, ignore_index=True)


def _are_equal(one: Any, other: Any) -> bool:
    return bool((one.isna() | other.isna() | (one.round() == other.round())).all())


def _has_no_counts(rows: pd.DataFrame) -> bool:
    return not rows["metric_kind"].isin(["rate", "share", "mean", "count"]).any()


def _count(rows: pd.DataFrame, name: str, values: Any, *, is_amount: bool) -> pd.DataFrame:
    found = rows[list(CELL)].astype(object).where(rows[list(CELL)].notna(), None)
    return found.assign(
        count=name,
        value=values if is_amount else values.round(),
        figure=rows.index,
        is_amount=is_amount,
    )


def _where_several(figures: pd.DataFrame) -> Any:
    """Fingerprints of cells of which a labeller has several; one alone says nothing about the cell."""
    rest = ["table_name", "metric_name", *(name for name in CELL if name != "fingerprint")]
    several = figures.groupby(rest, dropna=False, sort=False)["fingerprint"].transform("nunique") > 1
    return figures["fingerprint"].where(several, None)
