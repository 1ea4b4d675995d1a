"""An attack on a release: which of its hidden counts follow from what it shows.

Belongs here: the strongest reader we can be, who knows every definition and has the published tables and
nothing else: every line, relation and nested rate of all tables together, as one linear program. Not here:
hiding (protect), reading a release's file (released_figures). See ADR 0036.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from orchestration.measures.count_relations import CountIdentities
from orchestration.privacy.count_equations import CountEquations, count_equations
from orchestration.privacy.linear_program import (
    Contradiction,
    bounds_of,
    constants,
    propagated,
)
from orchestration.privacy.released_counts import BEFORE, COUNT_KEY, released_counts

ROUNDING = 1e-4
"""Shown counts whose equation is missed by no more than this are sums that were rounded."""


@dataclass(frozen=True)
class Attack:
    """What became of an attack.

    `hidden`: one row per hidden count (COUNT_KEY, `figure`: position of a row that hides it, `is_told`,
    `told_value`, `is_nothing`: a shown count of nothing holds it, and `width`: as wide as single equations
    leave it, in whole numbers). `unmet_equations`:
    kinds of the equations that the shown counts break, so that a declared relation is not that of the data.
    """

    hidden: pd.DataFrame
    shown_count: int
    equation_count: int
    unmet_equations: tuple[str, ...]

    @property
    def told(self) -> pd.DataFrame:
        """The hidden counts that can have one value only."""
        return self.hidden[self.hidden["is_told"]]

    def narrower_than(self, width: int) -> pd.DataFrame:
        """The hidden counts known to within fewer than `width` whole numbers, those told included.

        Not those that are nothing because a shown count that holds them is.
        """
        return self.hidden[(self.hidden["width"] < width) & ~self.hidden["is_nothing"]]


def attack(
    figures: pd.DataFrame,
    identities: CountIdentities,
    *,
    previous: pd.DataFrame | None = None,
) -> Attack:
    """Attack a release, given as one row per published row of all tables (with table_name, is_suppressed).

    `previous`: the same of the release before, whose hidden counts are not asked for.
    """
    counts = released_counts(figures, identities)
    if previous is not None:
        before = released_counts(previous, identities)
        counts = pd.concat([counts, before.assign(agent=BEFORE + before["agent"], figure=None)])
    known = counts.groupby(list(COUNT_KEY), dropna=False, sort=False, as_index=False).agg(
        value=("value", "max"), figure=("figure", "first"), is_amount=("is_amount", "all")
    )
    known[list(COUNT_KEY)] = known[list(COUNT_KEY)].astype(object)
    equations = count_equations(known, identities.traits)
    keyed = equations.counts.merge(known, on=list(COUNT_KEY), how="left")
    system = _System.of(equations, keyed)
    hidden = keyed[(keyed["value"].isna() & keyed["figure"].notna()).to_numpy()].copy()
    values, bounds = system.solved(hidden["number"].to_numpy())
    is_nothing = system.holds_nothing()[hidden["number"].to_numpy()]
    told = ~np.isnan(values) & ~is_nothing
    hidden["told_value"] = values
    hidden["low"], hidden["high"] = bounds.T
    is_amount = hidden["is_amount"].to_numpy(bool)
    hidden["is_nothing"] = is_nothing
    hidden["is_told"] = told
    hidden["width"] = np.where(told, 0.0, np.where(is_amount, np.inf, bounds[:, 1] - bounds[:, 0]))
    shown = int(keyed["value"].notna().sum())
    return Attack(hidden, shown, equations.size, tuple(equations.kinds[number] for number in system.unmet))


@dataclass
class _System:
    """Equations and bounds in units that suit a solver; `unmet` are equations that the counts break."""

    matrix: Any
    bounds: Any
    are_whole: Any
    units: Any
    unmet: list[int]

    @classmethod
    def of(cls, equations: CountEquations, keyed: pd.DataFrame) -> "_System":
        """Amounts are told in thousandths of the largest of their count; the others as they are."""
        matrix = equations.matrix()
        bounds = bounds_of(matrix.shape[1])
        is_amount = keyed["count"].isin(keyed.loc[keyed["is_amount"].eq(True), "count"])
        largest = keyed.groupby("count", sort=False)["value"].transform("max").fillna(1.0)
        unit = (largest / 1000).where(is_amount & (largest > 0), 1.0).to_numpy(float)
        values = keyed["value"].to_numpy(float) / unit
        is_shown = ~np.isnan(values)
        bounds[: len(keyed)][is_shown] = values[is_shown, None]
        units = np.ones(matrix.shape[1])
        units[: len(keyed)] = unit
        scaled = sparse.csr_array(matrix @ sparse.diags_array(units))
        # What a total holds beyond its parts is counted in its equation's unit.
        largest_of_row = abs(scaled).max(axis=1).toarray().ravel()
        rest = sparse.coo_array(matrix[:, len(keyed) :])
        units[len(keyed) + rest.col] = largest_of_row[rest.row]
        scaled = sparse.csr_array(matrix @ sparse.diags_array(units))
        scaled = sparse.csr_array(sparse.diags_array(1 / abs(scaled).max(axis=1).toarray().ravel()) @ scaled)
        of_amounts = (abs(scaled[:, : len(keyed)]) @ is_amount.to_numpy(float)) > 0
        are_whole = np.asarray((abs(scaled).T @ of_amounts.astype(float)) == 0)
        return cls(scaled, bounds, are_whole, units, [])

    def solved(self, wanted: Any) -> tuple[Any, Any]:
        """Values of the wanted counts (missing if not told) and bounds; what cannot be met is left out."""
        kept = ~self._is_broken()
        self.unmet += np.flatnonzero(~kept).tolist()
        while True:
            numbers = np.flatnonzero(kept)
            matrix, totals = self.matrix[numbers], np.zeros(numbers.size)
            try:
                bounds = propagated(matrix, totals, self.bounds, are_whole=self.are_whole)
                values = constants(matrix, totals, bounds)
            except Contradiction as contradiction:
                broken = numbers[contradiction.equations]
                kept[broken] = False
                self.unmet += broken.tolist()
            else:
                return values[wanted] * self.units[wanted], bounds[wanted]

    def holds_nothing(self) -> Any:
        """Counts that are nothing because a shown count is that holds them: that of all is of nobody."""
        bounds = bounds_of(self.matrix.shape[1])
        bounds[(self.bounds == 0).all(axis=1)] = 0.0
        return propagated(self.matrix, np.zeros(self.matrix.shape[0]), bounds)[:, 1] == 0

    def _is_broken(self) -> Any:
        """Equations of shown counts alone that do not hold."""
        is_shown = self.bounds[:, 0] == self.bounds[:, 1]
        found = self.matrix @ np.where(is_shown, self.bounds[:, 0], 0.0)
        has_hidden = (abs(self.matrix) @ (~is_shown).astype(float)) > 0
        return ~has_hidden & (np.abs(found) > ROUNDING)
