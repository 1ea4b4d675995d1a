"""The least and greatest value that each count can have where all equations hold, by linear programs.

Test support: what an attacker of a small release knows exactly, two programs per count. The product asks
less of larger systems (orchestration.privacy.linear_program).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components

from orchestration.privacy.linear_program import TOLERANCE, Contradiction, propagated

# Objectives over all open counts of a component at a time: each shows many of them to be wide.
JOINT_OBJECTIVES = 12


def feasible_ranges(
    equations: Any,
    totals: Any,
    bounds: Any,
    wanted: Sequence[int],
    *,
    enough: float = np.inf,
    are_whole: Any = True,
) -> list[tuple[float, float]]:
    """Least and greatest value of each wanted count, given `equations @ counts == totals` and bounds.

    `equations` is a sparse matrix of one row per equation and one column per count, `bounds` an array of one
    row (low, high) per count; `are_whole`: which counts are whole numbers, one answer for all or one each.
    A range that is at least `enough` wide need not be its widest: it is what was seen of it when that was
    known. Raises Contradiction where no counts satisfy the equations.
    """
    narrowed = propagated(equations, totals, bounds, are_whole=are_whole)
    ranges = {int(count): (narrowed[count, 0], narrowed[count, 1]) for count in wanted}
    open_counts = [count for count, (low, high) in ranges.items() if high - low > TOLERANCE]
    for component in components(equations, totals, narrowed, open_counts):
        if component.equations.size:  # else the bounds are all that is known of it
            ranges.update(component.ranges(enough))
    return [ranges[int(count)] for count in wanted]


@dataclass
class Component:
    """Equations that hang together: counts that no other equation touches."""

    matrix: Any
    totals: Any
    bounds: Any
    counts: Any
    wanted: Any
    equations: Any

    def ranges(self, enough: float) -> dict[int, tuple[float, float]]:
        """Per wanted count its range; what the solution of one program shows is not asked again."""
        least = np.full(self.counts.size, np.inf)
        greatest = np.full(self.counts.size, -np.inf)
        is_open = np.zeros(self.counts.size, dtype=bool)
        is_open[self.wanted] = True

        def see(objective: Any) -> None:
            values = self.solved(objective)
            np.minimum(least, values, out=least)
            np.maximum(greatest, values, out=greatest)
            is_open[greatest - least >= enough - TOLERANCE] = False

        draws = np.random.default_rng(0)
        for attempt in range(JOINT_OBJECTIVES if np.isfinite(enough) else 0):
            if is_open.sum() < 2:
                break
            signs = draws.choice([-1.0, 1.0], self.counts.size) if attempt > 1 else 1.0 - 2.0 * attempt
            see(np.where(is_open, signs, 0.0))
        for count in self.wanted:
            for sign in (1.0, -1.0):
                if is_open[count]:
                    see(sign * (np.arange(self.counts.size) == count))
        return {
            int(self.counts[count]): (float(least[count]), float(greatest[count])) for count in self.wanted
        }

    def solved(self, objective: Any) -> Any:
        """Counts that satisfy the equations at the least `objective`. Raises Contradiction where none do."""
        found = linprog(objective, A_eq=self.matrix, b_eq=self.totals, bounds=self.bounds, method="highs")
        if found.x is None:
            raise Contradiction(self.equations)
        return found.x


def components(equations: Any, totals: Any, bounds: Any, wanted: Sequence[int]) -> list[Component]:
    """What is left to be solved for the wanted counts: known counts are put in, and unrelated ones apart."""
    matrix = sparse.csc_array(equations, dtype=float)
    low, high = bounds.T
    is_known = high - low <= TOLERANCE
    rest = np.asarray(totals, dtype=float) - matrix[:, is_known] @ low[is_known]
    free = np.flatnonzero(~is_known)
    matrix = sparse.csr_array(matrix[:, free])
    matrix.eliminate_zeros()
    size = np.diff(matrix.indptr)
    if (unmet := np.flatnonzero((size == 0) & (np.abs(rest) > TOLERANCE * (1 + np.abs(totals))))).size:
        raise Contradiction(unmet)
    rows, columns = matrix.shape
    joined = sparse.block_array([[None, matrix], [matrix.T, None]]) if matrix.nnz else None
    parts = (
        connected_components(joined, directed=False)[1] if joined is not None else np.arange(rows + columns)
    )
    place = {int(count): number for number, count in enumerate(free)}
    asked: dict[int, list[int]] = {}
    for count in wanted:
        asked.setdefault(int(parts[rows + place[int(count)]]), []).append(place[int(count)])
    # A count without a bound is given a far one, so that every program has a solution.
    far = 10.0 * max(
        1.0, np.abs(rest).max(initial=0), low.max(initial=0), high[np.isfinite(high)].max(initial=0)
    )
    boxes = np.column_stack([low[free], np.where(np.isfinite(high[free]), high[free], far)])
    return [
        _component(matrix, rest, boxes, free, (parts[:rows] == part, parts[rows:] == part), numbers)
        for part, numbers in sorted(asked.items())
    ]


def _component(
    matrix: Any, rest: Any, boxes: Any, free: Any, part: tuple[Any, Any], numbers: list[int]
) -> Component:
    rows, columns = np.flatnonzero(part[0]), np.flatnonzero(part[1])
    return Component(
        matrix=matrix[rows][:, columns],
        totals=rest[rows],
        bounds=boxes[columns],
        counts=free[columns],
        wanted=np.searchsorted(columns, numbers),
        equations=rows,
    )
