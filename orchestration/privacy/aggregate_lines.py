"""Lines of cells of which only totals are known: how many sessions, how many users, how much of the largest.

Belongs here: complementary hiding for estimates and for the durations of turns, whose rows do not say what
each user adds. Not here: the tables of rates (decide), where that is known and less has to be hidden.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from orchestration.privacy.rules import PublishingRules


@dataclass(frozen=True)
class Cells:
    """Cells as arrays of one length: what adds up (`size`), sessions, users, the largest user's share."""

    size: Any
    sessions: Any
    users: Any
    top_share: Any

    @classmethod
    def of(cls, rows: pd.DataFrame, size: str = "n_sessions") -> "Cells":
        columns = (size, "n_sessions", "n_users", "top_user_share")
        return cls(
            *(pd.to_numeric(rows[name], errors="coerce").fillna(0).to_numpy(float) for name in columns)
        )

    def small(self, rules: PublishingRules) -> Any:
        """Which cells are too small by themselves, or of one user above half."""
        return (self.users < rules.min_users) | (self.sessions < rules.min_sessions) | (self.top_share > 0.5)


def hide_complements(
    cells: Cells, is_hidden: Any, lines: Sequence[tuple[int | None, Sequence[int]]], rules: PublishingRules
) -> Any:
    """`is_hidden` with the cells that must go too; `lines`: the number of a total and of its parts.

    A line that hides something hides two cells at least, together `min_sessions` sessions and one of them
    `min_users` users, as the same people may be in several; a shown total less its shown parts leaves
    nothing or that much; parts of a hidden total are hidden.
    """
    found = np.array(is_hidden, dtype=bool)
    before = -1
    while before != found.sum():
        before = int(found.sum())
        for total, parts in lines:
            _settle(cells, found, total, np.asarray(parts, dtype=int), rules)
    return found


def _settle(cells: Cells, found: Any, total: int | None, parts: Any, rules: PublishingRules) -> None:
    if total is not None and found[total]:
        found[parts] = True
        return
    for part in parts[np.argsort(cells.size[parts], kind="stable")]:
        if _is_safe(cells, parts[found[parts]], _rest(cells, total, parts), rules):
            return
        found[part] = True


def _rest(cells: Cells, total: int | None, parts: Any) -> float:
    return 0.0 if total is None else max(0.0, float(cells.sessions[total] - cells.sessions[parts].sum()))


def _is_safe(cells: Cells, hidden: Any, rest: float, rules: PublishingRules) -> bool:
    if not len(hidden):
        return rest == 0 or rest >= rules.min_sessions
    sessions = cells.sessions[hidden].sum() + rest
    top = float((cells.sessions * cells.top_share)[hidden].max(initial=0))
    return bool(
        len(hidden) + (rest > 0) > 1
        and sessions >= rules.min_sessions
        and cells.users[hidden].max(initial=0) >= rules.min_users
        and top <= 0.5 * sessions
    )
