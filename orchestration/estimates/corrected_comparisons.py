"""Gaps, slopes and changes corrected for the labeller's error by the reviews of people (METHODS 4.8).

Belongs here: which comparisons of the raw tables are corrected, what a review says of each session in them,
the rows beside the raw ones. Not here: the raw ones (occupation_gaps, changes_over_time), the formulas
(powered_slopes, label_error). `specification` names the correction: `prediction_powered` corrects outcome,
population and the side that is compared; `prediction_powered_outcome` takes the side as it is labelled, where
nobody reviewed it; `rogan_gladen` divides by Se + Sp − 1, which assumes the same error on both sides.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.compared_sessions import (
    LabelledSessions,
    complete_months,
    labelled_sessions,
    sample_of_sides,
)
from orchestration.estimates.estimate_row import EstimateRow, sample_of
from orchestration.estimates.judged_sessions import WITH_GOAL, Population
from orchestration.estimates.occupation_gaps import GAPS, SLOPE, Gap
from orchestration.statistics.label_error import ReviewCounts, corrected_difference
from orchestration.statistics.powered_slopes import Sides, powered_slope
from orchestration.statistics.rate_difference import slope_of
from orchestration.statistics.withholding import LEAST_EFFECTIVE_N, Estimate, is_too_few, withheld

RESTS_ON = {
    "has_clear_goal": "outcome", "is_verified_success": "success_evidence", "is_at_least_partial": "outcome",
    "is_judged_failure": "outcome", "is_in_trouble_above_3": "failure_evidence",
    "is_in_trouble_from_3": "failure_evidence", "is_software_user": "user_occupation",
    "expertise_level": "expertise",
}  # fmt: skip
"""Columns that people's labels give: the classifier that a review of each must have asked."""

COUNTED = ("session_id", "user_id", "started_at", "started_month", "started_local_date", "is_code_producing")
DERIVED = {"is_failed_without_lines": "is_judged_failure", "is_novice": "expertise_level"}
"""Columns that are made here from a label: of lines, which nobody has to review, and of a level."""

CHANGES = {"verified_success": "is_verified_success", "at_least_partial": "is_at_least_partial"}

_REVIEWS_SQL = (
    "select session_id, classifier, sample_id, inclusion_probability, frame_labeller, frame_until "
    "from intermediate.int_labels__reviewed "
    "where agent = $agent and is_first_replicate and not is_stale order by session_id, classifier"
)
_TRUTH_SQL = (
    f"select session_id, {', '.join(f'cast({name} as double) as {name}' for name in RESTS_ON)} "  # noqa: S608
    "from intermediate.int_sessions__labelled where labeller = 'human' "
    "and session_id in (select session_id from intermediate.int_labels__reviewed where agent = $agent) "
    "order by session_id"
)


@dataclass(frozen=True)
class Reviews:
    """What people said of the agent's sessions, and how likely each session was to be drawn."""

    asked: pd.DataFrame
    truth: pd.DataFrame


@dataclass(frozen=True)
class Frame:
    """The sessions that a sample was drawn from: as labelled, as reviewed, with the chance to be drawn."""

    labelled: pd.DataFrame
    truth: pd.DataFrame
    probability: "pd.Series[float]"
    is_reviewed: "pd.Series[bool]"


def corrected_gaps(facts: BuiltFacts) -> list[EstimateRow]:
    """Every gap and the slope of expertise over the whole time, corrected; by labeller."""
    reviews = _read(facts)
    rows: list[EstimateRow] = []
    for sessions in _labelled(facts):
        for gap in (*GAPS, SLOPE):
            for population in gap.populations:
                rows += _of_gap(sessions, reviews, gap, population)
    return rows


