"""The equations between the counts of a release, as one sparse matrix.

Belongs here: lines (values of a segment add up to `all`, periods to those that hold them), relations between
counts of one cell (measures/count_relations.yml), counts that are no agent's, and at most as many users as
sessions. Not here: which values are known (released_counts), what follows from them (linear_program). What
may be more than its parts has a count for the rest, which is no negative number either.
"""

from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from orchestration.measures.count_relations import CountTraits
from orchestration.privacy.released_counts import BEFORE, COUNT_KEY, USERS, WHOLE

PERIODS: dict[str, pd.DateOffset | None] = {
    "day": pd.DateOffset(days=1),
    "week": pd.DateOffset(weeks=1),
    "month": pd.DateOffset(months=1),
    "quarter": pd.DateOffset(months=3),
    "last_90_days": pd.DateOffset(days=90),
    "overall": None,
}
"""Kinds of periods, finest first, with how long each lasts; the last holds all others."""

MERGED = ("all_other",)
"""Values of a segment that hold others, merged into them."""

FAR_PAST, FAR_FUTURE = pd.Timestamp("1900-01-01"), pd.Timestamp("2200-01-01")


@dataclass
class CountEquations:
    """`counts` has one row per count that an equation or a figure is about, in the order of the columns."""

    counts: pd.DataFrame
    rows: list[Any] = field(default_factory=list)
    columns: list[Any] = field(default_factory=list)
    weights: list[Any] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    size: int = 0
    rest_count: int = 0

    def matrix(self) -> Any:
        """One row per equation; each says that its weighted counts sum to zero."""
        width = len(self.counts) + self.rest_count
        if not self.rows:
            return sparse.csr_array((0, width))
        entries = (np.concatenate(self.weights), (np.concatenate(self.rows), np.concatenate(self.columns)))
        return sparse.csr_array(sparse.coo_array(entries, shape=(self.size, width)))

    def add(
        self, kind: str, total: Any, parts: Any, line: Any, *, with_rest: Any, weight: float = 1.0
    ) -> None:
        """Equations `total[i] = sum of the parts whose line is i`, plus a rest where `with_rest[i]`.

        With a weight of -1 the parts exceed the total by the rest instead. `kind` says why they hold.
        """
        total, parts, line, with_rest = map(np.asarray, (total, parts, line, with_rest))
        numbers = self.size + np.arange(total.size)
        rests = len(self.counts) + self.rest_count + np.arange(int(with_rest.sum()))
        self.rows += [numbers, numbers[line], numbers[with_rest]]
        self.columns += [total, parts, rests]
        self.weights += [
            np.full(total.size, -weight),
            np.full(parts.size, weight),
            np.ones(rests.size),
        ]
        self.size += total.size
        names = self.counts["count"].to_numpy()[total]
        self.kinds += [f"{kind}: {name}" for name in names]
        self.rest_count += rests.size


def count_equations(keys: pd.DataFrame, traits: CountTraits) -> CountEquations:
    """The equations between these counts (COUNT_KEY), and counts that they need and nobody published."""
    counts = keys[list(COUNT_KEY)].astype(object).drop_duplicates(ignore_index=True)
    counts = _with_what_they_need(counts, traits).astype(object)
    counts["number"] = np.arange(len(counts))
    counts["start"] = pd.to_datetime(counts["period_start"]).fillna(FAR_PAST)
    equations = CountEquations(counts)
    _add_values(equations, traits)
    _add_parents(equations, traits)
    _add_periods(equations, traits)
    _add_relations(equations, traits)
    _add_values_relations(equations, traits)
    _add_users(equations)
    _add_same_for_all_agents(equations, traits)
    _add_growth(equations, traits)
    return equations


def _with_totals_of_segments(counts: pd.DataFrame) -> pd.DataFrame:
    """The counts with the one over all values, which several segments may share unpublished."""
    totals = counts.assign(segment_name=WHOLE, segment_value=WHOLE, fingerprint=None)
    totals = totals[(counts["segment_name"] != WHOLE).to_numpy()]
    return pd.concat([counts, totals]).drop_duplicates(list(COUNT_KEY), ignore_index=True)


