"""Relations between counts that hold in figures, whether declared or not.

Test support: two counts that are the same in every cell, and one that is the sum of two others. What holds in
many cells of planted people holds by definition, or nearly so; the catalogue has to know it.
"""

from itertools import combinations

import numpy as np
import pandas as pd

from orchestration.measures.count_relations import CountIdentities
from orchestration.privacy.released_counts import COUNT_KEY, USERS, released_counts

MIN_CELLS = 12
"""In fewer cells, equal numbers may be chance."""

MIN_VALUES = 5
"""Distinct numbers above zero that a relation must have been seen to hold for."""


def counts_by_cell(figures: pd.DataFrame, identities: CountIdentities) -> pd.DataFrame:
    """One row per cell, one column per whole count (users left out); missing where a cell lacks it."""
    counts = released_counts(figures, identities)
    counts = counts[~counts["is_amount"] & ~counts["count"].str.startswith(USERS)]
    cell = [name for name in COUNT_KEY if name != "count"]
    counts[cell] = counts[cell].astype(object).where(counts[cell].notna(), "").astype(str)
    return counts.pivot_table(index=cell, columns="count", values="value", aggfunc="max")


def undeclared_relations(figures: pd.DataFrame, identities: CountIdentities) -> list[str]:
    """`a = b` and `a = b + c` that hold in all cells of the figures and do not follow from declared ones."""
    values = counts_by_cell(figures, identities)
    names = list(values.columns)
    known = _declared(names, identities)
    array = values.to_numpy(float)
    found: list[str] = []
    for one, other in combinations(range(len(names)), 2):
        if _holds(array[:, one] - array[:, other], array[:, one]):
            known = _noted(known, names, found, one, (other,))
    for one, other in combinations(range(len(names)), 2):
        total = array[:, one] + array[:, other]
        for whole in np.flatnonzero(_columns_equal(total, array)):
            is_seen = _holds(total - array[:, whole], np.minimum(array[:, one], array[:, other]))
            if whole not in (one, other) and is_seen:
                known = _noted(known, names, found, int(whole), (one, other))
    return found


def _holds(difference: np.ndarray, size: np.ndarray) -> bool:
    is_known = ~np.isnan(difference)
    if is_known.sum() < MIN_CELLS or np.any(difference[is_known] != 0):
        return False
    seen = size[is_known]
    return len(np.unique(seen[seen > 0])) >= MIN_VALUES


def _columns_equal(total: np.ndarray, array: np.ndarray) -> np.ndarray:
    difference = array - total[:, None]
    return np.asarray(np.all(np.isnan(difference) | (difference == 0), axis=0))


def _declared(names: list[str], identities: CountIdentities) -> np.ndarray:
    rows = [
        _form(names, names.index(relation.total), [names.index(part) for part in relation.parts])
        for relation in identities.traits.relations
        if relation.is_whole and {relation.total, *relation.parts} <= set(names)
    ]
    return np.array(rows).reshape(-1, len(names))


def _form(names: list[str], whole: int, parts: list[int]) -> np.ndarray:
    form = np.zeros(len(names))
    form[parts] = 1
    form[whole] -= 1
    return form


def _noted(
    known: np.ndarray, names: list[str], found: list[str], whole: int, parts: tuple[int, ...]
) -> np.ndarray:
    """What is known with one relation more; it is noted where it did not follow from the rest."""
    wider = np.vstack([known, _form(names, whole, list(parts))])
    if np.linalg.matrix_rank(wider) == np.linalg.matrix_rank(known):
        return known
    found.append(f"{names[whole]} = {' + '.join(names[part] for part in parts)}")
    return wider
