"""Sessions with what a labeller and what people said of them: the ground of corrected rates.

Belongs here: which rates are corrected, what a review says of each, joining reviews to the sessions that
they were drawn from. Not here: the corrections and their rows (corrected_rates).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from classifiers.vocabulary import OPT_OUT
from orchestration.estimates.built_facts import BuiltFacts
from orchestration.statistics.clusters import kish_effective_n
from orchestration.statistics.label_error import ReviewCounts
from orchestration.statistics.withholding import Floats

WITH_GOAL = ("succeeded", "partially_succeeded", "failed")


@dataclass(frozen=True)
class Rate:
    """A yes/no metric: what the labeller says (a column of judged sessions) and what a review says."""

    metric_name: str
    population: str
    classifiers: tuple[str, ...]
    label: Callable[[pd.DataFrame], "pd.Series[Any]"]
    truth: Callable[[pd.DataFrame], "pd.Series[Any]"]


def _among(value: Any, inside: Any) -> "pd.Series[Any]":
    """1 and 0 inside, NaN outside."""
    found: pd.Series[Any] = value.astype("float64").where(inside)
    return found


def _has_goal(reviews: pd.DataFrame) -> "pd.Series[Any]":
    return reviews["outcome"].isin(WITH_GOAL)


RATES = (
    Rate("judged_success", "with_goal", ("outcome",), lambda d: d["is_judged_success"],
         lambda r: _among(r["outcome"] == "succeeded", _has_goal(r))),
    Rate("at_least_partial", "with_goal", ("outcome",), lambda d: d["is_at_least_partial"],
         lambda r: _among(r["outcome"] != "failed", _has_goal(r))),
    Rate("verified_success", "with_goal", ("outcome", "success_evidence"),
         lambda d: d["is_verified_success"],
         lambda r: _among((r["outcome"] == "succeeded") & (r["success_evidence"] >= 4),
                          _has_goal(r) & r["success_evidence"].notna())),
    Rate("trouble_above_3", "with_goal", ("outcome", "failure_evidence"),
         lambda d: d["is_in_trouble_above_3"],
         lambda r: _among(r["failure_evidence"] > 3,
                          r["failure_evidence"].notna()
                          & r["outcome"].isin((*WITH_GOAL, OPT_OUT)))),
    Rate("no_clear_goal_share", "all", ("outcome",), lambda d: 1 - d["has_clear_goal"],
         lambda r: _among(r["outcome"] == "no_clear_goal", r["outcome"].notna() & (r["outcome"] != OPT_OUT))),
)  # fmt: skip

JUDGED_COLUMNS = (
    "session_id", "user_id", "started_at", "is_judged_success", "is_at_least_partial",
    "is_verified_success", "is_in_trouble_above_3", "has_clear_goal", "work_mode", "expertise",
)  # fmt: skip

_REVIEWS_SQL = (
    "select session_id, classifier, answer_label, answer_score, sample_id, inclusion_probability, "
    "frame_labeller, frame_until from intermediate.int_labels__reviewed "
    "where agent = $agent and is_first_replicate and not is_stale order by session_id, classifier"
)


@dataclass(frozen=True)
class Reviewed:
    """One metric's sessions: labels of all, and truths with their probabilities where people reviewed.

    `label` is 1 or 0; `truth` is NaN where nobody reviewed or the review does not say.
    """

    label: Floats
    truth: Floats
    probability: Floats
    is_reviewed: Any
    users: "pd.Series[Any]"

    @property
    def both(self) -> Any:
        return ~np.isnan(self.truth)

    def counts(self) -> ReviewCounts:
        """Reviews by label and truth, weighted; each truth adds up to its effective number of reviews."""
        weights, label, truth = 1 / self.probability, self.label == 1, self.truth
        parts: dict[tuple[bool, bool], float] = {}
        for is_true in (True, False):
            inside = self.both & (truth == float(is_true))
            total, size = weights[inside].sum(), kish_effective_n(weights[inside]) or 0.0
            for is_labelled in (True, False):
                part = weights[inside & (label == is_labelled)].sum()
                parts[is_true, is_labelled] = float(size * part / total) if total else 0.0
        return ReviewCounts(
            tp=parts[True, True], fp=parts[False, True], fn=parts[True, False], tn=parts[False, False]
        )


def read_reviews(facts: BuiltFacts) -> pd.DataFrame:
    """The first reviewer's labels with the probability of their session to be drawn."""
    found: pd.DataFrame = facts.read(_REVIEWS_SQL).to_pandas()
    return found


def with_reviews(sessions: pd.DataFrame, reviews: pd.DataFrame, classifiers: tuple[str, ...]) -> pd.DataFrame:
    """Sessions of the frame with what one sample's reviews say of them; a session without is NaN.

    The classifiers of a metric must have been asked of the same sessions: where their newest samples are
    two draws, nobody reviewed the metric. Without reviews it is all sessions.
    """
    own = reviews[reviews["classifier"].isin(classifiers)]
    one_sample = own.groupby("classifier")["sample_id"].unique()
    is_joint = len(one_sample) == len(classifiers) and own["sample_id"].nunique() == 1
    own = own if is_joint else own.iloc[:0]
    answers = own.assign(answer=own["answer_label"].where(own["answer_label"].notna(), own["answer_score"]))
    wide = answers.pivot(index="session_id", columns="classifier", values="answer")
    wide = wide.reindex(columns=sorted({*classifiers, "outcome", "success_evidence", "failure_evidence"}))
    for name in ("success_evidence", "failure_evidence"):
        wide[name] = pd.to_numeric(wide[name])
    wide["inclusion_probability"] = own.groupby("session_id")["inclusion_probability"].first()
    wide["is_reviewed"] = True
    frame = sessions[sessions["started_at"] <= own["frame_until"].max()] if len(own) else sessions
    renamed = frame.rename(columns={"work_mode": "work_mode_label"})
    joined = renamed.merge(wide, how="left", left_on="session_id", right_index=True)
    joined["is_reviewed"] = joined["is_reviewed"].eq(True)
    return joined.reset_index(drop=True)
