"""Whether the duration of turns jumps where people begin to use a new model or a new version (A3).

Belongs here: when a release comes into use, which turns are before and after it. Not here: the regression
(statistics.segmented_trend), percentiles of durations (turn_durations). Needs no label.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.compared_sessions import sample_of_sides
from orchestration.estimates.estimate_row import EstimateRow, estimate_row, rounded_sample
from orchestration.statistics.rate_difference import Slope
from orchestration.statistics.segmented_trend import as_change, jump_by_user, jump_of_series
from orchestration.statistics.withholding import LEAST_PERIODS, Floats, is_too_few, withheld

METRIC, STATISTIC = "turn_duration_jump", "jump"
CENTRE, TAIL = "centre", "tail"
"""Specifications: the mean logarithm of turns by user, and the 90th percentile of each day's turns."""

DAYS = 28
"""Days before and after a release that are compared: enough for a trend, too few for it to bend often."""
LEAST_SHARE = 0.1
"""Share of the turns of the days after a release that must be of it: what few use changes no duration."""
LEAST_TURNS_OF_DAY = 20
"""Turns that a day needs for its 90th percentile to enter the series."""
TAIL_QUANTILE = 0.9

KINDS = {"model_release": "model", "version_release": "version"}
"""Segment → column of a turn: the model, and the agent's version without its last number."""

_TURNS_SQL = r"""
    select
        user_id,
        session_id,
        cast(started_local_date as varchar) as day,
        net_seconds,
        model,
        nullif(regexp_extract(cli_version, '^(\d+\.\d+)'), '') as version,
        cast(coalesce(speed = 'fast', false) as double) as is_fast,
        cast(tool_call_count > root_tool_call_count as double) as has_subagents
    from marts.fct_turns
    where
        agent = $agent and is_interactive and has_agent_work and not is_sidechain and not is_open
        and net_seconds > 0
    order by started_at, turn_id
"""


class Release(NamedTuple):
    """What people began to use, and the first day by which enough of them had."""

    segment_name: str
    name: str
    first_day: date


def release_jumps(facts: BuiltFacts) -> list[EstimateRow]:
    """Two rows per release that came into use while the agent was observed."""
    turns = facts.read(_TURNS_SQL).to_pandas()
    if turns.empty:
        return []
    turns["day"] = pd.to_datetime(turns["day"]).dt.date
    least_users = 1 if facts.rules.is_personal else facts.rules.min_users
    rows: list[EstimateRow] = []
    for release in releases(turns, least_users=least_users):
        rows += _of_release(facts, turns, release)
    return rows


def releases(turns: pd.DataFrame, *, least_users: int) -> Iterator[Release]:
    """Releases in use, by the day on which the last of the `least_users` first people began.

    What is in use on the first observed day is no release: nobody saw it come.
    """
    begin = turns["day"].min()
    for segment, column in KINDS.items():
        for name, own in turns[turns[column].notna()].groupby(column, sort=True):
            firsts = own.groupby("user_id")["day"].min().sort_values()
            if len(firsts) < least_users or own["day"].min() == begin:
                continue
            first_day = firsts.iloc[least_users - 1]
            after = turns[(turns["day"] >= first_day) & (turns["day"] < first_day + timedelta(days=DAYS))]
            if (after[column] == name).mean() >= LEAST_SHARE:
                yield Release(segment, str(name), first_day)


def _of_release(facts: BuiltFacts, turns: pd.DataFrame, release: Release) -> Iterator[EstimateRow]:
    begin, end = (release.first_day + timedelta(days=DAYS * side) for side in (-1, 1))
    own = turns[(turns["day"] >= begin) & (turns["day"] < end)]
    days = np.array([(day - release.first_day).days for day in own["day"]], dtype=np.float64)
    sessions = ~own.duplicated(["session_id"]).to_numpy()
    sample = sample_of_sides(own["user_id"][sessions], (days >= 0)[sessions])
    about: dict[str, Any] = {
        "sample": rounded_sample(sample, facts.rules), "labeller": None, "fingerprint": None,
        "segment_name": release.segment_name,
        "segment_value": f"{release.name} from {release.first_day.isoformat()}",
    }  # fmt: skip
    logs = np.log(own["net_seconds"].to_numpy(dtype=np.float64))
    covariates = own[["is_fast", "has_subagents"]].to_numpy(dtype=np.float64)
    centre = _too_few_periods(days) or jump_by_user(logs, days, covariates, own["user_id"])
    daily, of_days = _daily_tail(logs, days)
    tail = _too_few_periods(of_days) or jump_of_series(daily, of_days)
    for specification, found in ((CENTRE, as_change(centre)), (TAIL, as_change(tail))):
        yield estimate_row(
            METRIC, STATISTIC, found.estimate, specification=specification, p_value=found.p_value,
            n_effective=found.n_effective if specification == CENTRE else None, **about,
        )  # fmt: skip


def _too_few_periods(days: Floats) -> Slope | None:
    """Why nothing is estimated: four days on each side tell a jump from a trend, fewer do not."""
    sides = [len(np.unique(days[side])) for side in (days < 0, days >= 0)]
    return Slope(withheld("too_few_periods"), None, 0) if is_too_few(min(sides), LEAST_PERIODS) else None


def _daily_tail(logs: Floats, days: Floats) -> tuple[Floats, Floats]:
    """The 90th percentile of each day with enough turns, and those days."""
    found = pd.Series(logs).groupby(days)
    tail = found.quantile(TAIL_QUANTILE)[found.size() >= LEAST_TURNS_OF_DAY]
    return np.asarray(tail, dtype=np.float64), np.asarray(tail.index, dtype=np.float64)
