"""The sessions a regression compares: complete, with their levels, fixed effects and users as numbers.

Belongs here: which sessions enter, what an effect is, which levels cells connect with each other
(METHODS 4.3). Not here: what is estimated from them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.statistics.groups import Clusters, codes_of, error_clusters, joint_codes, recoded
from orchestration.statistics.withholding import Codes, Floats

Effect = Sequence[str]
"""Columns whose combinations are the groups of one fixed effect."""


def complete_sessions(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Sessions that miss none of the columns: one sample for several specifications (METHODS 4.3)."""
    return frame.loc[frame[list(columns)].notna().all(axis=1)]


@dataclass(frozen=True)
class ComparedSessions:
    """Sessions of one specification; `level` are codes into `levels`, `outcomes` sessions × outcomes of 0/1.

    `n_missing`: sessions left out for a missing value. `apart`: levels left out, not connected with these.
    """

    outcomes: Floats
    level: Codes
    levels: NDArray[Any]
    effects: tuple[Codes, ...]
    clusters: Clusters
    n_missing: int
    apart: NDArray[np.bool_]

    def where(self, mask: NDArray[np.bool_], *, apart: NDArray[np.bool_]) -> "ComparedSessions":
        effects = tuple(recoded(effect[mask]) for effect in self.effects)
        return replace(
            self,
            outcomes=self.outcomes[mask],
            level=self.level[mask],
            effects=effects,
            clusters=self.clusters.where(mask),
            apart=apart,
        )


def compared_sessions(
    frame: pd.DataFrame, *, outcomes: Sequence[str], level: str, user: str, effects: Sequence[Effect]
) -> ComparedSessions:
    """Sessions without a missing outcome, level or column of an effect; raises ValueError unless 0/1.

    Sessions of unknown users stay, unless the user is an effect: what they share is no person's habit.
    """
    needed = {*outcomes, level} | {column for effect in effects for column in effect if column != user}
    kept = complete_sessions(frame, sorted(needed))
    if user in {column for effect in effects for column in effect}:
        kept = complete_sessions(kept, [user])
    y = kept[list(outcomes)].to_numpy(dtype=np.float64)
    if not ((y == 0) | (y == 1)).all():
        raise ValueError(f"Columns {', '.join(outcomes)} must be 0, 1 or missing.")
    codes = codes_of(kept[level])
    levels = np.asarray(sorted(kept[level].unique().tolist()), dtype=object)
    joint = tuple(joint_codes([kept[column] for column in effect]) for effect in effects)
    return ComparedSessions(
        y,
        codes,
        levels,
        joint,
        error_clusters(kept[user]),
        len(frame) - len(kept),
        np.zeros(len(levels), dtype=bool),
    )


def connected_sessions(sample: ComparedSessions) -> ComparedSessions:
    """The sessions of the levels that cells connect with each other; the largest such set of levels.

    Only a single effect can be judged so; with several, `fit_within` finds what is not identified.
    """
    count = len(sample.levels)
    if len(sample.effects) != 1 or not count:
        return sample
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    cells = int(sample.effects[0].max()) + 1
    edges = (np.ones(len(sample.level)), (sample.level, sample.effects[0] + count))
    graph = coo_array(edges, shape=(count + cells, count + cells)).tocsr()
    _, component = connected_components(graph, directed=False)
    of_session = component[sample.level]
    largest = int(np.bincount(of_session).argmax())
    return sample.where(of_session == largest, apart=component[:count] != largest)
