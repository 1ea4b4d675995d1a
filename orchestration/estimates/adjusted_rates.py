"""Rates of outcomes by expertise and by occupation, at one mix of comparable sessions (C21–C29).

Belongs here: what is compared with what, in which population and specification. Not here: the models
(statistics), and what may be published (dbt suppresses small cells on top).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts, joined_fingerprint
from orchestration.estimates.estimate_row import EstimateRow, estimate_row
from orchestration.estimates.judged_sessions import (
    CODE_PRODUCING,
    EXPERTISE_LABELS,
    TROUBLED,
    USER,
    WITH_GOAL,
    Population,
    Sampled,
    coded_sessions,
    not_asked_rows,
    sample_where,
    sampled,
)
from orchestration.statistics.adjusted_rates import AdjustedRate, AdjustedRates, adjusted_rates_of
from orchestration.statistics.clusters import rate_by_user
from orchestration.statistics.marginal_effects import marginal_effects
from orchestration.statistics.withholding import Estimate, withheld

Effects = tuple[tuple[str, ...], ...]

OUTCOMES = {
    "verified_success": "is_verified_success",
    "at_least_partial": "is_at_least_partial",
    "judged_success": "is_judged_success",
}
OUTCOMES_OF_TROUBLED = OUTCOMES | {
    "judged_failure": "is_judged_failure",
    "verified_failure": "is_verified_failure",
    "abandoned": "is_failed_without_lines",
}
PREFERRED = "verified_success"
"""The outcome of Table A1 and of the logit."""

WORK = ("work_mode", "price_tier", "started_month", "work_occupation")
CELL = (*WORK, "is_software_user")
ADDITIVE: Effects = (("work_mode", "price_tier"), ("started_month",), ("work_occupation",))
CONTROLS: dict[str, Effects] = {
    "raw": (),
    "mode_and_value": ADDITIVE[:1],
    "and_month": ADDITIVE[:2],
    "and_work_occupation": ADDITIVE,
    "and_user_occupation": (*ADDITIVE, ("user_occupation",)),
}
"""The columns of Table A1: each adds a control to the one before; the last is the study's preferred one."""

_NEEDS = ("success_evidence", "work_mode", "task_value", "work_occupation", "user_occupation")
_TEXTS = ("work_mode", "price_tier", "started_month", "work_occupation", "user_occupation", USER)
_FLAGS = ("has_clear_goal", "is_code_producing", "is_in_trouble_above_3", "is_in_trouble_from_3")


@dataclass(frozen=True)
class Comparison:
    """Levels that are compared: `labels` by their code from `first_code`, the specifications, where."""

    segment_name: str
    level: str
    labels: tuple[str, ...]
    first_code: int
    needs: tuple[str, ...]
    specifications: dict[str, Effects]
    populations: tuple[Population, ...]

    def needed(self, population: Population) -> tuple[str, ...]:
        return (*population.needs, *_NEEDS, *self.needs)


COMPARISONS = (
    Comparison(
        "expertise", "expertise_level", EXPERTISE_LABELS, 1, ("expertise",),
        {
            "joint_cell": (CELL,),
            "additive": CONTROLS["and_user_occupation"],
            "user_fixed_effects": (CELL, (USER,)),
        },
        (WITH_GOAL, CODE_PRODUCING, *TROUBLED),
    ),
    # Expertise of the first prompt cannot know the outcome; one more specification tells enough of it.
    Comparison(
        "first_prompt_expertise", "first_prompt_expertise_level", EXPERTISE_LABELS, 1,
        ("expertise_first_prompt",),
        {"joint_cell": (CELL,), "user_fixed_effects": (CELL, (USER,))},
        (WITH_GOAL, *TROUBLED),
    ),
    # A person's occupation hardly varies within the person: no user effects.
    Comparison(
        "occupation_group", "is_software_user", ("other", "software"), 0, (),
        {"joint_cell": (WORK,), "additive": ADDITIVE},
        (WITH_GOAL, CODE_PRODUCING),
    ),
)  # fmt: skip


class Cut(NamedTuple):
    """One comparison in one population: the sessions of every specification and what their rows share."""

    comparison: Comparison
    sample: Sampled
    keys: dict[str, Any]


def adjusted_rates(facts: BuiltFacts, comparisons: Sequence[Comparison] = COMPARISONS) -> list[EstimateRow]:
    """Rows of every labeller; one that was not asked all of it has rows that say so."""
    return [row for labeller in facts.labellers() for row in _of_labeller(facts, labeller, comparisons)]


def outcomes_of(population: Population) -> dict[str, str]:
    """Metric → column of the outcomes that are compared in a population."""
    return OUTCOMES_OF_TROUBLED if population in TROUBLED else OUTCOMES


def _of_labeller(
    facts: BuiltFacts, labeller: str, comparisons: Sequence[Comparison]
) -> Iterator[EstimateRow]:
    known = facts.fingerprints(labeller)
    levels = {comparison.level for comparison in comparisons} - set(CELL)
    numbers = [*_FLAGS, *OUTCOMES_OF_TROUBLED.values(), "is_software_user", *sorted(levels)]
    frame: pd.DataFrame | None = None
    for comparison in comparisons:
        for population in comparison.populations:
            needs = comparison.needed(population)
            fingerprint = joined_fingerprint(known, needs)
            if fingerprint is None:
                keys = _keys_not_asked(comparison, population)
                yield from not_asked_rows(facts, labeller, needs=needs, keys=keys)
                continue
            if frame is None:
                frame = coded_sessions(facts, labeller, numbers=numbers, texts=_TEXTS)
            keys_of_all = {
                "labeller": labeller, "fingerprint": fingerprint, "population": population.name,
            }  # fmt: skip
            yield from _of_population(frame, comparison, population, keys=keys_of_all)


