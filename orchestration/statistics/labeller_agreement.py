"""Agreement of two labellers, beyond chance: nominal or ordinal.

Belongs here: kappa, weighted kappa, AC1 and PABAK of a table (METHODS 4.7). Not here: scores by class against
cases, which the labellers' own evaluation computes; which labels are paired, and intervals by users
(estimates). No unit: 1 is full agreement.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from orchestration.statistics.withholding import Floats

Weights = Literal["nominal", "linear", "quadratic"]
"""How far two labels are apart: the same or not, steps on the scale, steps squared."""


def agreed_share(table: ArrayLike) -> float | None:
    """Share of sessions on the diagonal of a square table of counts; None without sessions."""
    counts = _square(table)
    total = float(counts.sum())
    return float(np.trace(counts)) / total if total else None


def cohen_kappa(table: ArrayLike, *, weights: Weights = "nominal") -> float | None:
    """Cohen's kappa, (po − pe)/(1 − pe), weighted where the labels rise; METHODS 4.7.

    Counts may be fractional (weighted sessions). None without sessions, and where both labellers use one
    label alone, so that chance explains everything.
    """
    value = float(cohen_kappas(_square(table)[None], weights=weights)[0])
    return None if np.isnan(value) else value


def cohen_kappas(tables: Floats, *, weights: Weights = "nominal") -> Floats:
    """Cohen's kappa of each table of a stack, NaN where it is undefined."""
    place = np.arange(tables.shape[1])
    steps = place[:, None] - place[None, :]
    power = {"nominal": 0, "linear": 1, "quadratic": 2}[weights]
    distance = np.where(steps == 0, 0.0, np.abs(steps).astype(np.float64) ** power)
    seen = (tables * distance).sum(axis=(1, 2)) * tables.sum(axis=(1, 2))
    chance = np.einsum("ni,ij,nj->n", tables.sum(axis=2), distance, tables.sum(axis=1))
    shares = np.divide(seen, chance, out=np.full_like(seen, np.nan), where=chance > 0)
    return np.asarray(1.0 - shares)


def share_within_one(table: ArrayLike) -> float | None:
    """Share of sessions whose two labels are the same or neighbours on the scale; None without sessions."""
    counts = _square(table)
    total = float(counts.sum())
    near = np.abs(np.subtract.outer(np.arange(len(counts)), np.arange(len(counts)))) <= 1
    return float(counts[near].sum()) / total if total else None


def prevalence(table: ArrayLike) -> float | None:
    """Share of the most frequent label, over both labellers: read kappa beside it; None without sessions."""
    counts = _square(table)
    total = float(counts.sum())
    return float((counts.sum(axis=0) + counts.sum(axis=1)).max()) / (2 * total) if total else None


def pabak(table: ArrayLike) -> float | None:
    """Kappa as it would be if all K labels were equally frequent: (K·po − 1)/(K − 1); METHODS 4.7.

    Byrt, Bishop & Carlin 1993. None without sessions or with a single label.
    """
    counts, agreed = _square(table), agreed_share(table)
    labels = len(counts)
    return None if agreed is None or labels < 2 else (labels * agreed - 1) / (labels - 1)


def ac1(table: ArrayLike) -> float | None:
    """Gwet's AC1: chance is Σπ(1−π)/(K−1), π the mean of both margins; METHODS 4.7 (Gwet 2008).

    Stays near the agreed share where one label prevails. None without sessions or with a single label.
    """
    value = float(ac1s(_square(table)[None])[0])
    return None if np.isnan(value) else value


def ac1s(tables: Floats) -> Floats:
    """AC1 of each table of a stack, NaN where it is undefined."""
    totals, labels = tables.sum(axis=(1, 2)), tables.shape[1]
    agreed = np.trace(tables, axis1=1, axis2=2)
    if labels < 2:
        return np.full(len(tables), np.nan)
    shares, both = np.full((len(tables), labels), np.nan), tables.sum(axis=1) + tables.sum(axis=2)
    np.divide(both, 2 * totals[:, None], out=shares, where=totals[:, None] > 0)
    chance = (shares * (1 - shares)).sum(axis=1) / (labels - 1)
    observed = np.divide(agreed, totals, out=np.full(len(tables), np.nan), where=totals > 0)
    return np.asarray((observed - chance) / (1 - chance))


def _square(table: ArrayLike) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError("Agreement of two labellers needs a square table.")
    return counts
