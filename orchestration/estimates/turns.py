"""Turns as the estimates of their durations read them: columns of a period, aligned.

Belongs here: which turns enter, reading them, cutting them. Not here: what is estimated of them.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from orchestration.estimates.built_facts import BuiltFacts

Series = Literal["wall", "net"]
SERIES: tuple[Series, ...] = ("net", "wall")

# Unknown users are one group that counts as no user: what they share is not one person's for certain.
_TURNS_SQL = """
    select started_week, started_local_date, wall_seconds, net_seconds, is_open, session_id, user_id
    from marts.fct_turns
    where agent = $agent and is_interactive and has_agent_work and not is_sidechain
    order by started_at, turn_id
"""


@dataclass(frozen=True)
class Turns:
    """Columns of the turns of a period, aligned; `user` is −1 where the user is unknown.

    An open turn lasted at least its seconds when it was read.
    """

    week: NDArray[np.int64]
    day: NDArray[np.int64]
    seconds: dict[Series, NDArray[np.float64]]
    session: NDArray[np.int64]
    user: NDArray[np.int64]
    is_open: NDArray[np.bool_]

    def where(self, mask: NDArray[np.bool_]) -> "Turns":
        """Some of the turns."""
        seconds = {series: values[mask] for series, values in self.seconds.items()}
        return Turns(
            self.week[mask], self.day[mask], seconds, self.session[mask], self.user[mask], self.is_open[mask]
        )

    @property
    def ended(self) -> "Turns":
        """Those that are not open."""
        return self.where(~self.is_open)

    @property
    def open_count(self) -> int:
        return int(self.is_open.sum())

    @property
    def session_count(self) -> int:
        return len(np.unique(self.session))

    @property
    def user_count(self) -> int:
        """Known users."""
        return len(np.unique(self.user[self.user >= 0]))


def read_turns(facts: BuiltFacts) -> pa.Table:
    """The turns that may enter estimates, open ones included, in a fixed order."""
    return facts.read(_TURNS_SQL)


def turns_of(table: pa.Table) -> Turns:
    """The columns of read turns as numbers."""
    return Turns(
        week=_days(table, "started_week"),
        day=_days(table, "started_local_date"),
        seconds={
            series: np.asarray(table[f"{series}_seconds"].to_numpy(), dtype=np.float64) for series in SERIES
        },
        session=_codes(table, "session_id"),
        user=_codes(table, "user_id"),
        is_open=np.asarray(table["is_open"].to_numpy(zero_copy_only=False), dtype=bool),
    )


def top_share(users: NDArray[np.int64]) -> float | None:
    """Share of the most frequent user; unknown users are one. None where there is nothing to share."""
    if not len(users):
        return None
    _, counts = np.unique(users, return_counts=True)
    return float(counts.max() / counts.sum())


def _codes(table: pa.Table, name: str) -> NDArray[np.int64]:
    """A number per distinct text of a column, −1 for null."""
    encoded = table[name].combine_chunks().dictionary_encode()
    return np.asarray(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)


def _days(table: pa.Table, name: str) -> NDArray[np.int64]:
    """A date column as days since 1970."""
    days = table[name].cast(pa.date32()).cast(pa.int32())
    return np.asarray(days.to_numpy(), dtype=np.int64)
