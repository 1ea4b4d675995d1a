"""How comparable one's own figure is with a published value at most, from what both are (METHODS 0.15).

Belongs here: the rules that limit a grade, what a figure is labelled by, the table that defends every grade
`same`. Not here: the grade itself (catalog), labellers of another kind than the study's, which lower a
grade where figures are joined (dbt, macro `grade_of`).
"""

from collections.abc import Iterator
from typing import NamedTuple

from orchestration.measures.measure import (
    Grade,
    Measure,
    Metric,
    PublishedValue,
    Quantity,
)
from orchestration.measures.registry import load_measures, needs_of_value, owner_of

GRADES: tuple[Grade, ...] = ("context", "similar", "same")
"""Lowest first."""

QUESTIONS: dict[str, str] = {
    "success_evidence": "the score is computed from signals; the study asks for it directly",
    "failure_evidence": (
        "the score is computed from signals and says how a session ended; the study asks for it directly"
        " and means trouble on the way"
    ),
    "decisions": "the study's question is not published",
    "codebase_relation": "the study's question is not published",
    "task_value": "the study's postings are not public, so your prices come from a different estimator",
}
"""Classifiers that are not the study's, and why (METHODS 0.8, 0.14, C17)."""

UNITS: dict[str, str] = {
    "seconds": "the study does not say whether waits for the person count",
    "hours": "the study does not say whether waits for the person count",
    "words": "the study's words are most likely counted from tokens",
}
"""Units of which it is not proven that the study counts them in the same way (METHODS 0.12, 0.13)."""

QUANTITIES: dict[str, Quantity] = {
    "median": "median",
    "adjusted": "adjusted_share", "unadjusted": "share", "coefficient": "coefficient", "slope": "slope",
    "difference": "difference", "change": "difference", "change_of_mean": "change_of_mean",
    "geometric_mean": "geometric_mean", "change_per_level": "change_per_level", "trend_per_month": "trend",
    "percent_agreement": "agreement", "within_one": "agreement", "lowess": "curve", "ratio": "ratio",
    "share": "share", "wilson": "share",
    "index_of_mean": "ratio",
}  # fmt: skip
"""Statistic of an estimate → what kind of number it is. Others are of no kind that a study publishes."""

NEAR: frozenset[tuple[Quantity, Quantity]] = frozenset(
    {("daily_quantile", "quantile"), ("typical", "mean"), ("typical", "median")}
)
"""Published and own quantities that differ and may yet be compared; any others are context."""


class Limit(NamedTuple):
    """The highest grade that something allows, and what it is."""

    grade: Grade
    reason: str


def quantity_of(metric: Metric, statistic: str | None) -> Quantity | None:
    """What kind of number a figure is; None where no study publishes that kind."""
    if metric.kind == "quantile":
        if metric.name.endswith("_p50"):
            return "median"
        return "daily_quantile" if metric.name.endswith("_daily_mean") else "quantile"
    if statistic in ("per_call", "per_deployment"):
        return "mean" if metric.name.endswith("_mean") else "share"
    if metric.kind == "estimate":
        return QUANTITIES.get(statistic or "")
    return {"rate": "share", "share": "share", "mean": "mean", "count": "count"}[metric.kind]  # type: ignore[return-value]


def labelled_by(measure: Measure, value: PublishedValue) -> str | None:
    """`model` where a published value rests on labels, which were a model's in every study; else None."""
    is_labelled = bool(needs_of_value(measure, value)) or measure.is_asked_apart
    return "model" if is_labelled or measure.id == "C32" else None


def limits(measure: Measure, value: PublishedValue) -> Iterator[Limit]:
    """Everything that keeps a published value's grade from being `same`."""
    found = owner_of(measure, value)
    if found is None:
        yield Limit("context", "there is no figure of it")
        return
    _, metric = found
    own = quantity_of(metric, value.statistic)
    if value.value is None and value.low is None and value.high is None:
        yield Limit("context", "the study gives no number")
    if value.quantity is None:
        yield Limit("context", "it is not said what kind of number the study gives: `quantity`")
    elif value.quantity != own:
        near = own is not None and (value.quantity, own) in NEAR
        yield Limit("similar" if near else "context", f"a {value.quantity} is no {own or value.statistic}")
    if value.quantity in ("adjusted_share", "coefficient", "slope") and value.specification is None:
        yield Limit("context", "an adjusted value is compared within one `specification`")
    for classifier in needs_of_value(measure, value):
        if classifier in QUESTIONS:
            yield Limit("similar", f"{classifier}: {QUESTIONS[classifier]}")
    if metric.unit in UNITS or metric.name.startswith("words_"):
        yield Limit("similar", UNITS.get(metric.unit, UNITS["words"]))
    if value.same_as is None:
        yield Limit("similar", "nothing says what is the same: `same_as`")


def highest_grade(measure: Measure, value: PublishedValue) -> Grade:
    """The highest grade that everything allows."""
    allowed = [limit.grade for limit in limits(measure, value)]
    return min(allowed, key=GRADES.index, default="same")


def too_high(measure: Measure) -> Iterator[str]:
    """In words, the published values of a measure whose grade is higher than their row allows."""
    for value in measure.published:
        highest = highest_grade(measure, value)
        for place in value.places:
            if GRADES.index(place.grade) > GRADES.index(highest):
                why = "; ".join(limit.reason for limit in limits(measure, value) if limit.grade == highest)
                named = f"{measure.id} {'|'.join(value.cell)} beside {place.agent}"
                yield f"{named}: {place.grade}, but at most {highest}: {why}"


def same_rows() -> Iterator[tuple[Measure, Metric, PublishedValue]]:
    """The published values with the grade `same`, each with the metric of one's own figure."""
    for measure in load_measures():
        for value in measure.published:
            found = owner_of(measure, value)
            if value.grade == "same" and found is not None:
                yield measure, found[1], value
