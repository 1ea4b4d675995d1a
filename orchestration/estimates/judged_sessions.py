"""The judged sessions of one labeller as numbers, and the populations that estimates are about.

Belongs here: coding of the columns that are compared, who belongs to a population, what a missing label
keeps out of it. Not here: what is estimated from them. Columns are coded once per labeller and shared by
all specifications, which is what keeps 400,000 sessions within a minute.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from classifiers.answers.expertise_labels import EXPERTISE_MEANINGS
from classifiers.vocabulary import OPT_OUT
from orchestration.estimates.built_facts import BuiltFacts, joined_fingerprint
from orchestration.estimates.estimate_row import EstimateRow, Sample, estimate_row, sample_of
from orchestration.statistics.withholding import withheld

USER = "user_id"
EXPERTISE_LABELS = tuple(label for label in EXPERTISE_MEANINGS if label != OPT_OUT)
"""Label of each level of expertise from 1."""


class Population(NamedTuple):
    """Sessions for which all of `flags` hold, and the classifiers that say so.

    A session of which no flag is known to fail may belong to it: what is unknown of those is counted.
    """

    name: str
    flags: tuple[str, ...]
    needs: tuple[str, ...]


WITH_GOAL = Population("with_goal", ("has_clear_goal",), ("outcome",))
CODE_PRODUCING = Population("code_producing", ("has_clear_goal", "is_code_producing"), ("outcome",))
TROUBLED = tuple(
    Population(threshold, ("has_clear_goal", f"is_{threshold}"), ("outcome", "failure_evidence"))
    for threshold in ("in_trouble_above_3", "in_trouble_from_3")
)


class Sampled(NamedTuple):
    """The sessions of a population that miss none of the columns, and the share that does."""

    frame: pd.DataFrame
    unknown_share: float | None


def coded_sessions(
    facts: BuiltFacts, labeller: str, *, numbers: Sequence[str], texts: Sequence[str]
) -> pd.DataFrame:
    """Columns of a labeller's judged sessions; texts as codes in the order of the values.

    Missing and not_inferable are NaN: a session whose cell is not known is compared with none.
    """
    frame = facts.judged(labeller, [*numbers, *texts])
    for name in texts:
        frame[name] = codes_or_missing(frame[name])
    return frame


def codes_or_missing(texts: "pd.Series[Any]") -> "pd.Series[Any]":
    """A number per text from 0 in rising order, NaN for missing and not_inferable."""
    known = texts.mask(texts == OPT_OUT)
    codes = pd.Series(pd.factorize(known, sort=True)[0], index=texts.index, dtype=np.float64)
    return codes.mask(codes < 0)


def sampled(frame: pd.DataFrame, flags: Sequence[str], *, columns: Sequence[str]) -> Sampled:
    """The sessions for which all flags hold and that miss no column: one sample for every specification."""
    possible = (frame[list(flags)] != 0).all(axis=1)
    complete = possible & frame[[*flags, *columns]].notna().all(axis=1)
    count = int(possible.sum())
    share = 1 - int(complete.sum()) / count if count else None
    return Sampled(frame.loc[complete], share)


def sample_where(frame: pd.DataFrame, mask: "pd.Series[bool] | None" = None) -> Sample:
    """Whom an estimate is about, of some sessions of a frame."""
    return sample_of(frame[USER] if mask is None else frame.loc[mask, USER])


def not_asked_rows(
    facts: BuiltFacts, labeller: str, *, needs: Sequence[str], keys: Sequence[dict[str, Any]]
) -> Iterator[EstimateRow]:
    """A row per estimate that rests on what the labeller was not asked: there is none, and why.

    Its fingerprint joins what it was asked of it, `none` where that is nothing.
    """
    known = facts.fingerprints(labeller)
    asked = joined_fingerprint(known, [name for name in needs if name in known])
    users = facts.judged(labeller, [USER])[USER]
    for key in keys:
        rest: dict[str, Any] = {"population": "all", "unknown_share": 1.0} | key
        metric_name, statistic = rest.pop("metric_name"), rest.pop("statistic")
        yield estimate_row(
            metric_name, statistic, withheld("not_asked"), sample=sample_of(users),
            labeller=labeller, fingerprint=asked or "none", **rest,
        )  # fmt: skip
