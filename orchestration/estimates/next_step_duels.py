"""Win rates of next-step duels, with what says how far they can be trusted (B11, METHODS I23).

Belongs here: which duels a rate counts, in which of three ways, and the consistency of the judge. Not here:
how a duel is carried out (labelling.next_step_duels), intervals (statistics). Moments of one session are
of one person, so that the main interval is by user; Wilson's, which takes moments for independent trials, is
next to it because the published values can be given no other.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow, estimate_row, rounded_sample, sample_of
from orchestration.statistics.clusters import ClusteredRate, mean_by_user, rate_by_user
from orchestration.statistics.proportions import proportion_bounds
from orchestration.statistics.withholding import LEAST_EFFECTIVE_N, Estimate, withheld

WIN_RATE = "next_step_win_rate"
CONSISTENCY = "next_step_swap_consistency"
FIRST_SHOWN = "next_step_first_shown_share"
REPEATS = "next_step_repeat_agreement"
LABELLER = "claude"

_SQL = (
    "select act_id, session_id, user_id, moment_set, replicate, fingerprint, proposer_model, judge_model, "
    "drawn_order, swapped_order, is_agent_first, duel_outcome "
    "from intermediate.int_next_steps__judged where agent = $agent order by act_id, moment_set, replicate"
)


def next_step_duels(facts: BuiltFacts) -> list[EstimateRow]:
    """The rates of both sets of moments; no rows where no moment was found."""
    duels = facts.read(_SQL).to_pandas()
    rows: list[EstimateRow] = []
    for (moment_set, fingerprint), own in duels.groupby(["moment_set", "fingerprint"], sort=True):
        by = {"population": str(moment_set), "fingerprint": str(fingerprint), "labeller": LABELLER}
        rows += _of_set(facts, own, by)
    return rows


def _of_set(facts: BuiltFacts, duels: pd.DataFrame, by: dict[str, Any]) -> Iterator[EstimateRow]:
    least = 0.0 if facts.rules.is_personal else float(LEAST_EFFECTIVE_N)

    def row(metric: str, statistic: str, found: Estimate, of: pd.DataFrame, **more: Any) -> EstimateRow:
        sample = rounded_sample(sample_of(of.drop_duplicates("session_id")["user_id"]), facts.rules)
        return estimate_row(metric, statistic, found, sample=sample, **by, **more)

    first = duels[duels["replicate"] == 0]
    judged = first[first["duel_outcome"].notna()]
    unknown = {"unknown_share": float(1 - len(judged) / len(first)) if len(first) else None}
    users, outcome = judged["user_id"], judged["duel_outcome"]
    for specification, wins in {
        "both_orders": outcome == "agent_better",
        # What a single judgement in a random order says; a tie is no win.
        "one_order": judged["drawn_order"] == "agent",
    }.items():
        rate = rate_by_user(wins.astype("float64"), users, least_effective_n=least)
        more = {"specification": specification, "n_effective": rate.expected_n, **unknown}
        yield row(WIN_RATE, "share", rate.estimate, judged, **more)
        yield row(WIN_RATE, "wilson", wilson(wins, rate), judged, **more)
    # A fingerprint is of one model of each: the study's two values are of two models.
    models = judged[["proposer_model", "judge_model"]].drop_duplicates()
    if len(models) == 1:
        named = " judged by ".join(models.iloc[0])
        won = rate_by_user((outcome == "agent_better").astype("float64"), users, least_effective_n=least)
        more = {"specification": "both_orders", "n_effective": won.expected_n, **unknown}
        yield row(WIN_RATE, "share", won.estimate, judged, segment_name="models", segment_value=named, **more)
    consistency = rate_by_user((outcome != "inconsistent").astype("float64"), users, least_effective_n=least)
    halves = outcome.map({"agent_better": 1.0, "human_better": 0.0}).fillna(0.5).astype("float64")
    half = consistency.estimate.withheld_reason
    yield row(
        WIN_RATE, "share", withheld(half) if half else mean_by_user(halves, users), judged,
        specification="ties_half", n_effective=consistency.expected_n, **unknown,
    )  # fmt: skip
    yield row(
        CONSISTENCY, "share", consistency.estimate, judged, n_effective=consistency.expected_n, **unknown
    )
    shown = _first_shown(judged)
    by_place = rate_by_user(shown["is_first"], shown["user_id"], least_effective_n=least)
    yield row(FIRST_SHOWN, "share", by_place.estimate, shown, n_effective=by_place.expected_n)
    repeats = _repeats(duels, judged)
    if len(repeats):
        same = rate_by_user(repeats["is_same"], repeats["user_id"], least_effective_n=least)
        yield row(REPEATS, "share", same.estimate, repeats, n_effective=same.expected_n)


def wilson(wins: Any, rate: ClusteredRate) -> Estimate:
    """The share with Wilson's interval, where the rate itself is shown (METHODS 4.1)."""
    hits = np.asarray(wins, dtype=np.float64)
    if rate.estimate.withheld_reason or not len(hits):
        return rate.estimate
    low, high = proportion_bounds([hits.sum()], [len(hits)])
    return Estimate(float(hits.mean()), None, float(low[0]), float(high[0]))


def _first_shown(judged: pd.DataFrame) -> pd.DataFrame:
    """Both judgements of each duel that prefer a step, with whether it is the one that was shown first."""
    found = []
    for column, is_drawn in (("drawn_order", True), ("swapped_order", False)):
        own = judged[judged[column].isin(["agent", "human"])]
        agent_first = own["is_agent_first"].astype(bool) == is_drawn
        found.append(own.assign(is_first=((own[column] == "agent") == agent_first).astype("float64")))
    return pd.concat(found)


def _repeats(duels: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """Repeats of judged duels, with whether they came to the same outcome."""
    again = duels[(duels["replicate"] > 0) & duels["duel_outcome"].notna()]
    both = again.merge(judged[["act_id", "duel_outcome"]], on="act_id", suffixes=("", "_first"))
    is_same = (both["duel_outcome"] == both["duel_outcome_first"]).astype("float64")
    return both.assign(is_same=is_same)
