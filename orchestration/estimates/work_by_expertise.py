"""Actions and words per prompt by expertise: their distribution, and their change per level (C12, C13).

Belongs here: which sessions, statistics and controls. Not here: the formulas (statistics), and what may be
published (dbt suppresses small cells on top). A session counts where it has a typed prompt.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts, joined_fingerprint
from orchestration.estimates.estimate_row import EstimateRow, Sample, estimate_row
from orchestration.estimates.judged_sessions import (
    EXPERTISE_LABELS,
    USER,
    codes_or_missing,
    not_asked_rows,
    sample_where,
)
from orchestration.statistics.clusters import (
    expected_n_of,
    mean_by_user,
    quantile_by_user,
    rate_by_user,
)
from orchestration.statistics.log_outcomes import LogChange, Zeros, geometric_mean, log_change
from orchestration.statistics.withholding import LEAST_EFFECTIVE_N, Estimate, is_too_few, withheld

METRICS = ("actions_per_prompt", "words_per_prompt")
QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
LEVEL = "expertise_level"
CUTS = {"work_mode": ("work_mode", "work_mode"), "value_band": ("price_tier", "task_value")}
"""Populations within which the distribution is repeated: their column and the classifier of it."""

_SHARED = (("work_mode", "price_tier"), ("started_month",), ("model_family",))
CONTROLS = (*_SHARED, ("user_occupation",))
"""The study's controls of C13: work mode, value, month, occupation of the person, model family."""

_CELL = tuple(column for effect in CONTROLS for column in effect)
SPECIFICATIONS: dict[str, tuple[Zeros, tuple[tuple[str, ...], ...]]] = {
    "log_ols": ("left_out", CONTROLS),
    "log_ols_task_subject": ("left_out", (*_SHARED, ("work_occupation",))),
    "poisson": ("poisson", (_CELL,)),
}
"""How zeros and controls enter: logs leave zeros out; Poisson keeps them and absorbs one joint cell.

`log_ols` is the study's; `log_ols_task_subject` has the task's subject in place of the person's occupation,
which many sessions do not show. All are of one sample, which misses no control of any of them.
"""

_KNOWN = (LEVEL, *_CELL, "work_occupation")
_CHANGE_NEEDS = ("expertise", "work_mode", "task_value", "user_occupation", "work_occupation")
_TEXTS = ("started_month", "user_occupation", "work_occupation", USER)

# The model that answered in most of the session's turns; ties by name.
_MAIN_MODEL_SQL = """
    select session_id, model
    from (
        select
            session_id,
            model,
            row_number() over (partition by session_id order by count(*) desc, model) as place
        from marts.fct_turns
        where agent = $agent and has_agent_work and not is_sidechain and model is not null
        group by session_id, model
    )
    where place = 1
    order by session_id
"""


class Described(NamedTuple):
    """One statistic of the sessions of a level: what it is, how zeros are handled, its effective n."""

    statistic: str
    specification: str | None
    found: Estimate
    n_effective: float


def work_by_expertise(facts: BuiltFacts) -> list[EstimateRow]:
    """Rows of every labeller; one that was not asked all of it has rows that say so."""
    families: pd.Series[Any] | None = None
    rows: list[EstimateRow] = []
    for labeller in facts.labellers():
        known = facts.fingerprints(labeller)
        rows += _rows_not_asked(facts, labeller)
        if "expertise" not in known:
            continue
        families = _model_families(facts) if families is None else families
        frame = _frame(facts, labeller, families)
        rows += _distributions(frame, labeller, known)
        fingerprint = joined_fingerprint(known, _CHANGE_NEEDS)
        if fingerprint is not None:
            rows += _changes(frame, keys={"labeller": labeller, "fingerprint": fingerprint})
    return rows


def model_family(model: str) -> str:
    """The name of a model without maker, version and date: `claude-opus-4-5-20251101` is opus."""
    words = [word for word in re.split(r"[^A-Za-z0-9]+", model.lower()) if word.isalpha()]
    return "-".join(word for word in words if word not in ("claude", "anthropic", "latest")) or model


def _model_families(facts: BuiltFacts) -> "pd.Series[Any]":
    """Session → family of its main model; absent where no turn names a model."""
    found = facts.read(_MAIN_MODEL_SQL).to_pandas()
    names = {model: model_family(model) for model in found["model"].unique()}
    return pd.Series(found["model"].map(names).to_numpy(), index=found["session_id"])


def _frame(facts: BuiltFacts, labeller: str, families: "pd.Series[Any]") -> pd.DataFrame:
    columns = ["session_id", LEVEL, *METRICS, "work_mode", "price_tier", *_TEXTS]
    frame = facts.judged(labeller, columns)
    frame["model_family"] = codes_or_missing(frame["session_id"].map(families))
    for name in _TEXTS:
        frame[name] = codes_or_missing(frame[name])
    for name, _ in CUTS.values():
        frame[name] = frame[name].mask(frame[name] == "not_inferable").astype("category")
    return frame.drop(columns="session_id")