def _with_what_they_need(counts: pd.DataFrame, traits: CountTraits) -> pd.DataFrame:
    """The counts, and after them those that nobody published and equations between them are about."""
    published, size = len(counts), 0
    counts = _with_totals_of_segments(counts)
    while len(counts) > size:
        size = len(counts)
        counts = _with_other_periods(_with_members_of_relations(counts, traits), published)
    return counts


def _with_members_of_relations(counts: pd.DataFrame, traits: CountTraits) -> pd.DataFrame:
    """The counts with all members of a relation of which a cell has at least two."""
    cell = [name for name in COUNT_KEY if name != "count"]
    members = _members(traits)
    present = counts.merge(members, on="count")
    counted = present.groupby([*cell, "relation"], dropna=False, sort=False).size()
    cells = counted[counted > 1].reset_index()[[*cell, "relation"]].merge(members, on="relation")
    found = pd.concat([counts, cells.astype(object)])[list(COUNT_KEY)]
    return found.drop_duplicates(ignore_index=True)


def _with_other_periods(counts: pd.DataFrame, published: int) -> pd.DataFrame:
    """The counts, those that nobody published in every period that the release has for their agent.

    A published count without a row in a period is nothing there. Of the others, no row says so.
    """
    periods = counts[["agent", "period_kind", "period_start"]].drop_duplicates()
    lines = counts.iloc[published:].drop(columns="period_start").drop_duplicates()
    found = pd.concat([counts, lines.merge(periods, on=["agent", "period_kind"])[list(COUNT_KEY)]])
    return found.drop_duplicates(ignore_index=True)


def _members(traits: CountTraits) -> pd.DataFrame:
    """One row per relation and count that is in it."""
    rows = [
        (number, name, is_total)
        for number, relation in enumerate(traits.relations)
        for name, is_total in [(relation.total, True), *((part, False) for part in relation.parts)]
    ]
    return pd.DataFrame(rows, columns=["relation", "count", "is_total"])


def _add_values(equations: CountEquations, traits: CountTraits) -> None:
    """Values of a segment add up to all; to less, where it leaves some out; to more, where they share."""
    counts = _comparable(equations.counts)
    shared = ["count", "agent", "labeller", "period_kind", "period_start"]
    is_total = counts["segment_name"] == WHOLE
    totals = counts.loc[is_total, [*shared, "number"]].groupby(shared, sort=False, as_index=False).first()
    pairs = counts[~is_total].merge(totals, on=shared, suffixes=("", "_total"))
    is_shared = pairs["count"].str.startswith(USERS) | pairs["segment_name"].isin(traits.overlapping_segments)
    for segment, names in traits.shared_over_values.items():
        is_shared |= (pairs["segment_name"] == segment) & pairs["count"].isin(names)
    # Calls of one session are in several clusters.
    is_shared |= pairs["segment_name"].isin(traits.parent_segments) & pairs["count"].str.endswith("_sessions")
    # Sessions that are active in a period may be so by several values.
    is_shared |= pairs["count"].isin(traits.shared_over_periods) & (pairs["count"].str.endswith("_sessions"))
    _add_parts(equations, "values", pairs[is_shared], None)
    apart = pairs[~is_shared]
    line = apart.groupby(["number_total", "segment_name", "fingerprint"], sort=False)
    firsts = line.agg(total=("number_total", "first"), segment=("segment_name", "first"))
    incomplete = firsts["segment"].isin((*traits.incomplete_segments, *traits.nested_segments))
    equations.add("values", firsts["total"], apart["number"], line.ngroup(), with_rest=incomplete)


def _add_parents(equations: CountEquations, traits: CountTraits) -> None:
    """Values of a finer segment add up to that of the coarser one that they begin with (`<parent>/…`)."""
    counts = _comparable(equations.counts)
    shared = ["count", "agent", "labeller", "fingerprint", "period_kind", "period_start"]
    for fine, coarse in traits.parent_segments.items():
        parts = counts[(counts["segment_name"] == fine) & ~counts["segment_value"].isin(MERGED)]
        parts = parts.assign(parent=parts["segment_value"].str.replace(r"/.*$", "", regex=True))
        totals = counts[counts["segment_name"] == coarse].rename(columns={"segment_value": "parent"})
        pairs = parts.merge(
            totals[[*shared, "parent", "number"]], on=[*shared, "parent"], suffixes=("", "_total")
        )
        is_merged = counts["segment_value"].isin(MERGED) & (counts["segment_name"] == fine)
        merged = counts.loc[is_merged, shared].drop_duplicates().assign(is_merged=True)
        pairs = pairs.merge(merged, on=shared, how="left")
        names = traits.shared_over_values.get(fine, ())
        is_shared = pairs["count"].str.startswith(USERS) | pairs["count"].isin(names)
        _add_parts(equations, f"parts of {coarse}", pairs[is_shared], None)
        apart = pairs[~is_shared]
        line = apart.groupby("number_total", sort=False)
        firsts = line.agg(total=("number_total", "first"), is_merged=("is_merged", "first"))
        equations.add(
            f"parts of {coarse}", firsts["total"], apart["number"], line.ngroup(),
            with_rest=firsts["is_merged"].eq(True),
        )  # fmt: skip


