"""What a release may show: the mode and the minima, as every step of protection reads them.

Not here: how they are kept (coarsen, protect) and how they are attacked (attack).
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class PublishingRules:
    """The publishing rules of a home.

    `personal`: one person's own data, nothing is hidden or withheld. `team`: a count needs `min_users`
    people and the denominator of a rate `min_sessions` sessions; a rate needs `min_effective_n` effective
    observations (METHODS 4.12).
    """

    mode: Literal["team", "personal"] = "team"
    min_users: int = 5
    min_sessions: int = 15
    min_effective_n: float = 30

    @property
    def is_personal(self) -> bool:
        return self.mode == "personal"


DEFAULT_RULES = PublishingRules()
"""The minima of METHODS 4.10 for a team."""