def _rows_not_asked(facts: BuiltFacts, labeller: str) -> Iterator[EstimateRow]:
    known = facts.fingerprints(labeller)
    shared = {"segment_name": "expertise"}
    for needs, statistic, specifications in (
        (("expertise",), "geometric_mean", ("positives", "plus_one")),
        (_CHANGE_NEEDS, "change_per_level", tuple(SPECIFICATIONS)),
    ):
        if joined_fingerprint(known, needs) is None:
            keys = [
                shared | {"metric_name": metric, "statistic": statistic, "specification": specification}
                for metric in METRICS
                for specification in specifications
            ]
            yield from not_asked_rows(facts, labeller, needs=needs, keys=keys)


def _distributions(frame: pd.DataFrame, labeller: str, known: Any) -> Iterator[EstimateRow]:
    """Statistics of each level over all sessions, and within every work mode and value band."""
    yield from _of_population(
        frame, keys={"labeller": labeller, "fingerprint": known["expertise"], "population": "all"}
    )
    for name, (column, classifier) in CUTS.items():
        fingerprint = joined_fingerprint(known, ("expertise", classifier))
        if fingerprint is None:
            continue
        for value in sorted(frame[column].cat.categories):
            keys = {"labeller": labeller, "fingerprint": fingerprint, "population": f"{name}:{value}"}
            yield from _of_population(frame.loc[frame[column] == value], keys=keys)


def _of_population(frame: pd.DataFrame, *, keys: dict[str, Any]) -> Iterator[EstimateRow]:
    """Zeros are in every statistic but the geometric mean of positives; `zero_share` says how many."""
    for metric in METRICS:
        counted = frame.loc[frame[metric].notna(), [metric, LEVEL, USER]]
        rated = counted[LEVEL].notna()
        unknown_share = float(1 - rated.mean()) if len(counted) else None
        for level, label in enumerate(EXPERTISE_LABELS, start=1):
            cell = counted.loc[counted[LEVEL] == level]
            sample = sample_where(cell)
            for found in _described(cell[metric], cell[USER]):
                yield estimate_row(
                    metric, found.statistic, found.found, specification=found.specification, sample=sample,
                    segment_name="expertise", segment_value=label, n_effective=found.n_effective,
                    unknown_share=unknown_share, **keys,
                )  # fmt: skip


def _described(values: "pd.Series[Any]", users: "pd.Series[Any]") -> Iterator[Described]:
    above = values > 0
    positive, their_users = values[above], users[above]
    n_positive = expected_n_of(their_users)
    n_all = expected_n_of(users)
    found = geometric_mean(positive, their_users)
    yield Described("geometric_mean", "positives", _unless_few(found, n_positive), n_positive)
    found = geometric_mean(values, users, add=1.0)
    yield Described("geometric_mean", "plus_one", _unless_few(found, n_all), n_all)
    yield Described("mean", None, _unless_few(mean_by_user(values, users), n_all), n_all)
    for statistic, quantile in QUANTILES.items():
        of_quantile = quantile_by_user(values, users, quantile)
        yield Described(statistic, None, of_quantile.estimate, of_quantile.expected_n)
    zeros = rate_by_user(values == 0, users)
    yield Described("zero_share", None, zeros.estimate, zeros.expected_n)


def _unless_few(found: Estimate, effective_n: float) -> Estimate:
    if found.withheld_reason or not is_too_few(effective_n, LEAST_EFFECTIVE_N):
        return found
    return withheld("too_few_effective_sessions")


def _changes(frame: pd.DataFrame, *, keys: dict[str, Any]) -> Iterator[EstimateRow]:
    """Relative change per level and at each level from the one below, over one sample per metric."""
    for metric in METRICS:
        counted = frame.loc[frame[metric].notna()]
        complete = counted.loc[counted[list(_KNOWN)].notna().all(axis=1)]
        share = 1 - len(complete) / len(counted) if len(counted) else None
        for specification, (zeros, effects) in SPECIFICATIONS.items():
            found = log_change(complete, outcome=metric, level=LEVEL, user=USER, effects=effects, zeros=zeros)
            shared = keys | {
                "specification": specification, "segment_name": "expertise", "unknown_share": share,
                "n_effective": float(found.n_effective),
            }  # fmt: skip
            yield estimate_row(
                metric, "change_per_level", found.per_level, sample=sample_where(complete),
                p_value=found.p_value, **shared,
            )  # fmt: skip
            yield from _steps(metric, found, complete, keys=shared)


def _steps(
    metric: str, found: LogChange, complete: pd.DataFrame, *, keys: dict[str, Any]
) -> Iterator[EstimateRow]:
    """A row per step, named by the higher level; the sessions of a step are those of both its levels."""
    for level, label in enumerate(EXPERTISE_LABELS[1:], start=2):
        of_step = complete[LEVEL].isin([level - 1, level])
        sample: Sample = sample_where(complete, of_step)
        estimate = found.steps.get(level, withheld("no_observations"))
        yield estimate_row(
            metric, "change_at_level", estimate, sample=sample, segment_value=label,
            p_value=found.step_p_values.get(level), **keys,
        )  # fmt: skip