def _add_parts(equations: CountEquations, kind: str, pairs: pd.DataFrame, line: Any) -> None:
    """Each part is at most its total; where they have a line, the parts together are at least it."""
    size = len(pairs)
    equations.add(
        f"{kind}, each", pairs["number_total"], pairs["number"], np.arange(size),
        with_rest=np.ones(size, dtype=bool),
    )  # fmt: skip
    if line is not None and size:
        firsts = pairs.groupby(line, sort=False)["number_total"].first()
        equations.add(
            f"{kind}, together", firsts, pairs["number"], pairs.groupby(line, sort=False).ngroup(),
            with_rest=np.ones(len(firsts), dtype=bool), weight=-1.0,
        )  # fmt: skip


def _add_periods(equations: CountEquations, traits: CountTraits) -> None:
    """Periods add up to one that they fill, and to less or more than one that they overlap with."""
    counts = _comparable(equations.counts)
    counts["end"] = _ends(counts)
    shared = ["count", "agent", "labeller", "fingerprint", "segment_name", "segment_value"]
    kinds = [kind for kind in PERIODS if (counts["period_kind"] == kind).any()]
    for fine, coarse in combinations(kinds, 2):
        parts = counts[counts["period_kind"] == fine]
        totals = counts[counts["period_kind"] == coarse]
        pairs = parts.merge(totals[[*shared, "number", "start", "end"]], on=shared, suffixes=("", "_total"))
        pairs = pairs[(pairs["start"] < pairs["end_total"]) & (pairs["end"] > pairs["start_total"])]
        is_inside = (pairs["start"] >= pairs["start_total"]) & (pairs["end"] <= pairs["end_total"])
        is_shared = pairs["count"].str.startswith(USERS) | pairs["count"].isin(traits.shared_over_periods)
        _add_parts(equations, f"{fine} in {coarse}", pairs[is_shared & is_inside], None)
        _add_overlapping(equations, f"{fine} in {coarse}", pairs[~is_shared], is_inside[~is_shared])


def _add_overlapping(equations: CountEquations, kind: str, pairs: pd.DataFrame, is_inside: Any) -> None:
    """Of what adds up: equal where all parts lie inside; else between those inside and those that overlap."""
    if pairs.empty:
        return
    is_filled = is_inside.groupby(pairs["number_total"]).transform("all")
    for chosen, weight, with_rest in (
        (is_filled, 1.0, False),
        (~is_filled & is_inside, 1.0, True),
        (~is_filled, -1.0, True),
    ):
        own = pairs[chosen]
        line = own.groupby("number_total", sort=False)
        firsts = line["number_total"].first()
        equations.add(
            kind, firsts, own["number"], line.ngroup(),
            with_rest=np.full(len(firsts), with_rest), weight=weight,
        )  # fmt: skip


def _ends(counts: pd.DataFrame) -> Any:
    ends = pd.Series(FAR_FUTURE, index=counts.index)
    for kind, length in PERIODS.items():
        own = counts["period_kind"] == kind
        if length is not None and own.any():
            ends[own] = counts.loc[own, "start"] + length
    return ends