def _keys_not_asked(comparison: Comparison, population: Population) -> list[dict[str, Any]]:
    return [
        {
            "metric_name": metric, "statistic": "adjusted", "specification": specification,
            "population": population.name, "segment_name": comparison.segment_name,
        }
        for metric in outcomes_of(population)
        for specification in comparison.specifications
    ]  # fmt: skip


def _of_population(
    frame: pd.DataFrame, comparison: Comparison, population: Population, *, keys: dict[str, Any]
) -> Iterator[EstimateRow]:
    outcomes = outcomes_of(population)
    columns = [*outcomes.values(), comparison.level, *CELL, "user_occupation"]
    sample = sampled(frame, population.flags, columns=columns)
    cut = Cut(comparison, sample, keys | {"unknown_share": sample.unknown_share})
    for metric, column in outcomes.items():
        yield from _unadjusted(metric, column, cut)
    for specification, effects in comparison.specifications.items():
        found = _fitted(cut, list(outcomes.values()), effects)
        for metric, column in outcomes.items():
            yield from _adjusted(metric, found[column], cut, specification=specification)
    if comparison.segment_name == "expertise" and population is WITH_GOAL:
        yield from _table_a1(cut)
        yield _logit(cut)


def _fitted(cut: Cut, columns: Sequence[str], effects: Effects) -> dict[str, AdjustedRates]:
    return adjusted_rates_of(
        cut.sample.frame, outcomes=columns, level=cut.comparison.level, user=USER, effects=effects
    )


def _unadjusted(metric: str, column: str, cut: Cut) -> Iterator[EstimateRow]:
    """The raw rate of each level over the very sessions that the adjusted ones compare."""
    frame = cut.sample.frame
    for code, label in enumerate(cut.comparison.labels, start=cut.comparison.first_code):
        inside = frame[cut.comparison.level] == code
        rate = rate_by_user(frame.loc[inside, column], frame.loc[inside, USER])
        yield estimate_row(
            metric, "unadjusted", rate.estimate, specification="raw", sample=sample_where(frame, inside),
            segment_name=cut.comparison.segment_name, segment_value=label, n_effective=rate.expected_n,
            **cut.keys,
        )  # fmt: skip


def _adjusted(metric: str, found: AdjustedRates, cut: Cut, *, specification: str) -> Iterator[EstimateRow]:
    """Coefficient and adjusted rate of each level, and the slope over all of them."""
    comparison, frame = cut.comparison, cut.sample.frame
    by_code = {int(rate.level): rate for rate in found.rates}
    shared = cut.keys | {"specification": specification, "segment_name": comparison.segment_name}
    for code, label in enumerate(comparison.labels, start=comparison.first_code):
        sample = sample_where(frame, frame[comparison.level] == code)
        rate = by_code.get(code)
        for statistic, estimate, p_value in _of_level(rate):
            yield estimate_row(
                metric, statistic, estimate, sample=sample, segment_value=label, p_value=p_value,
                n_effective=float(rate.n_effective) if rate else 0.0, **shared,
            )  # fmt: skip
    if len(comparison.labels) == 2:
        return  # the coefficient says it
    yield estimate_row(
        metric, "slope", found.slope, sample=sample_where(frame), p_value=found.slope_p_value,
        n_effective=float(found.n_effective), **shared,
    )  # fmt: skip


def _of_level(rate: AdjustedRate | None) -> Iterator[tuple[str, Estimate, float | None]]:
    if rate is None:
        yield from ((name, withheld("no_observations"), None) for name in ("coefficient", "adjusted"))
        return
    yield "coefficient", rate.coefficient, rate.coefficient_p_value
    yield "adjusted", rate.adjusted, None


def _table_a1(cut: Cut) -> Iterator[EstimateRow]:
    """The slope as controls are added, over one sample: what each of them accounts for (C27)."""
    column = OUTCOMES[PREFERRED]
    for controls, effects in CONTROLS.items():
        found = _fitted(cut, [column], effects)[column]
        yield estimate_row(
            PREFERRED, "slope", found.slope, sample=sample_where(cut.sample.frame),
            specification="additive", segment_name="controls", segment_value=controls,
            n_effective=float(found.n_effective), p_value=found.slope_p_value, **cut.keys,
        )  # fmt: skip


def _logit(cut: Cut) -> EstimateRow:
    """Average marginal effect of a level by a logit of the cell's columns, each on its own."""
    level = cut.comparison.level
    found = marginal_effects(
        cut.sample.frame, outcome=OUTCOMES[PREFERRED], user=USER, numeric=[level], categories=CELL,
        wanted=[level],
    )  # fmt: skip
    effect = (
        found.effects[level] if level in found.effects else withheld(found.withheld_reason or "no_variation")
    )
    return estimate_row(
        PREFERRED, "average_marginal_effect", effect, sample=sample_where(cut.sample.frame),
        specification="logit", segment_name=cut.comparison.segment_name,
        n_effective=float(found.n_sessions), **cut.keys,
    )  # fmt: skip
