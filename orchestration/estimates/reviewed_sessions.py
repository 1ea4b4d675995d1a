"""Sessions with what a labeller and what people said of them: the ground of corrected rates.

Belongs here: which rates are corrected, joining reviews to the sessions that they were drawn from. Both what
a labeller and what people said come from the same model, int_sessions__labelled, by the same rules. Not
here: those rules, the corrections and their rows (corrected_rates).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.statistics.clusters import kish_effective_n
from orchestration.statistics.label_error import ReviewCounts
from orchestration.statistics.withholding import Floats

TRUE = "true_"
"""Begins the columns of what people said, beside those of the labeller with the same name."""


@dataclass(frozen=True)
class Rate:
    """A yes/no metric: the share of sessions for which `flag` holds, or does not where `is_share_without`.

    `classifiers`: what people must have been asked of the same session for its truth to be known.
    """

    metric_name: str
    population: str
    classifiers: tuple[str, ...]
    flag: str
    is_share_without: bool = False

    def label(self, sessions: pd.DataFrame) -> "pd.Series[Any]":
        """1 and 0 by the labeller, NaN where it does not say."""
        return self._counted(sessions[self.flag])

    def truth(self, sessions: pd.DataFrame) -> "pd.Series[Any]":
        """1 and 0 by people, NaN where nobody reviewed or the review does not say."""
        return self._counted(sessions[TRUE + self.flag])

    def _counted(self, flags: "pd.Series[Any]") -> "pd.Series[Any]":
        found: pd.Series[Any] = flags.astype("float64")
        return 1 - found if self.is_share_without else found


RATES = (
    Rate("judged_success", "with_goal", ("outcome",), "is_judged_success"),
    Rate("at_least_partial", "with_goal", ("outcome",), "is_at_least_partial"),
    Rate("verified_success", "with_goal", ("outcome", "success_evidence"), "is_verified_success"),
    Rate("trouble_above_3", "with_goal", ("outcome", "failure_evidence"), "is_in_trouble_above_3"),
    Rate("no_clear_goal_share", "all", ("outcome",), "has_clear_goal", is_share_without=True),
)

FLAGS = tuple(dict.fromkeys(rate.flag for rate in RATES))
JUDGED_COLUMNS = ("session_id", "user_id", "started_at", *FLAGS, "work_mode", "expertise")

_DRAWN_SQL = (
    "select session_id, classifier, sample_id, inclusion_probability, frame_labeller, frame_until "
    "from intermediate.int_labels__reviewed "
    "where agent = $agent and is_first_replicate and not is_stale order by session_id, classifier"
)
_TRUTH_SQL = (
    f"select session_id, work_mode, {', '.join(f'cast({flag} as double) as {flag}' for flag in FLAGS)} "  # noqa: S608
    "from intermediate.int_sessions__labelled where labeller = 'human' "
    "and session_id in (select session_id from intermediate.int_labels__reviewed where agent = $agent) "
    "order by session_id"
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
    """One row per reviewed session and classifier: how it was drawn, and what people said of the session."""
    drawn: pd.DataFrame = facts.read(_DRAWN_SQL).to_pandas()
    truth: pd.DataFrame = facts.read(_TRUTH_SQL).to_pandas()
    named = {name: TRUE + name for name in truth.columns if name != "session_id"}
    return drawn.merge(truth.rename(columns=named), how="left", on="session_id")


def with_reviews(sessions: pd.DataFrame, reviews: pd.DataFrame, classifiers: tuple[str, ...]) -> pd.DataFrame:
    """Sessions of the frame with what one sample's reviews say of them; a session without is NaN.

    `work_mode_label` is the labeller's work mode, `work_mode` people's.

    The classifiers of a metric must have been asked of the same sessions: where their newest samples are
    two draws, nobody reviewed the metric. Without reviews it is all sessions.
    """
    own = reviews[reviews["classifier"].isin(classifiers)]
    one_sample = own.groupby("classifier")["sample_id"].unique()
    is_joint = len(one_sample) == len(classifiers) and own["sample_id"].nunique() == 1
    own = own if is_joint else own.iloc[:0]
    said = [name for name in own.columns if name.startswith(TRUE)]
    of_session = own.groupby("session_id")[["inclusion_probability", *said]].first().assign(is_reviewed=True)
    frame = sessions[sessions["started_at"] <= own["frame_until"].max()] if len(own) else sessions
    labelled = frame.rename(columns={"work_mode": "work_mode_label"})
    truth = of_session.rename(columns={f"{TRUE}work_mode": "work_mode"})
    joined = labelled.merge(truth, how="left", left_on="session_id", right_index=True)
    joined["is_reviewed"] = joined["is_reviewed"].eq(True)
    return joined.reset_index(drop=True)
