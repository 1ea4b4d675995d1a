"""Changes from the first complete month to the last: task value, mixes, success (A4, C14, C16, C17).

Belongs here: which changes, of whom, by which labels, and their split in within and mix. Not here: which
months are complete (compared_sessions.py), the formulas (statistics), small cells (dbt).
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.compared_sessions import (
    LabelledSessions,
    complete_months,
    known,
    labelled_sessions,
    sample_of_sides,
    unknown_share,
)
from orchestration.estimates.estimate_row import EstimateRow, sample_of
from orchestration.statistics.composition import Scale, mean_change
from orchestration.statistics.mean_growth import SCALES, Growth, mean_growth
from orchestration.statistics.rate_difference import rate_difference
from orchestration.statistics.withholding import withheld

UNKNOWN = "unknown"
SPLITS: dict[Scale, str] = {"difference": "levels", "log": "logs"}
"""Within and mix on levels add up to the change of the mean; on logs (LMDI) they multiply to it."""

COLUMNS = (
    "user_id", "started_month", "started_local_date", "work_mode", "expertise", "price_usd", "price_tier",
    "user_occupation", "has_clear_goal", "is_code_producing", "is_software_user", "is_verified_success",
    "is_at_least_partial", "is_judged_success", "difficulty_tier",
)  # fmt: skip


class SharesOf(NamedTuple):
    """A label whose shares change: the metric, its column, its segment, the classifier."""

    metric: str
    column: str
    segment: str
    classifier: str


SHARES = (
    SharesOf("work_mode_share", "work_mode", "work_mode", "work_mode"),
    SharesOf("price_tier_share", "price_tier", "value_band", "task_value"),
    SharesOf("user_occupation_share", "user_occupation", "occupation", "user_occupation"),
)
COMMUNICATION = "communication_work_share"
COMMUNICATING = ("analyze", "communicate")
RATES: dict[str, tuple[str, ...]] = {
    "verified_success": ("outcome", "success_evidence"),
    "at_least_partial": ("outcome",),
}
SPLIT_BY = ("expertise", "work_mode")
"""A change of success may be another mix of people or of work (METHODS 5.14)."""
TIERS = ("specified_task", "open_approach", "open_ended", "choosing_the_problem")
"""The tiers of difficulty, the hardest last; of each success has a change of its own (A4)."""
OF_TIERS: dict[str, tuple[str, ...]] = {
    "judged_success": ("outcome", "difficulty_tier"),
    "verified_success": ("outcome", "success_evidence", "difficulty_tier"),
}
OTHERS = "other_users_share_of_verified_code_sessions"
OTHERS_REST_ON = ("outcome", "success_evidence", "user_occupation")
PARTS = ("within", "mix")
GROWTH = ("change_of_mean", "change_of_geometric_mean", *PARTS)


class Window(NamedTuple):
    """Sessions of the first and of the last complete month in which a label is known."""

    sessions: LabelledSessions
    is_later: "pd.Series[bool]"
    first: date
    last: date

    def of(self, cell: pd.DataFrame, *, amount: str | None = None) -> dict[str, Any]:
        """The period of a change, and the sample of a cell in the month that has less of it."""
        is_later, amounts = self.is_later[cell.index], None if amount is None else cell[amount]
        return {
            "period_kind": "window",
            "period_start": self.last,
            "baseline_start": self.first,
            "sample": sample_of_sides(cell["user_id"], is_later, amounts=amounts),
        }


def changes_over_time(facts: BuiltFacts) -> list[EstimateRow]:
    """Rows of every labeller: task value, shares of labels, rates of success."""
    rows: list[EstimateRow] = []
    for sessions in labelled_sessions(facts, COLUMNS):
        rows += _task_value(sessions)
        for shares in SHARES:
            rows += _shares(sessions, shares)
        rows.append(_communication(sessions))
        for metric, rests_on in RATES.items():
            rows += _rate(sessions, metric, rests_on)
        for metric, rests_on in OF_TIERS.items():
            rows += (
                _rate_of_tier(sessions, metric, rests_on, tier)
                for tier in TIERS
                if not sessions.was_asked(rests_on) or (sessions.frame["difficulty_tier"] == tier).any()
            )
        rows += _other_users(sessions)
    return rows


def _task_value(sessions: LabelledSessions) -> Iterator[EstimateRow]:
    """Growth of the mean price: total, by work mode, and its split; an unknown mode is a group of its own."""
    metric, priced, of_modes = "task_value_usd", ("task_value",), ("task_value", "work_mode")
    window = _window(sessions, ["price_usd"], metric, GROWTH[0], rests_on=of_modes)
    if isinstance(window, EstimateRow):
        yield from (window._replace(statistic=statistic) for statistic in GROWTH)
        return
    frame = window.sessions.frame
    modes = frame["work_mode"].fillna(UNKNOWN)
    is_priced = known(frame, ["price_usd"])
    used = frame.assign(work_mode=modes, is_later=window.is_later).loc[is_priced]
    found = mean_growth(used, value="price_usd", group="work_mode", user="user_id", is_later="is_later")
    rest = window.of(used, amount="price_usd") | {"unknown_share": unknown_share(is_priced)}
    yield from _growth(sessions, found.total, rests_on=priced, **rest)
    for scale in SCALES:
        rest["specification"] = SPLITS[scale]
        yield sessions.row(metric, "within", found.within[scale], rests_on=of_modes, **rest)
        yield sessions.row(metric, "mix", found.mix[scale], rests_on=of_modes, **rest)
    for mode, growth in found.by_group.items():
        rest = window.of(used.loc[used["work_mode"] == mode], amount="price_usd")
        rest |= {"unknown_share": unknown_share(is_priced[modes == mode])}
        cut = {"segment_name": "work_mode", "segment_value": mode}
        yield from _growth(sessions, growth, rests_on=of_modes, **cut, **rest)


def _growth(
    sessions: LabelledSessions, growth: Growth, *, rests_on: Sequence[str], **rest: Any
) -> Iterator[EstimateRow]:
    metric, of_geometric_mean = "task_value_usd", growth.of_geometric_mean
    p_value = growth.p_value
    yield sessions.row(metric, GROWTH[0], growth.of_mean, rests_on=rests_on, p_value=p_value, **rest)
    yield sessions.row(metric, GROWTH[1], of_geometric_mean, rests_on=rests_on, **rest)


def _shares(sessions: LabelledSessions, shares: SharesOf) -> Iterator[EstimateRow]:
    """Change of the share of every label that occurs in either month, among sessions that have one."""
    rests_on = (shares.classifier,)
    cut: dict[str, Any] = {"segment_name": shares.segment}
    window = _window(sessions, [shares.column], shares.metric, "change", rests_on=rests_on, **cut)
    if isinstance(window, EstimateRow):
        yield window
        return
    frame = window.sessions.frame
    is_known = known(frame, [shares.column])
    used, unknown = frame.loc[is_known], unknown_share(is_known)
    for label in sorted(used[shares.column].unique()):
        hits = used[shares.column] == label
        cut["segment_value"] = str(label)
        yield _difference(
            window, shares.metric, used.assign(hit=hits), rests_on=rests_on, unknown_share=unknown, **cut
        )


def _communication(sessions: LabelledSessions) -> EstimateRow:
    """Change of the share of writing and analysis together, as the study gives it (C16: 10 to 20 %)."""
    rests_on = ("work_mode",)
    window = _window(sessions, ["work_mode"], COMMUNICATION, "change", rests_on=rests_on)
    if isinstance(window, EstimateRow):
        return window
    is_known = known(window.sessions.frame, ["work_mode"])
    used = window.sessions.frame.loc[is_known]
    used = used.assign(hit=used["work_mode"].isin(COMMUNICATING))
    rest = {"unknown_share": unknown_share(is_known)}
    return _difference(window, COMMUNICATION, used, of_all=True, rests_on=rests_on, **rest)


def _rate(sessions: LabelledSessions, metric: str, rests_on: tuple[str, ...]) -> Iterator[EstimateRow]:
    """Change of a rate of success of sessions with a goal, and its split by who worked and on what."""
    about: dict[str, Any] = {"population": "with_goal"}
    column = f"is_{metric}"
    with_goal = sessions.where(sessions.frame["has_clear_goal"].fillna(1) == 1)
    window = _window(with_goal, [column], metric, "change", rests_on=rests_on, **about)
    if isinstance(window, EstimateRow):
        yield window
        return
    frame = window.sessions.frame.assign(is_later=window.is_later)
    is_known = known(frame, [column])
    used = frame.loc[is_known]
    rest: dict[str, Any] = about | {"unknown_share": unknown_share(is_known)}
    yield _difference(window, metric, used.assign(hit=used[column]), of_all=True, rests_on=rests_on, **rest)
    for group in SPLIT_BY:
        split_on, rest["specification"] = (*rests_on, group), f"by_{group}"
        if not sessions.was_asked(split_on):
            of = about | {"specification": f"by_{group}", "period_kind": "window"}
            yield from (with_goal.row_not_asked(metric, one, rests_on=split_on, **of) for one in PARTS)
            continue
        groups = used[group].fillna(UNKNOWN)
        change = mean_change(
            used.assign(group=groups), value=column, group="group", user="user_id", is_later="is_later"
        ).decomposition
        for statistic, part in zip(PARTS, (change.within, change.mix), strict=True):
            yield sessions.row(metric, statistic, part, rests_on=split_on, **window.of(used), **rest)


def _rate_of_tier(
    sessions: LabelledSessions, metric: str, rests_on: tuple[str, ...], tier: str
) -> EstimateRow:
    """Change of a rate of success of sessions with a goal in one tier of difficulty (A4)."""
    column, frame = f"is_{metric}", sessions.frame
    about: dict[str, Any] = {
        "population": "with_goal", "segment_name": "difficulty_tier", "segment_value": tier
    }  # fmt: skip
    is_of_tier = (frame["difficulty_tier"] == tier) & (frame["has_clear_goal"].fillna(1) == 1)
    window = _window(sessions.where(is_of_tier), [column], metric, "change", rests_on=rests_on, **about)
    if isinstance(window, EstimateRow):
        return window
    is_known = known(window.sessions.frame, [column])
    used = window.sessions.frame.loc[is_known]
    about["unknown_share"] = unknown_share(is_known)
    return _difference(window, metric, used.assign(hit=used[column]), of_all=True, rests_on=rests_on, **about)


def _other_users(sessions: LabelledSessions) -> Iterator[EstimateRow]:
    """Change of the share of persons outside software among verified code-producing sessions (C33)."""
    about, frame = {"population": "code_producing"}, sessions.frame
    verified = sessions.where((frame["is_verified_success"] == 1) & (frame["is_code_producing"] == 1))
    window = _window(verified, ["is_software_user"], OTHERS, "change", rests_on=OTHERS_REST_ON, **about)
    if isinstance(window, EstimateRow):
        yield window
        return
    is_known = known(window.sessions.frame, ["is_software_user"])
    used = window.sessions.frame.loc[is_known]
    rest: dict[str, Any] = about | {"unknown_share": unknown_share(is_known)}
    used = used.assign(hit=used["is_software_user"] == 0)
    yield _difference(window, OTHERS, used, rests_on=OTHERS_REST_ON, **rest)


def _window(
    sessions: LabelledSessions,
    columns: Sequence[str],
    metric: str,
    statistic: str,
    *,
    rests_on: Sequence[str],
    **about: Any,
) -> Window | EstimateRow:
    """The two months in which the columns are known; or the row that says why there are none."""
    about["period_kind"] = "window"
    if not sessions.was_asked(rests_on):
        return sessions.row_not_asked(metric, statistic, rests_on=rests_on, **about)
    frame = sessions.frame
    months = complete_months(frame.loc[known(frame, columns)])
    if len(months) < 2:
        about["sample"] = sample_of(frame["user_id"])
        return sessions.row(metric, statistic, withheld("too_few_periods"), rests_on=rests_on, **about)
    first, last = months[0], months[-1]
    inside = sessions.where(frame["started_month"].isin([first, last]))
    is_later = inside.frame["started_month"] == last
    return Window(inside, is_later, date.fromisoformat(first), date.fromisoformat(last))


def _difference(
    window: Window,
    metric: str,
    used: pd.DataFrame,
    *,
    rests_on: Sequence[str],
    of_all: bool = False,
    **rest: Any,
) -> EstimateRow:
    """Change of the share of sessions with a `hit`; those are whom a share tells of, unless it is a rate."""
    found = rate_difference(used["hit"], window.is_later[used.index], used["user_id"])
    cell = window.of(used if of_all else used.loc[used["hit"].astype(bool)])
    tested = {"n_effective": found.effective_n, "p_value": found.p_value}
    return window.sessions.row(metric, "change", found.by_user, rests_on=rests_on, **cell, **tested, **rest)
