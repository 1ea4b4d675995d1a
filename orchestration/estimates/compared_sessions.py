"""Sessions of one labeller in two sides or several months, and the rows of what is compared.

Belongs here: which months count as complete, the sample of a comparison, the share that is unknown, rows
of what a labeller was not asked. Not here: what is compared (changes_over_time.py, occupation_gaps.py).
"""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from classifiers.vocabulary import OPT_OUT
from orchestration.estimates.built_facts import BuiltFacts, joined_fingerprint
from orchestration.estimates.estimate_row import EstimateRow, Sample, estimate_row, sample_of
from orchestration.statistics.withholding import Estimate, withheld

LEAST_SHARE_OF_DAYS = 0.5
"""A month at the edge of the data counts where at least half of its days lie within the data's span."""


@dataclass(frozen=True)
class LabelledSessions:
    """Sessions as one labeller judged them, and its fingerprint per classifier."""

    labeller: str
    fingerprints: Mapping[str, str]
    frame: pd.DataFrame

    def where(self, mask: Any) -> "LabelledSessions":
        """Some of the sessions."""
        return replace(self, frame=self.frame.loc[np.asarray(mask, dtype=bool)])

    def was_asked(self, classifiers: Sequence[str]) -> bool:
        return all(classifier in self.fingerprints for classifier in classifiers)

    def row(
        self, metric: str, statistic: str, found: Estimate, *, rests_on: Sequence[str], **rest: Any
    ) -> EstimateRow:
        """A row of an estimate by this labeller."""
        fingerprint = joined_fingerprint(self.fingerprints, rests_on)
        assert fingerprint is not None, "rows of estimates are of questions that were asked"
        return estimate_row(metric, statistic, found, labeller=self.labeller, fingerprint=fingerprint, **rest)

    def row_not_asked(
        self, metric: str, statistic: str, *, rests_on: Sequence[str], **rest: Any
    ) -> EstimateRow:
        """The row that says plainly that this labeller cannot tell: of all sessions, without an estimate.

        Its fingerprint names what the labeller was asked of it.
        """
        asked = [self.fingerprints[name] for name in rests_on if name in self.fingerprints]
        return estimate_row(
            metric,
            statistic,
            withheld("not_asked"),
            labeller=self.labeller,
            fingerprint="+".join(asked) or "none",
            sample=sample_of(self.frame["user_id"]),
            unknown_share=1.0,
            **rest,
        )


def labelled_sessions(facts: BuiltFacts, columns: Sequence[str]) -> list[LabelledSessions]:
    """The interactive sessions of every labeller, in the order of their names; not_inferable is missing."""
    found = []
    for labeller in facts.labellers():
        frame = facts.judged(labeller, columns)
        for column in frame.columns[~frame.dtypes.map(pd.api.types.is_numeric_dtype)]:
            frame[column] = frame[column].mask(frame[column] == OPT_OUT)
        found.append(LabelledSessions(labeller, facts.fingerprints(labeller), frame))
    return found


def complete_months(sessions: pd.DataFrame) -> list[str]:
    """First days of the months of the sessions, in rising order, without edges that the data cut.

    The data's span is from the first to the last day that has a session; a month of which less than half
    of the days lie in it is left out: its sessions are another mix of weekdays and people.
    """
    if sessions.empty:
        return []
    days = sessions["started_local_date"]
    first, last = (date.fromisoformat(str(day)) for day in (days.min(), days.max()))
    months = sorted(str(month) for month in sessions["started_month"].unique())
    return [month for month in months if _share_of_days(month, first, last) >= LEAST_SHARE_OF_DAYS]


def _share_of_days(month: str, first: date, last: date) -> float:
    start = date.fromisoformat(month)
    length = calendar.monthrange(start.year, start.month)[1]
    end = start.replace(day=length)
    return ((min(end, last) - max(start, first)).days + 1) / length


def sample_of_sides(
    users: "pd.Series[Any]", is_second: ArrayLike, *, amounts: "pd.Series[Any] | None" = None
) -> Sample:
    """The sample of the weaker side: its sessions and users where they are fewer, the larger top share.

    A comparison tells as much of one person as its weaker side does, so that is what small cells are
    judged by: a difference and one side's share give the other's. An empty side tells of nobody. Of a mean,
    `amounts` are what is averaged: who has most of them weighs as much.
    """
    second: NDArray[np.bool_] = np.asarray(is_second, dtype=bool)
    sides = [sample_of(users[side]) for side in (~second, second) if side.any()]
    if not sides:
        return sample_of(users)
    shares = [side.top_user_share or 0.0 for side in sides]
    if amounts is not None:
        totals = amounts.groupby([second, users.fillna("")]).sum()
        shares.append(float((totals / totals.groupby(level=0).transform("sum")).max()))
    return Sample(min(side.n_sessions for side in sides), min(side.n_users for side in sides), max(shares))


def known(frame: pd.DataFrame, columns: Sequence[str]) -> "pd.Series[bool]":
    """Whether a session misses none of the columns."""
    return frame[list(columns)].notna().all(axis=1)


def unknown_share(is_known: ArrayLike) -> float | None:
    """Share of a population's sessions that a missing label keeps out; None without sessions."""
    values = np.asarray(is_known, dtype=bool)
    return float(1 - values.mean()) if len(values) else None
