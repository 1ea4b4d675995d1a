"""The counts of a release with the equations between them, and what follows from those that are shown.

Belongs here: bringing equations into units that suit a solver, solving them, leaving out what contradicts
itself. Not here: which equations there are (count_equations), what is asked of the solution: an attack asks
what is told (attack), protecting what must be hidden so that nothing is (protect).
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from orchestration.measures.count_relations import CountTraits
from orchestration.privacy.count_equations import CountEquations, count_equations
from orchestration.privacy.linear_program import (
    Contradiction,
    Known,
    bounds_of,
    constants,
    implied,
    propagated,
)
from orchestration.privacy.released_counts import COUNT_KEY, USERS

ROUNDING = 1e-4
"""Shown counts whose equation is missed by no more than this are sums that were rounded."""


@dataclass(frozen=True)
class Solution:
    """What follows from shown counts. One entry per column of the system, in its units.

    `values`: of what can have one value only, else missing; `bounds`: least and greatest value; `unmet`:
    numbers of equations that the shown counts break, which are left out.
    """

    values: Any
    bounds: Any
    unmet: tuple[int, ...]


@dataclass(frozen=True)
class CountSystem:
    """Equations `matrix @ columns == 0`; the columns are `counts`, then what totals hold beyond their parts.

    `counts`: one row per count (COUNT_KEY, `value`, `figure`: position of a row that has it, missing where
    none has, `is_amount`); `units`: what one unit of each column is worth; `found`: what was solved before.
    """

    counts: pd.DataFrame
    matrix: Any
    units: Any
    are_whole: Any
    kinds: tuple[str, ...]
    found: dict[bytes, Known] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, released: pd.DataFrame, traits: CountTraits) -> "CountSystem":
        """The system of released counts (`released_counts`, of one release or of two).

        Amounts are told in thousandths of the largest of their count; the others as they are.
        """
        known = released.groupby(list(COUNT_KEY), dropna=False, sort=False, as_index=False).agg(
            value=("value", "max"), figure=("figure", "first"), is_amount=("is_amount", "all")
        )
        known[list(COUNT_KEY)] = known[list(COUNT_KEY)].astype(object)
        equations = count_equations(known, traits)
        counts = equations.counts.merge(known, on=list(COUNT_KEY), how="left")
        return cls._scaled(equations, counts)

    @classmethod
    def _scaled(cls, equations: CountEquations, counts: pd.DataFrame) -> "CountSystem":
        matrix, size = equations.matrix(), len(counts)
        is_amount = counts["count"].isin(counts.loc[counts["is_amount"].eq(True), "count"])
        largest = counts.groupby("count", sort=False)["value"].transform("max").fillna(1.0)
        units = np.ones(matrix.shape[1])
        units[:size] = (largest / 1000).where(is_amount & (largest > 0), 1.0).to_numpy(float)
        scaled = sparse.csr_array(matrix @ sparse.diags_array(units))
        # What a total holds beyond its parts is counted in its equation's unit.
        largest_of_row = abs(scaled).max(axis=1).toarray().ravel()
        rest = sparse.coo_array(matrix[:, size:])
        units[size + rest.col] = largest_of_row[rest.row]
        scaled = sparse.csr_array(matrix @ sparse.diags_array(units))
        scaled = sparse.csr_array(sparse.diags_array(1 / abs(scaled).max(axis=1).toarray().ravel()) @ scaled)
        of_amounts = (abs(scaled[:, :size]) @ is_amount.to_numpy(float)) > 0
        are_whole = np.asarray((abs(scaled).T @ of_amounts.astype(float)) == 0)
        return cls(counts, scaled, units, are_whole, tuple(equations.kinds))

    @cached_property
    def is_of_users(self) -> Any:
        """Which counts are of users."""
        return self.counts["count"].str.startswith(USERS).to_numpy(bool)

    @cached_property
    def are_rests_of_sessions(self) -> Any:
        """Which of the columns after the counts are no rests of equations about users."""
        size = len(self.counts)
        of_users = (abs(self.matrix[:, :size]) @ self.is_of_users.astype(float)) > 0
        return (abs(self.matrix[:, size:]).T @ of_users.astype(float)) == 0

    def solved(self, values: Any, *, is_thorough: bool = True) -> Solution:
        """What follows where these `values` of the counts are shown (missing: hidden).

        Where not `is_thorough`, only what equations tell one after the other, without the linear program.
        """
        bounds = self._bounds(values)
        broken = self._is_broken(bounds)
        kept, unmet = ~broken, np.flatnonzero(broken).tolist()
        while True:
            numbers = np.flatnonzero(kept)
            matrix, totals = self.matrix[numbers], np.zeros(numbers.size)
            # Equations are known by their numbers, which change with every one that is left out.
            known = self.found.setdefault(numbers.tobytes(), {})
            try:
                found = propagated(matrix, totals, bounds, are_whole=self.are_whole)
                told = constants(matrix, totals, found, known) if is_thorough else _told(found)
            except Contradiction as contradiction:
                kept[numbers[contradiction.equations]] = False
                unmet += numbers[contradiction.equations].tolist()
            else:
                return Solution(told, found, tuple(unmet))

    def holds_nothing(self, values: Any) -> Any:
        """Columns that are nothing because a shown count is that holds them: that of all is of nobody."""
        bounds = self._bounds(np.where(np.asarray(values) == 0, 0.0, np.nan))
        return propagated(self.matrix, np.zeros(self.matrix.shape[0]), bounds)[:, 1] == 0

    def implied(self, bounds: Any) -> tuple[Any, Any, Any]:
        """The matrix (coo), and per entry the least and greatest value its equation leaves to its column."""
        matrix = sparse.coo_array(self.matrix)
        lower, upper = implied(matrix, np.zeros(matrix.shape[0]), bounds[:, 0], bounds[:, 1])
        return matrix, lower, upper

    def _bounds(self, values: Any) -> Any:
        bounds = bounds_of(self.matrix.shape[1])
        scaled = np.asarray(values, dtype=float) / self.units[: len(self.counts)]
        is_shown = ~np.isnan(scaled)
        bounds[: len(scaled)][is_shown] = scaled[is_shown, None]
        return bounds

    def _is_broken(self, bounds: Any) -> Any:
        """Equations of shown counts alone that do not hold."""
        is_shown = bounds[:, 0] == bounds[:, 1]
        found = self.matrix @ np.where(is_shown, bounds[:, 0], 0.0)
        has_hidden = (abs(self.matrix) @ (~is_shown).astype(float)) > 0
        return ~has_hidden & (np.abs(found) > ROUNDING)


def _told(bounds: Any) -> Any:
    return np.where(bounds[:, 1] - bounds[:, 0] <= ROUNDING, bounds[:, 0], np.nan)
