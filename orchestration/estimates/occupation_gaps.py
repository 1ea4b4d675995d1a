"""Gaps between people: software and other occupations, novices and others, the slope of expertise.

Belongs here: which gap of which population, by month, its trend, what explains it (C25, C29, C30, C33). Not
here: levels of either side (rates in SQL), adjusted rates, the formulas (statistics), small cells (dbt).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.compared_sessions import (
    LabelledSessions,
    complete_months,
    labelled_sessions,
    sample_of_sides,
)
from orchestration.estimates.estimate_row import EstimateRow, sample_of
from orchestration.estimates.judged_sessions import CODE_PRODUCING, TROUBLED, WITH_GOAL, Population, sampled
from orchestration.statistics.groups import codes_of, joint_codes
from orchestration.statistics.oaxaca_blinder import oaxaca_blinder
from orchestration.statistics.rate_difference import rate_difference, slope_of, trend_of_slope
from orchestration.statistics.withholding import LEAST_PERIODS, Estimate, is_too_few, withheld

JOINT_CELL = ("work_mode", "price_tier", "started_month", "work_occupation", "is_software_user")
JOINT_CELL_RESTS_ON = ("work_mode", "task_value", "work_occupation", "user_occupation")
EXPLAINED_BY = ("work_mode", "price_tier", "expertise")
EXPLAINED_RESTS_ON = ("work_mode", "task_value", "expertise")
COLUMNS = (
    "user_id", "started_month", "started_local_date", "work_mode", "price_tier", "expertise",
    "expertise_level", "work_occupation", "has_clear_goal", "is_code_producing", "is_software_user",
    "is_verified_success", "is_at_least_partial", "is_failed_without_lines", "is_in_trouble_above_3",
    "is_in_trouble_from_3",
)  # fmt: skip


@dataclass(frozen=True)
class Gap:
    """A difference of a rate between two sides: `side` is 1 for the side from which the other is taken."""

    metric: str
    outcome: str
    side: str
    rests_on: tuple[str, ...]
    populations: tuple[Population, ...]
    segment: tuple[str, str] = ("all", "all")
    has_months: bool = True


_BY_OCCUPATION = (WITH_GOAL, CODE_PRODUCING)
GAPS = (
    Gap(
        "verified_success_gap", "is_verified_success", "is_software_user",
        ("outcome", "success_evidence", "user_occupation"), _BY_OCCUPATION,
    ),
    Gap(
        "at_least_partial_gap", "is_at_least_partial", "is_software_user",
        ("outcome", "user_occupation"), _BY_OCCUPATION,
    ),
    Gap(
        "abandoned_gap", "is_failed_without_lines", "is_novice",
        ("outcome", "failure_evidence", "expertise"), TROUBLED, ("expertise", "novice"), has_months=False,
    ),
)  # fmt: skip
SLOPE = Gap(
    "expertise_slope", "is_verified_success", "expertise_level",
    ("outcome", "success_evidence", "expertise"), (WITH_GOAL,),
)  # fmt: skip


def occupation_gaps(facts: BuiltFacts) -> list[EstimateRow]:
    """Rows of every labeller: each gap over all, by month and its trend; then the slope of expertise."""
    rows: list[EstimateRow] = []
    for sessions in labelled_sessions(facts, COLUMNS):
        level = sessions.frame["expertise_level"]
        sessions.frame["is_novice"] = (level == 1).astype(float).where(level.notna())
        for gap in GAPS:
            for population in gap.populations:
                rows += _gap(sessions, gap, population)
        rows += _explained(sessions, GAPS[0])
        rows += _slope(sessions, SLOPE)
    return rows


def _gap(sessions: LabelledSessions, gap: Gap, population: Population) -> Iterator[EstimateRow]:
    about = _about(gap, population)
    if not sessions.was_asked(gap.rests_on):
        yield sessions.row_not_asked(gap.metric, "difference", rests_on=gap.rests_on, **about)
        if gap.has_months:
            yield sessions.row_not_asked(gap.metric, "trend_per_month", rests_on=gap.rests_on, **about)
        return
    found = sampled(sessions.frame, population.flags, columns=[gap.outcome, gap.side])
    yield from _differences(sessions, gap, found.frame, unknown_share=found.unknown_share, **about)
    if not gap.has_months:
        return
    for month, inside in sessions.frame.groupby("started_month", sort=True):
        of_month = sampled(inside, population.flags, columns=[gap.outcome, gap.side])
        rest = about | _of_month(month) | {"unknown_share": of_month.unknown_share}
        yield from _differences(sessions, gap, of_month.frame, **rest)
    yield _trend(sessions, gap, found.frame, (), unknown_share=found.unknown_share, **about)


def _differences(
    sessions: LabelledSessions, gap: Gap, used: pd.DataFrame, **rest: Any
) -> Iterator[EstimateRow]:
    """The difference with errors by user."""
    side = used[gap.side] == 1
    found = rate_difference(used[gap.outcome], side, used["user_id"])
    rest |= {"sample": sample_of_sides(used["user_id"], side), "n_effective": found.effective_n}
    rest |= {"rests_on": gap.rests_on}
    yield sessions.row(gap.metric, "difference", found.by_user, p_value=found.p_value, **rest)


def _slope(sessions: LabelledSessions, slope: Gap) -> Iterator[EstimateRow]:
    """Rise of the rate per level, over all and by month; its trend, also among comparable sessions."""
    (population,) = slope.populations
    about = _about(slope, population)
    within_cells = (*slope.rests_on, *JOINT_CELL_RESTS_ON)
    if not sessions.was_asked(slope.rests_on):
        for statistic in ("slope", "trend_per_month"):
            yield sessions.row_not_asked(slope.metric, statistic, rests_on=slope.rests_on, **about)
        return
    found = sampled(sessions.frame, population.flags, columns=[slope.outcome, slope.side])
    yield _one_slope(sessions, slope, found.frame, unknown_share=found.unknown_share, **about)
    for month, inside in sessions.frame.groupby("started_month", sort=True):
        of_month = sampled(inside, population.flags, columns=[slope.outcome, slope.side])
        rest = about | _of_month(month) | {"unknown_share": of_month.unknown_share}
        yield _one_slope(sessions, slope, of_month.frame, **rest)
    yield _trend(sessions, slope, found.frame, (), unknown_share=found.unknown_share, **about)
    about["specification"] = "joint_cell"
    if not sessions.was_asked(within_cells):
        yield sessions.row_not_asked(slope.metric, "trend_per_month", rests_on=within_cells, **about)
        return
    cells = sampled(sessions.frame, population.flags, columns=[slope.outcome, slope.side, *JOINT_CELL])
    of_cells = {"rests_on": within_cells, "unknown_share": cells.unknown_share}
    yield _trend(sessions, slope, cells.frame, JOINT_CELL, **of_cells, **about)


def _one_slope(sessions: LabelledSessions, slope: Gap, used: pd.DataFrame, **rest: Any) -> EstimateRow:
    found = slope_of(used[slope.outcome], used[slope.side], used["user_id"])
    rest |= {"sample": sample_of(used["user_id"]), "n_effective": found.n_effective}
    rest |= {"rests_on": slope.rests_on, "p_value": found.p_value}
    return sessions.row(slope.metric, "slope", found.estimate, **rest)


def _trend(
    sessions: LabelledSessions, gap: Gap, used: pd.DataFrame, cell: Sequence[str], **rest: Any
) -> EstimateRow:
    """Change of a gap or slope per month over the complete months, of which there must be four.

    Months have their own level (or each cell of comparable sessions has): what rises for all is no trend of
    the gap.
    """
    months = complete_months(used)
    used = used.loc[used["started_month"].isin(months)]
    rest = {"rests_on": gap.rests_on} | rest | {"period_kind": "window"}
    if months:
        ends = (date.fromisoformat(months[0]), date.fromisoformat(months[-1]))
        rest |= {"baseline_start": ends[0], "period_start": ends[1]}
    sample = sample_of(used["user_id"])
    if len(months) < 2 or is_too_few(len(months), LEAST_PERIODS):
        why = withheld("too_few_periods")
        return sessions.row(gap.metric, "trend_per_month", why, sample=sample, **rest)
    number = {month: _months_since(months[0], month) for month in months}
    effect = joint_codes([used[column] for column in cell]) if cell else codes_of(used["started_month"])
    found = trend_of_slope(
        used[gap.outcome], used[gap.side], used["user_id"],
        time=used["started_month"].map(number), effect=effect,
    )  # fmt: skip
    rest |= {"sample": sample, "n_effective": found.n_effective, "p_value": found.p_value}
    return sessions.row(gap.metric, "trend_per_month", found.estimate, **rest)


def _explained(sessions: LabelledSessions, gap: Gap) -> Iterator[EstimateRow]:
    """What of a gap other work, value and expertise account for, over sessions that miss none of them.

    The difference stands beside its parts once more: it is that of this smaller sample, so that they add up.
    """
    rests_on, of = (*gap.rests_on, *EXPLAINED_RESTS_ON), {"specification": "oaxaca_blinder"}
    for population in gap.populations:
        about = _about(gap, population) | of
        if not sessions.was_asked(rests_on):
            for statistic in ("explained", "unexplained"):
                yield sessions.row_not_asked(gap.metric, statistic, rests_on=rests_on, **about)
            continue
        needed = [gap.outcome, gap.side, *EXPLAINED_BY]
        found = sampled(sessions.frame, population.flags, columns=needed)
        used = found.frame
        indicators = pd.get_dummies(used[list(EXPLAINED_BY)].astype(str), drop_first=True, dtype=float)
        split = oaxaca_blinder(
            pd.concat([used[[gap.outcome, gap.side, "user_id"]], indicators], axis=1),
            outcome=gap.outcome, regressors=indicators.columns.tolist(), group=gap.side, user="user_id",
        )  # fmt: skip
        first, second = (used.loc[used[gap.side] == side, gap.outcome].mean() for side in (1, 0))
        turn = -1 if first < second else 1  # the decomposition takes the lower group from the higher
        rest = about | {"unknown_share": found.unknown_share, "rests_on": rests_on}
        rest |= {"sample": sample_of_sides(used["user_id"], used[gap.side] == 1)}
        parts = {"difference": split.gap, "explained": split.explained, "unexplained": split.unexplained}
        for statistic, part in parts.items():
            yield sessions.row(gap.metric, statistic, _turned(part, turn), **rest)


def _turned(part: Estimate, turn: int) -> Estimate:
    if turn > 0 or part.value is None:
        return part
    low, high = (None if bound is None else -bound for bound in (part.high, part.low))
    return Estimate(-part.value, part.standard_error, low, high)


def _about(gap: Gap, population: Population) -> dict[str, Any]:
    segment_name, segment_value = gap.segment
    return {
        "population": population.name,
        "segment_name": segment_name,
        "segment_value": segment_value,
    }


def _of_month(month: Any) -> dict[str, Any]:
    return {"period_kind": "month", "period_start": date.fromisoformat(str(month))}


def _months_since(first: str, month: str) -> float:
    start, now = date.fromisoformat(first), date.fromisoformat(month)
    return float((now.year - start.year) * 12 + now.month - start.month)
