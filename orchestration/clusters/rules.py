"""How large a cluster must be before anything is said of it: the minima, and the test of a set of units.

Belongs here: the one decision that everything after it relies on. Not here: what becomes of small clusters
(find_clusters). Stricter than the minima of a cell (METHODS 4.10), because words say more than counts.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.privacy.rules import DEFAULT_RULES, PublishingRules
from orchestration.privacy.small_counts import is_small


@dataclass(frozen=True)
class ClusterRules:
    """Fewest users and units of a cluster, and the publishing rules of the home, which hold as well.

    In a personal home one user is enough: nothing is hidden from the person whose data it is.
    """

    min_users: int = 10
    min_items: int = 30
    publishing: PublishingRules = DEFAULT_RULES

    @property
    def fewest_users(self) -> int:
        return 1 if self.publishing.is_personal else max(self.min_users, self.publishing.min_users)

    def is_large_enough(
        self, users: NDArray[np.int64], sessions: NDArray[np.int64], weights: NDArray[np.float64]
    ) -> bool:
        """Whether units with these users (-1: unknown) and sessions may be spoken of as a cluster.

        There must be enough known users, units and sessions, and no user may have more than half of either.
        """
        known = users[users >= 0]
        if len(users) < self.min_items or len(np.unique(known)) < self.fewest_users:
            return False
        if self.publishing.is_personal:
            return True
        per_session = np.unique(np.column_stack([sessions, users]), axis=0)[:, 1]
        return not any(
            is_small(counts, codes >= 0, self.publishing)
            for codes, counts in (_per_user(users, weights), _per_user(per_session))
        )


def _per_user(
    users: NDArray[np.int64], weights: NDArray[np.float64] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Users and what each has; unknown ones are one group."""
    codes, place = np.unique(users, return_inverse=True)
    return codes, np.bincount(place, weights=weights).astype(float)


DEFAULT_CLUSTER_RULES = ClusterRules()
