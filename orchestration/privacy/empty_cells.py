"""Cells in which nothing was counted, between those in which something was.

Belongs here: which cells a series lacks that others of its agent and labeller have. A release has no row for
them, and that says that they are empty: so such a row must be able to be hidden as well (decide). Not here:
whether it is (decide), the row of an empty cell that is hidden (protect).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from orchestration.privacy.coarsen import INDEPENDENT_SEGMENTS
from orchestration.privacy.user_sums import Series

FILLED_KINDS = ("rate", "share")
"""Kinds of metrics of which nothing says something of somebody; no words and no dollars are a trifle."""

Owner = tuple[str, str | None]
Period = tuple[str, Any]


def with_empty_cells(series: Sequence[Series]) -> list[Series]:
    """The series with a cell for every period and value that their agent and labeller have, after their own.

    A series is filled for the segments and kinds of periods that it has. Its `cells` say which are
    `is_empty`. Values that are populations of their own are not filled.
    """
    periods: dict[tuple[Owner, str], set[Period]] = defaultdict(set)
    values: dict[tuple[Owner, str], dict[str, Any]] = defaultdict(dict)
    for one in series:
        owner = (one.agent, one.labeller)
        for kind, start, segment, value, merged in _keys(one.cells):
            periods[owner, kind].add((kind, start))
            values[owner, segment][value] = merged
    return [_filled(one, periods, values) for one in series]


def _keys(cells: pd.DataFrame) -> Iterable[tuple[str, Any, str, str, Any]]:
    own = cells[~cells["segment_name"].isin(INDEPENDENT_SEGMENTS)]
    columns = ["period_kind", "period_start", "segment_name", "segment_value", "merged_values"]
    return own[columns].itertuples(index=False, name=None)


def _filled(
    one: Series,
    periods: dict[tuple[Owner, str], set[Period]],
    values: dict[tuple[Owner, str], dict[str, Any]],
) -> Series:
    owner = (one.agent, one.labeller)
    there = {(kind, _text(start), segment, value) for kind, start, segment, value, _ in _keys(one.cells)}
    cuts = sorted({(kind, segment) for kind, _, segment, _ in there})
    missing = [
        (kind, start, segment, value, merged)
        for kind, segment in cuts
        for _, start in sorted(periods[owner, kind], key=str)
        for value, merged in sorted(values[owner, segment].items())
        if (kind, _text(start), segment, value) not in there
    ]
    columns = ["period_kind", "period_start", "segment_name", "segment_value", "merged_values"]
    own = one.cells.assign(is_empty=False)
    if not missing or one.kind not in FILLED_KINDS:
        return replace(one, cells=own)
    empty = pd.DataFrame(missing, columns=columns).assign(fingerprint=None, is_empty=True)
    empty["period_start"] = pd.to_datetime(empty["period_start"]).astype(own["period_start"].dtype)
    cells = pd.concat([own.astype(object), empty.astype(object)], ignore_index=True)
    cells["period_start"] = pd.to_datetime(cells["period_start"])
    cells["is_empty"] = cells["is_empty"].astype(bool)
    nothing = np.zeros((len(missing), one.counted.shape[1]))
    population = _wholes_of_shares(one, empty) if one.kind == "share" else nothing
    return replace(
        one,
        cells=cells,
        population=np.vstack([one.population, population]),
        counted=np.vstack([one.counted, nothing]),
        sessions=np.vstack([one.sessions, nothing]),
        unknown=np.vstack([one.unknown, nothing]),
    )


def _wholes_of_shares(one: Series, empty: pd.DataFrame) -> Any:
    """A part of a distribution is of the whole population, also where the part is nothing."""
    whole: dict[tuple[str, str, str], Any] = {}
    for number, (kind, start, segment, *_) in enumerate(
        one.cells[["period_kind", "period_start", "segment_name"]].itertuples(index=False, name=None)
    ):
        whole[kind, _text(start), segment] = one.population[number]
    nothing = np.zeros(one.counted.shape[1])
    keys = empty[["period_kind", "period_start", "segment_name"]].itertuples(index=False, name=None)
    return np.vstack([whole.get((kind, _text(start), segment), nothing) for kind, start, segment in keys])


def _text(start: Any) -> str:
    return "" if start is None or pd.isna(start) else str(pd.Timestamp(start).date())