def _add_relations(equations: CountEquations, traits: CountTraits) -> None:
    """A total of one cell is the sum of its parts, and of a rest where they are not all."""
    cell = [name for name in COUNT_KEY if name != "count"]
    counts = _comparable(equations.counts)[[*COUNT_KEY, "number"]].merge(_members(traits), on="count")
    totals = counts.loc[counts["is_total"], [*cell, "relation", "number"]]
    pairs = counts[~counts["is_total"]].merge(totals, on=[*cell, "relation"], suffixes=("", "_total"))
    line = pairs.groupby(["number_total", "relation"], sort=False)
    firsts = line[["number_total", "relation"]].first()
    is_part = np.array([not relation.is_whole for relation in traits.relations], dtype=bool)
    equations.add(
        "relation", firsts["number_total"], pairs["number"], line.ngroup(),
        with_rest=is_part[firsts["relation"].to_numpy(int)],
    )  # fmt: skip


def _add_values_relations(equations: CountEquations, traits: CountTraits) -> None:
    """A count over all that is another count's in some values of a segment, unless those were merged."""
    counts = _comparable(equations.counts)
    shared = ["agent", "labeller", "period_kind", "period_start"]
    for relation in traits.values:
        totals = counts[(counts["count"] == relation.count) & (counts["segment_name"] == WHOLE)]
        parts = counts[(counts["count"] == relation.of) & (counts["segment_name"] == relation.segment_name)]
        is_merged = parts["segment_value"].isin(MERGED)
        merged = parts.loc[is_merged, shared].drop_duplicates().assign(is_merged=True)
        own = parts[parts["segment_value"].isin(relation.segment_values)]
        pairs = own.merge(totals[[*shared, "number"]], on=shared, suffixes=("", "_total"))
        pairs = pairs.merge(merged, on=shared, how="left")
        line = pairs.groupby("number_total", sort=False)
        firsts = line.agg(total=("number_total", "first"), is_merged=("is_merged", "first"))
        equations.add(
            f"values of {relation.segment_name}", firsts["total"], pairs["number"], line.ngroup(),
            with_rest=firsts["is_merged"].eq(True),
        )  # fmt: skip


def _add_users(equations: CountEquations) -> None:
    """At most as many users as sessions."""
    counts = _comparable(equations.counts)
    cell = [name for name in COUNT_KEY if name != "count"]
    users = counts[counts["count"].str.startswith(USERS)]
    users = users.assign(count=users["count"].str.removeprefix(USERS))
    pairs = users.merge(counts[[*COUNT_KEY, "number"]], on=["count", *cell], suffixes=("", "_total"))
    _add_parts(equations, "users within sessions", pairs, None)


def _add_same_for_all_agents(equations: CountEquations, traits: CountTraits) -> None:
    """What is no agent's is one number, which the figures of every agent repeat."""
    counts = _comparable(equations.counts)
    own = counts[counts["count"].str.removeprefix(USERS).isin(traits.same_for_all_agents)]
    own = own.assign(release=own["agent"].str.startswith(BEFORE)).sort_values("agent", kind="stable")
    cell = [name for name in COUNT_KEY if name != "agent"]
    total = own.groupby(["release", *cell], sort=False)["number"].transform("first")
    others = (own["number"] != total).to_numpy()
    equations.add(
        "same for all agents", total[others], own.loc[others, "number"], np.arange(int(others.sum())),
        with_rest=np.zeros(int(others.sum()), dtype=bool),
    )  # fmt: skip


def _add_growth(equations: CountEquations, traits: CountTraits) -> None:
    """What an earlier release counted is counted by the later one too, and more may have come.

    Not of merged values, of which each release merges its own, nor of clusters, which each finds again.
    """
    counts = _comparable(equations.counts)
    found_again = {*traits.parent_segments, *traits.parent_segments.values()}
    counts = counts[~counts["segment_value"].isin(MERGED) & ~counts["segment_name"].isin(found_again)]
    is_before = counts["agent"].str.startswith(BEFORE)
    earlier = counts[is_before].assign(agent=lambda own: own["agent"].str.removeprefix(BEFORE))
    later = counts.loc[~is_before, [*COUNT_KEY, "number"]]
    _add_parts(
        equations, "growth", earlier.merge(later, on=list(COUNT_KEY), suffixes=("", "_total")), None
    )  # fmt: skip


def _comparable(counts: pd.DataFrame) -> pd.DataFrame:
    """Missing keys as a word, since nothing equals a missing value in a join."""
    keys = [name for name in COUNT_KEY if name != "count"]
    found = counts.copy()
    found[keys] = found[keys].astype(str).where(found[keys].notna(), "")
    return found
