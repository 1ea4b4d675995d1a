"""Rates corrected for the labeller's error by the reviews of people (METHODS 4.8).

Belongs here: the raw rate beside the corrected ones, over all and by expertise. Not here: the corrections
(label_error, prediction_powered), which rates there are and what reviews say (reviewed_sessions). A rate is
of the sessions that were drawn from, so that the reviewed ones are a random part of them.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from classifiers.vocabulary import OPT_OUT
from orchestration.estimates.built_facts import BuiltFacts, joined_fingerprint
from orchestration.estimates.estimate_row import EstimateRow, estimate_row, sample_of
from orchestration.estimates.reviewed_sessions import (
    JUDGED_COLUMNS,
    RATES,
    Rate,
    Reviewed,
    read_reviews,
    with_reviews,
)
from orchestration.statistics.clusters import kish_effective_n, rate_by_user
from orchestration.statistics.label_error import corrected_rate, corrected_shares
from orchestration.statistics.prediction_powered import powered_mean
from orchestration.statistics.withholding import (
    LEAST_EFFECTIVE_N,
    LEAST_YOUDEN,
    Estimate,
    Floats,
    WithheldReason,
    is_too_few,
    withheld,
)

CORRECTED = ("rogan_gladen", "prediction_powered")


def corrected_rates(facts: BuiltFacts) -> list[EstimateRow]:
    """Raw and corrected rates by labeller, over all and by expertise; shares of work modes over all."""
    reviews = read_reviews(facts)
    rows: list[EstimateRow] = []
    for labeller in facts.labellers():
        fingerprints = facts.fingerprints(labeller)
        sessions = facts.judged(labeller, JUDGED_COLUMNS)
        usable = reviews[reviews["frame_labeller"].isin((labeller, "rules"))]
        for rate in RATES:
            fingerprint = joined_fingerprint(fingerprints, rate.classifiers)
            if fingerprint is not None:
                row = partial(
                    estimate_row, rate.metric_name, labeller=labeller, fingerprint=fingerprint,
                    population=rate.population,
                )  # fmt: skip
                rows += _of_rate(rate, sessions, usable, row)
        if "work_mode" in fingerprints:
            rows += _of_modes(sessions, usable, labeller, fingerprints["work_mode"])
    return rows


def _of_rate(
    rate: Rate, sessions: pd.DataFrame, reviews: pd.DataFrame, row: "partial[EstimateRow]"
) -> Iterator[EstimateRow]:
    """Over all sessions; by expertise where anybody reviewed."""
    joined = with_reviews(sessions, reviews, rate.classifiers)
    population = joined
    yield from _estimates(rate, population, row, unknown=_unknown_share(rate, population))
    if not joined["is_reviewed"].any():
        return
    for level, part in joined.groupby("expertise", sort=True):
        cut = partial(row, segment_name="expertise", segment_value=str(level))
        yield from _estimates(rate, part, cut, unknown=_unknown_share(rate, part))


def _estimates(
    rate: Rate, sessions: pd.DataFrame, row: "partial[EstimateRow]", *, unknown: float | None
) -> Iterator[EstimateRow]:
    labels = rate.label(sessions).astype("float64")
    known = labels.notna()
    used = sessions[known]
    found = Reviewed(
        label=np.asarray(labels[known], dtype=np.float64),
        truth=rate.truth(used).where(used["is_reviewed"]).to_numpy(dtype=np.float64),
        probability=used["inclusion_probability"].to_numpy(dtype=np.float64),
        is_reviewed=used["is_reviewed"].to_numpy(dtype=bool),
        users=used["user_id"],
    )
    sample = sample_of(used["user_id"])
    raw = rate_by_user(found.label, found.users)
    yield row("raw", raw.estimate, sample=sample, n_effective=raw.expected_n, unknown_share=unknown)
    reviewed = float(found.both.sum())
    for statistic, estimate in _corrected(found, raw.effective_n).items():
        yield row(statistic, estimate, sample=sample, n_effective=reviewed, unknown_share=unknown)


def _corrected(found: Reviewed, effective_n: float) -> dict[str, Estimate]:
    """Both corrections, or why there is none: a labeller hardly better than chance cannot be corrected."""
    counts, n = found.counts(), int(found.both.sum())
    sensitivity, specificity = counts.sensitivity, counts.specificity
    reason: WithheldReason | None = None
    if not found.is_reviewed.any():
        reason = "not_reviewed"
    elif is_too_few(n, LEAST_EFFECTIVE_N) or sensitivity is None or specificity is None:
        reason = "too_few_reviews"
    elif sensitivity + specificity - 1 < LEAST_YOUDEN:
        reason = "labeller_too_weak"
    if reason is not None:
        return dict.fromkeys(CORRECTED, withheld(reason))
    by_error = corrected_rate(float(found.label.mean()), effective_n, counts)
    # Where sessions differ in their probability, those left over are no sample of all: all stand for them.
    is_even = np.ptp(found.probability[found.both]) < 1e-12
    rest = ~found.is_reviewed if is_even else np.ones_like(found.both)
    powered = powered_mean(
        found.truth[found.both],
        found.label[found.both],
        found.label[rest],
        probabilities=found.probability[found.both],
        users=(found.users[found.both], found.users[rest]),
    )
    return {"rogan_gladen": by_error, "prediction_powered": powered.estimate}


def _of_modes(
    sessions: pd.DataFrame, reviews: pd.DataFrame, labeller: str, fingerprint: str
) -> Iterator[EstimateRow]:
    """Shares of work modes, raw and solved from the confusion with reviews."""
    joined = with_reviews(sessions, reviews, ("work_mode",))
    known = joined[joined["work_mode_label"].notna() & (joined["work_mode_label"] != OPT_OUT)]
    modes = sorted(known["work_mode_label"].unique())
    truth = known["work_mode"].where(known["is_reviewed"])
    both = known[truth.isin(modes)]
    weights = 1 / both["inclusion_probability"].to_numpy(dtype=np.float64)
    place = {mode: number for number, mode in enumerate(modes)}
    confusion = np.zeros((len(modes), len(modes)))
    np.add.at(confusion, (both["work_mode_label"].map(place), both["work_mode"].map(place)), weights)
    if len(both):
        confusion *= (kish_effective_n(weights) or 0) / weights.sum()
    counts: Floats = known["work_mode_label"].value_counts().reindex(modes).to_numpy().astype(np.float64)
    raw = {mode: rate_by_user(known["work_mode_label"] == mode, known["user_id"]) for mode in modes}
    effective = min((each.effective_n for each in raw.values()), default=0.0)
    found = _corrected_modes(counts, confusion, n_reviews=len(both), effective_n=effective)
    unknown = 1 - len(known) / len(joined) if len(joined) else None
    for mode, corrected in zip(modes, found, strict=True):
        row = partial(
            estimate_row, "work_mode_share",
            sample=sample_of(known.loc[known["work_mode_label"] == mode, "user_id"]),
            labeller=labeller, fingerprint=fingerprint, segment_name="work_mode", segment_value=mode,
            unknown_share=unknown,
        )  # fmt: skip
        yield row("raw", raw[mode].estimate, n_effective=raw[mode].expected_n)
        yield row("corrected_shares", corrected, n_effective=float(len(both)))


def _corrected_modes(
    counts: Floats, confusion: Floats, *, n_reviews: int, effective_n: float
) -> tuple[Estimate, ...]:
    if not n_reviews:
        return (withheld("not_reviewed"),) * len(counts)
    if is_too_few(n_reviews, LEAST_EFFECTIVE_N):
        return (withheld("too_few_reviews"),) * len(counts)
    return corrected_shares(counts, confusion, effective_n=effective_n or None)


def _unknown_share(rate: Rate, sessions: pd.DataFrame) -> float | None:
    """Of the sessions in the metric's population, those without its label; no stated goal is outside."""
    inside = sessions["has_clear_goal"] != 0 if rate.population == "with_goal" else slice(None)
    labels = rate.label(sessions).loc[inside]
    return float(labels.isna().mean()) if len(labels) else None