def corrected_changes(facts: BuiltFacts) -> list[EstimateRow]:
    """Changes of success from the first complete month to the last, corrected; by labeller."""
    reviews = _read(facts)
    rows: list[EstimateRow] = []
    for sessions in _labelled(facts):
        for metric, column in CHANGES.items():
            rests_on = tuple(sorted({"outcome", RESTS_ON[column]}))
            change = Gap(metric, column, "is_later", rests_on, (WITH_GOAL,))
            if sessions.was_asked(rests_on):
                rows += _of_change(sessions, reviews, change)
    return rows


def _of_gap(
    sessions: LabelledSessions, reviews: Reviews, gap: Gap, population: Population
) -> Iterator[EstimateRow]:
    if not sessions.was_asked((*gap.rests_on, *population.needs)):
        return  # the raw row says so
    segment_name, segment_value = gap.segment
    about = {"segment_name": segment_name, "segment_value": segment_value}
    statistic = "slope" if gap is SLOPE else "difference"
    yield from _corrected(sessions, reviews, gap, population, statistic=statistic, **about)


def _of_change(sessions: LabelledSessions, reviews: Reviews, change: Gap) -> Iterator[EstimateRow]:
    """The two months in which the outcome is known; the raw row says it where there are none."""
    known = sessions.frame[change.outcome].notna() & (sessions.frame["has_clear_goal"] != 0)
    months = complete_months(sessions.frame.loc[known])
    if len(months) < 2:
        return
    ends = sessions.frame["started_month"].isin([months[0], months[-1]])
    inside = replace(sessions, frame=sessions.frame.loc[ends].assign(
        is_later=(sessions.frame.loc[ends, "started_month"] == months[-1]).astype(float)
    ))  # fmt: skip
    about = {
        "period_kind": "window",
        "baseline_start": date.fromisoformat(months[0]),
        "period_start": date.fromisoformat(months[-1]),
    }
    yield from _corrected(inside, reviews, change, WITH_GOAL, statistic="change", **about)


def _corrected(
    sessions: LabelledSessions,
    reviews: Reviews,
    gap: Gap,
    population: Population,
    *,
    statistic: str,
    **about: Any,
) -> Iterator[EstimateRow]:
    """Both corrections of one comparison, or why there is none."""
    flags, columns = population.flags, (*population.flags, gap.outcome)
    frame = _frame_of(sessions, reviews, _classifiers(columns))
    side = RESTS_ON.get(DERIVED.get(gap.side, gap.side))
    is_side_reviewed = side is not None and _is_joint(reviews, (*_classifiers(columns), side))
    truth = frame.truth if is_side_reviewed else frame.truth.assign(**{gap.side: frame.labelled[gap.side]})
    labelled, true = (_sides(each, flags, gap) for each in (frame.labelled, truth))
    users = frame.labelled["user_id"]
    powered = powered_slope(
        labelled, true, users, is_reviewed=frame.is_reviewed, probability=frame.probability
    )
    is_known = ~np.isnan(labelled.step) & ~np.isnan(labelled.outcome)
    possible = (frame.labelled[list(flags)] != 0).all(axis=1)
    of_levels = gap.side == SLOPE.side
    rest = about | {
        "population": population.name,
        "rests_on": gap.rests_on,
        "unknown_share": float(1 - is_known[possible].mean()) if possible.any() else None,
        "sample": sample_of(users[is_known])
        if of_levels
        else sample_of_sides(users[is_known], labelled.step[is_known] == 1),
        "n_effective": float(powered.n_reviewed),
    }
    named = "prediction_powered" + ("" if is_side_reviewed or side is None else "_outcome")
    yield sessions.row(gap.metric, statistic, powered.estimate, specification=named, **rest)
    shrunk = _by_error_rates(frame, labelled, true, powered.n_reviewed)
    yield sessions.row(gap.metric, statistic, shrunk, specification="rogan_gladen", **rest)


