"""Sessions in groups: users, cells and levels as numbers, and sums over them.

Belongs here: coding of columns, unknown users, joint cells, totals by group. Not here: what is estimated
from the groups. Codes follow the order of the values, so the order of the rows never matters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.statistics.withholding import Codes, Floats, is_showing_all


@dataclass(frozen=True)
class Clusters:
    """The user of each session as a code from 0.

    Sessions of unknown users are one cluster (the last), which counts as no user: what they share is not
    known, so their errors are never taken for independent.
    """

    codes: Codes
    count: int
    user_count: int

    @property
    def busy(self) -> float:
        """Kish's number of equally busy clusters, (Σn)²/Σn²; 0 without sessions (METHODS 4.2)."""
        sizes = np.bincount(self.codes).astype(np.float64)
        return float(sizes.sum() ** 2 / (sizes @ sizes)) if len(sizes) else 0.0

    def sums(self, values: Floats) -> Floats:
        """Totals of a column per cluster."""
        return np.asarray(np.bincount(self.codes, weights=values, minlength=self.count), dtype=np.float64)

    def where(self, mask: NDArray[np.bool_]) -> "Clusters":
        """The clusters of some sessions, coded anew."""
        kept = self.codes[mask]
        has_unknown = self.count > self.user_count and bool((kept == self.count - 1).any())
        codes = recoded(kept)
        count = int(codes.max(initial=-1)) + 1
        return Clusters(codes, count, count - int(has_unknown))


def codes_of(values: Any) -> Codes:
    """A number from 0 per distinct value in rising order, −1 for missing ones."""
    codes, _ = pd.factorize(pd.Series(values), sort=True)
    return np.asarray(codes, dtype=np.int64)


def recoded(codes: Codes) -> Codes:
    """Codes from 0 (none missing) without those that do not occur, in the same order; linear in sessions."""
    occurs = np.bincount(codes) > 0
    return np.asarray((np.cumsum(occurs) - 1)[codes], dtype=np.int64)


def joint_codes(columns: Sequence[Any]) -> Codes:
    """A number per combination of values that occurs; −1 where any of them is missing."""
    if not columns:
        raise ValueError("Name at least one column of the cell.")
    joint = codes_of(columns[0])
    for column in columns[1:]:
        further = codes_of(column)
        known = (joint >= 0) & (further >= 0)
        paired = joint * (int(further.max(initial=0)) + 1) + further
        joint = np.full(len(joint), -1, dtype=np.int64)
        joint[known] = codes_of(paired[known])
    return joint


def clusters_of(users: Any) -> Clusters:
    """Clusters of the sessions' users; missing users are one cluster of their own."""
    codes = codes_of(users)
    unknown = codes < 0
    user_count = int(codes.max(initial=-1)) + 1
    codes = np.where(unknown, user_count, codes)
    return Clusters(codes, user_count + int(unknown.any()), user_count)


def error_clusters(users: Any) -> Clusters:
    """The clusters that an error is computed from: users.

    Sessions, each its own, where one person has all of them and everything is shown: the error then holds
    for this person's sessions only.
    """
    clusters = clusters_of(users)
    if clusters.count > 1 or not is_showing_all():
        return clusters
    sessions = len(clusters.codes)
    return Clusters(np.arange(sessions, dtype=np.int64), sessions, sessions)


def user_count_of(clusters: Clusters, mask: NDArray[np.bool_]) -> int:
    """Known users among the sessions of a mask."""
    return clusters.where(mask).user_count
