"""What linear equations between whole counts tell about each of them.

Belongs here: bounds that the equations leave one after the other, and which counts all of them together
leave a single value. Used by whoever hides counts and by whoever attacks what was left (ADR 0036).
Not here: where the equations come from. Counts are whole.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from scipy import sparse

TOLERANCE = 1e-6
# Bounds move by steps where equations form a loop; the linear program finds what is left after that.
PROPAGATION_ROUNDS = 60
DIRECTIONS = 2
REGULAR = 1e-9
# A direction of unit size moves one of n counts that move together by about 1/√n.
STILL = 1e-5


class Contradiction(ValueError):  # noqa: N818 - it says what the equations are
    """No counts satisfy the equations: `equations` are numbers of such whose sides cannot meet."""

    def __init__(self, equations: Iterable[int]) -> None:
        self.equations = sorted({int(number) for number in equations})
        super().__init__(f"No counts satisfy the equations; see equations {self.equations[:10]}.")


def bounds_of(count: int) -> Any:
    """Bounds of `count` counts of which nothing is known but that they are not negative."""
    return np.column_stack([np.zeros(count), np.full(count, np.inf)])


Known = dict[bytes, Any]
"""What was found of counts that equations link, by those equations: hiding asks the same of most again."""


def constants(equations: Any, totals: Any, bounds: Any, known: Known | None = None) -> Any:
    """Per count its value where all solutions have the same one, else missing; the counts need not be whole.

    A program finds the solution with the fewest counts at their lower bound: in (x, s) with A·x = b·s and
    s ≥ 1 every count that can leave its bound does so at once. Counts that cannot are constant. The others
    are so where no direction along which the equations still hold moves them: a random one tells.
    `known` keeps what was found from one question to the next of the same equations.
    """
    matrix = sparse.csc_array(equations, dtype=float)
    low, high = np.asarray(bounds, dtype=float).T
    values = np.where(high - low <= TOLERANCE, low, np.nan)
    is_open = np.isnan(values)
    rest = np.asarray(totals, dtype=float) - matrix @ low
    free = sparse.csr_array(matrix[:, is_open])
    rows = np.flatnonzero(np.diff(free.indptr) > 0)
    if not rows.size:
        return values
    numbers = np.flatnonzero(is_open)
    support, is_still = _solved(free[rows], rest[rows], rows, numbers, {} if known is None else known)
    is_bound = support <= TOLERANCE
    values[numbers[is_bound]] = low[numbers[is_bound]]
    still = numbers[~is_bound & is_still]
    values[still] = low[still] + support[~is_bound & is_still]
    return values


def _solved(matrix: Any, totals: Any, equations: Any, numbers: Any, known: Known) -> tuple[Any, Any]:
    """Per count how far it can leave its bound, and whether it cannot move from there.

    Counts that no equation links have nothing to do with each other: only those are solved, all at once,
    of which not the same was asked before.
    """
    of_row, of_column = _linked(matrix)
    support, is_still = np.zeros(len(numbers)), np.zeros(len(numbers), dtype=bool)
    fresh: list[tuple[bytes, Any]] = []
    row_order, column_order = np.argsort(of_row, kind="stable"), np.argsort(of_column, kind="stable")
    row_ends = np.cumsum(np.bincount(of_row, minlength=of_column.max() + 1))
    column_ends = np.cumsum(np.bincount(of_column))
    for own_rows, own in zip(
        np.split(row_order, row_ends[:-1]), np.split(column_order, column_ends[:-1]), strict=True
    ):
        key = equations[own_rows].tobytes() + numbers[own].tobytes() + totals[own_rows].tobytes()
        if key in known:
            support[own], is_still[own] = known[key]
        else:
            fresh.append((key, own))
    if fresh:
        chosen = np.sort(np.concatenate([own for _, own in fresh]))
        own_rows = np.flatnonzero(np.isin(of_row, of_column[chosen]))
        part = sparse.csr_array(matrix[own_rows][:, chosen])
        support[chosen] = _support(part, totals[own_rows], equations[own_rows])
        moving = support[chosen] > TOLERANCE
        is_still[chosen[moving]] = _still(part[:, np.flatnonzero(moving)])
        known.update((key, (support[own], is_still[own])) for key, own in fresh)
    return support, is_still


def _linked(matrix: Any) -> tuple[Any, Any]:
    """Per equation and per count the number of the group that equations link it to."""
    from scipy.sparse.csgraph import connected_components

    rows, _ = matrix.shape
    graph = sparse.block_array([[None, matrix], [matrix.T, None]], format="csr")
    _, group = connected_components(graph, directed=False)
    return group[:rows], group[rows:]


def _support(matrix: Any, totals: Any, equations: Any) -> Any:
    """A solution x ≥ 0 of `matrix @ x == totals` in which as many counts as can be are above zero."""
    # Here, because every process that loads the definitions would wait a second for it.
    from scipy.optimize import linprog

    width = matrix.shape[1]
    # Columns: the first unit of each count, what it has beyond that, and the scale of both.
    system = sparse.hstack([matrix, matrix, sparse.csc_array(-totals[:, None])], format="csr")
    bounds = np.vstack([[[0.0, 1.0]] * width, [[0.0, np.inf]] * width, [[1.0, np.inf]]])
    objective = np.concatenate([-np.ones(width), np.zeros(width + 1)])
    found = linprog(objective, A_eq=system, b_eq=np.zeros(len(totals)), bounds=bounds, method="highs")
    if found.x is None:
        raise Contradiction(equations[_missed(matrix, totals)])
    return (found.x[:width] + found.x[width:-1]) / found.x[-1] * (found.x[:width] > TOLERANCE)


def _missed(matrix: Any, totals: Any) -> Any:
    """Of equations that no counts satisfy, those that are missed where all are met as nearly as can be.

    Raises RuntimeError where the solver does not say: leaving all of them out would be an attack on nothing.
    """
    from scipy.optimize import linprog

    rows, width = matrix.shape
    beyond = sparse.eye_array(rows)
    system = sparse.hstack([matrix, beyond, -beyond], format="csr")
    objective = np.concatenate([np.zeros(width), np.ones(2 * rows)])
    found = linprog(objective, A_eq=system, b_eq=totals, bounds=(0, None), method="highs")
    if found.x is None:
        raise RuntimeError(f"The counts of the release could not be solved: {found.message}")
    beside = found.x[width : width + rows] + found.x[width + rows :]
    missed = np.flatnonzero(beside > TOLERANCE)
    return missed if missed.size else np.array([beside.argmax()])


def _still(matrix: Any) -> Any:
    """Which counts no direction moves along which the equations still hold."""
    from scipy.sparse.linalg import splu

    rows, width = matrix.shape
    # The part of a direction z that keeps A·z = 0 solves z + Aᵀ·y = direction, A·z = 0; a trace of y in the
    # second keeps the system regular where equations repeat each other.
    system = sparse.block_array(
        [[sparse.eye_array(width), matrix.T], [matrix, -REGULAR * sparse.eye_array(rows)]], format="csc"
    )
    directions = np.zeros((width + rows, DIRECTIONS))
    directions[:width] = np.random.default_rng(0).standard_normal((width, DIRECTIONS))
    moved = np.abs(splu(system).solve(directions)[:width]).max(axis=1, initial=0)
    return moved < STILL


def propagated(equations: Any, totals: Any, bounds: Any, *, are_whole: Any = True) -> Any:
    """Bounds after each equation has told each of its counts what the others leave to it."""
    matrix, totals = sparse.coo_array(equations), np.asarray(totals, dtype=float)
    low, high = np.asarray(bounds, dtype=float).T.copy()
    are_whole = np.broadcast_to(are_whole, low.shape)
    known = np.column_stack([low, high])
    is_known = low == high
    own = matrix
    for _ in range(PROPAGATION_ROUNDS):
        before_low, before_high = low.copy(), high.copy()
        lower, upper = implied(own, totals, low, high)
        column, is_whole = own.col, are_whole[own.col]
        np.minimum.at(high, column, np.where(is_whole, np.floor(upper + TOLERANCE), upper))
        np.maximum.at(low, column, np.where(is_whole, np.ceil(lower - TOLERANCE), lower))
        # Sums of amounts are rounded in their last digits; what is known stays as it was given.
        if (is_crossed := low > high + TOLERANCE * (1 + np.abs(low))).any():
            raise Contradiction(own.row[is_crossed[column]])
        low[is_known], high[is_known] = known[is_known].T
        is_changed = (low > before_low + TOLERANCE) | (high < before_high - TOLERANCE)
        if not is_changed.any():
            break
        own = _rows_with(matrix, is_changed)
    return np.column_stack([low, high])


def _rows_with(matrix: Any, is_wanted: Any) -> Any:
    """The entries (coo) of the equations that one of the wanted counts is in."""
    has_wanted = np.zeros(matrix.shape[0], dtype=bool)
    has_wanted[matrix.row[is_wanted[matrix.col]]] = True
    chosen = has_wanted[matrix.row]
    entries = (matrix.data[chosen], (matrix.row[chosen], matrix.col[chosen]))
    return sparse.coo_array(entries, shape=matrix.shape)


def implied(matrix: Any, totals: Any, low: Any, high: Any) -> tuple[Any, Any]:
    """Per entry of a sparse (coo) matrix: least and greatest value that its equation leaves to its count."""
    row, column, weight = matrix.row, matrix.col, matrix.data
    totals = np.asarray(totals, dtype=float)
    least = np.where(weight > 0, weight * low[column], weight * high[column])
    greatest = np.where(weight > 0, weight * high[column], weight * low[column])
    at_most = totals[row] - _others(row, least, totals.size)
    at_least = totals[row] - _others(row, greatest, totals.size)
    upper, lower = np.where(weight > 0, (at_most, at_least), (at_least, at_most)) / weight
    return lower, upper


def _others(row: Any, values: Any, row_count: int) -> Any:
    """Per entry, the sum of the other entries of its row; infinite where one of those is."""
    endless = ~np.isfinite(values)
    finite = np.where(endless, 0.0, values)
    sums = np.bincount(row, finite, row_count)[row] - finite
    endless_count = np.bincount(row, endless, row_count)[row] - endless
    sign = np.sign(np.bincount(row, np.where(endless, np.sign(values), 0.0), row_count)[row])
    return np.where(endless_count > 0, np.where(sign == 0, 1.0, sign) * np.inf, sums)
