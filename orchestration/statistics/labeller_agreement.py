"""Agreement beyond chance that Cohen's kappa does not give: rare labels, several labellers, gaps.

Belongs here: AC1 and PABAK of a table, Fleiss' kappa, Krippendorff's alpha (METHODS 4.7). Not here: the
two-labeller scores by class, which the labellers' own evaluation computes. No unit: 1 is full agreement.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

Measurement = Literal["nominal", "ordinal", "interval", "ratio"]


def agreed_share(table: ArrayLike) -> float | None:
    """Share of sessions on the diagonal of a square table of counts; None without sessions."""
    counts = _square(table)
    total = float(counts.sum())
    return float(np.trace(counts)) / total if total else None


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
    counts, agreed = _square(table), agreed_share(table)
    labels = len(counts)
    if agreed is None or labels < 2:
        return None
    mean_share = (counts.sum(axis=0) + counts.sum(axis=1)) / (2 * counts.sum())
    chance = float((mean_share * (1 - mean_share)).sum()) / (labels - 1)
    return (agreed - chance) / (1 - chance)


def fleiss_kappa(table: ArrayLike) -> float | None:
    """Fleiss' kappa of sessions × labels, each cell how many labellers gave it; METHODS 4.7.

    None without sessions, or where all labels are the same. Raises ValueError unless every session has
    equally many labels, two or more.
    """
    counts = np.asarray(table, dtype=np.float64)
    if not counts.size:
        return None
    sizes = counts.sum(axis=1)
    if sizes.min() < 2 or np.ptp(sizes) > 0:
        raise ValueError("Fleiss' kappa needs equally many labels of every session, two or more.")
    if np.count_nonzero(counts.sum(axis=0)) < 2:
        return None
    from statsmodels.stats.inter_rater import fleiss_kappa as fleiss

    return float(fleiss(counts, method="fleiss"))


def krippendorff_alpha(codings: ArrayLike, *, measurement: Measurement) -> float | None:
    """Krippendorff's alpha of labellers × sessions, NaN where a labeller did not code; METHODS 4.7.

    None where no session has two codings or all codings are the same.
    """
    values = np.asarray(codings, dtype=np.float64)
    paired = values[:, (~np.isnan(values)).sum(axis=0) >= 2] if values.size else values
    if not paired.size or np.nanmin(paired) == np.nanmax(paired):
        return None
    import krippendorff

    return float(krippendorff.alpha(reliability_data=values, level_of_measurement=measurement))


def _square(table: ArrayLike) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError("Agreement of two labellers needs a square table.")
    return counts