def _by_error_rates(frame: Frame, labelled: Sides, true: Sides, n_reviewed: int) -> Estimate:
    """The raw difference over Se + Sp − 1, with the error of both (METHODS 4.8)."""
    said, really = labelled.outcome, true.outcome
    both = frame.is_reviewed.to_numpy() & ~np.isnan(said) & ~np.isnan(really)
    if is_too_few(min(n_reviewed, int(both.sum())), LEAST_EFFECTIVE_N):
        return withheld("too_few_reviews" if n_reviewed else "not_reviewed")
    counts = ReviewCounts.weighted(
        said[both] == 1, really[both] == 1, weights=1 / frame.probability.to_numpy()[both]
    )
    youden, error = counts.youden, counts.youden_error
    if youden is None or error is None:
        return withheld("too_few_reviews")
    used = ~np.isnan(labelled.step) & ~np.isnan(said)
    slope = slope_of(said[used], labelled.step[used], frame.labelled["user_id"][used])
    raw = slope.estimate
    if raw.value is None:
        return raw
    unknown_error = float("nan") if raw.standard_error is None else raw.standard_error
    return corrected_difference(
        raw.value, unknown_error, youden=youden, youden_error=error, degrees=slope.degrees
    )


def _sides(frame: pd.DataFrame, flags: Sequence[str], gap: Gap) -> Sides:
    inside = (frame[list(flags)] == 1).all(axis=1)
    step, outcome = (frame[name].where(inside).to_numpy(dtype=np.float64) for name in (gap.side, gap.outcome))
    return Sides(step, outcome)


def _labelled(facts: BuiltFacts) -> list[LabelledSessions]:
    found = labelled_sessions(facts, [*COUNTED, *RESTS_ON])
    return [replace(each, frame=_with_derived(each.frame)) for each in found]


def _with_derived(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns that are made of a label, of people's labels as of a labeller's."""
    level, failed, lines = frame["expertise_level"], frame["is_judged_failure"], frame["is_code_producing"]
    return frame.assign(
        is_novice=(level == 1).astype(float).where(level.notna()),
        is_failed_without_lines=((failed == 1) & (lines == 0))
        .astype(float)
        .where(failed.notna() & (lines.notna() | (failed == 0))),
    )


def _classifiers(columns: Sequence[str]) -> tuple[str, ...]:
    """What a review must have asked to say what these columns say."""
    named = (RESTS_ON.get(DERIVED.get(column, column)) for column in columns)
    return tuple(sorted({"outcome", *(name for name in named if name)}))


def _read(facts: BuiltFacts) -> Reviews:
    return Reviews(facts.read(_REVIEWS_SQL).to_pandas(), facts.read(_TRUTH_SQL).to_pandas())


def _is_joint(reviews: Reviews, classifiers: Sequence[str]) -> bool:
    """Whether one sample asked all of them: two draws have no common probability."""
    own = reviews.asked[reviews.asked["classifier"].isin(classifiers)]
    return own["sample_id"].nunique() == 1 and own["classifier"].nunique() == len(set(classifiers))


def _frame_of(sessions: LabelledSessions, reviews: Reviews, classifiers: Sequence[str]) -> Frame:
    """The labeller's sessions of the sample's frame, all of them where nobody reviewed what is asked.

    A sample of Claude's sessions says nothing of the rules', who label more; one of the rules' serves both.
    """
    asked = reviews.asked[reviews.asked["classifier"].isin(classifiers)]
    asked = asked[asked["frame_labeller"].isin((sessions.labeller, "rules"))]
    if not _is_joint(Reviews(asked, reviews.truth), classifiers):
        asked = asked.iloc[:0]
    frame = sessions.frame
    if len(asked):
        frame = frame[frame["started_at"] <= asked["frame_until"].max()]
    frame = frame.reset_index(drop=True)
    chances = asked.groupby("session_id")["inclusion_probability"].first()
    probability = frame["session_id"].map(chances)
    is_reviewed = probability.notna()
    truth = frame[["session_id", *COUNTED[1:]]].merge(
        reviews.truth[reviews.truth["session_id"].isin(asked["session_id"])], on="session_id", how="left"
    )
    return Frame(frame, _with_derived(truth), probability.fillna(1.0), is_reviewed)
