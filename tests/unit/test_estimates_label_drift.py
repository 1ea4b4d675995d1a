"""Drift of labels: versions on the same sessions, months, and what stands beside the signals of C33."""

from collections.abc import Callable
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow
from orchestration.estimates.label_drift import label_drift
from orchestration.estimates.references import References
from tests.judged_facts import AGENT, facts_of

SESSIONS, USERS = 1_200, 60
ASKED = {"claude": ("outcome", "success_evidence", "expertise")}
Key = tuple[str, str, str, str]


def judged(stricter_from_march: float = 0.0) -> pd.DataFrame:
    """Three months of sessions; from March on this share of the successes is judged partial."""
    rng = np.random.default_rng(1)
    month = np.array(["2026-01-01", "2026-02-01", "2026-03-01"])[np.arange(SESSIONS) * 3 // SESSIONS]
    outcome = rng.choice(["succeeded", "partially_succeeded", "failed"], SESSIONS, p=[0.5, 0.3, 0.2])
    moved = (month == "2026-03-01") & (rng.random(SESSIONS) < stricter_from_march)
    outcome[moved & (outcome == "succeeded")] = "partially_succeeded"
    return pd.DataFrame(
        {
            "session_id": [f"s{number:05}" for number in range(SESSIONS)],
            "user_id": [f"u{number % USERS}" for number in range(SESSIONS)],
            "started_month": month,
            "outcome": outcome,
            "success_score": rng.integers(0, 6, SESSIONS).astype(float),
            "expertise": rng.choice(["novice", "expert"], SESSIONS),
        }
    )


def pairs(sessions: pd.DataFrame, *, changed: float) -> pd.DataFrame:
    """Outcomes by the current version beside the older one's, of which a share was a success before."""
    moved = np.random.default_rng(2).random(SESSIONS) < changed
    return sessions[["session_id", "user_id"]].assign(
        agent=AGENT, unit_id=sessions["session_id"], pair_kind="version_and_version", classifier="outcome",
        labeller="claude", fingerprint="claude-outcome+older", answer=sessions["outcome"],
        other_answer=np.where(moved, "succeeded", sessions["outcome"]), is_answered=True,
    )  # fmt: skip


def drift(
    sessions: pd.DataFrame,
    paired: pd.DataFrame,
    *,
    is_anchor: Callable[[str, date], bool] | None = None,
) -> dict[Key, EstimateRow]:
    facts = _facts(sessions, paired)
    facts.references = References(is_anchor=is_anchor)
    return {
        (row.metric_name, row.statistic, row.segment_value, str(row.period_start)): row
        for row in label_drift(facts)
    }


def _facts(sessions: pd.DataFrame, paired: pd.DataFrame) -> BuiltFacts:
    facts = facts_of(sessions.drop(columns=["outcome", "success_score"]), asked=ASKED)
    connection: duckdb.DuckDBPyConnection = facts.connection
    connection.register("labelled", sessions[["session_id", "outcome", "success_score"]])
    connection.execute(
        "create or replace table intermediate.int_sessions__judged as select judged.*, labelled.outcome, "
        "labelled.success_score from intermediate.int_sessions__judged as judged "
        "inner join labelled using (session_id)"
    )
    connection.register("paired", paired)
    connection.execute("create table intermediate.int_labels__paired as select * from paired")
    connection.register(
        "sessions", sessions[["session_id"]].assign(started_at=pd.Timestamp("2026-02-03 10:00"))
    )
    connection.execute("create table marts.fct_sessions as select * from sessions")
    return facts


def test_a_version_that_changed_says_by_how_much_and_one_way() -> None:
    sessions = judged()
    rows = drift(sessions, pairs(sessions, changed=0.2))
    changed = rows["version_change", "changed_share", "all", "None"]
    assert changed.estimate is not None
    assert 0.06 < changed.estimate < 0.14  # half of those that the older version called a success were one
    bowker = rows["version_change", "bowker", "all", "None"]
    assert bowker.p_value is not None
    assert bowker.p_value < 1e-6
    fewer = rows["version_change", "difference", "succeeded", "None"]
    assert fewer.estimate is not None
    assert fewer.estimate < -0.06
    assert fewer.interval_low is not None
    bound = rows["version_change", "splice_bound", "all", "None"]
    assert bound.estimate is not None
    assert bound.estimate >= -fewer.interval_low > 0.02


def test_a_version_that_says_the_same_may_be_spliced() -> None:
    sessions = judged()
    rows = drift(sessions, pairs(sessions, changed=0.0))
    assert rows["version_change", "splice_bound", "all", "None"].estimate == 0
    assert rows["version_change", "bowker", "all", "None"].withheld_reason == "no_variation"


def test_with_an_anchor_set_only_its_sessions_compare_versions() -> None:
    sessions, asked = judged(), []

    def is_anchor(session_id: str, day: date) -> bool:
        asked.append(day)
        return session_id < "s00200"

    rows = drift(sessions, pairs(sessions, changed=0.2), is_anchor=is_anchor)
    assert rows["version_change", "changed_share", "anchor", "None"].n_sessions == 200
    assert ("version_change", "changed_share", "all", "None") not in rows
    assert set(asked) == {date(2026, 2, 3)}


def test_few_shared_sessions_compare_nothing_and_say_so() -> None:
    sessions = judged()
    rows = drift(sessions, pairs(sessions, changed=0.2).head(29))
    for statistic in ("changed_share", "bowker", "stuart_maxwell", "splice_bound"):
        row = rows["version_change", statistic, "all", "None"]
        assert (row.estimate, row.withheld_reason) == (None, "too_few_effective_sessions")


def test_the_month_in_which_the_mix_moved_stands_out() -> None:
    sessions = judged(stricter_from_march=0.6)
    facts = _facts(sessions, pairs(sessions, changed=0.0))
    psi = {
        str(row.period_start): row
        for row in label_drift(facts)
        if (row.metric_name, row.population) == ("label_mix", "outcome_labels")
    }
    assert set(psi) == {"2026-02-01", "2026-03-01"}
    still, moved = psi["2026-02-01"], psi["2026-03-01"]
    assert str(moved.baseline_start) == "2026-02-01"
    assert still.estimate is not None
    assert moved.estimate is not None
    assert still.estimate < 0.1
    assert moved.estimate > 0.25
    assert moved.p_value is not None
    assert moved.p_value < 0.001


def test_the_signals_of_c33_carry_the_largest_drift_of_their_labels() -> None:
    sessions = judged(stricter_from_march=0.6)
    rows = drift(sessions, pairs(sessions, changed=0.2))
    slope = rows["expertise_slope", "largest_psi", "all", "None"]
    assert slope.estimate is not None
    assert slope.estimate > 0.25
    assert slope.fingerprint == "claude-outcome+claude-success_evidence+claude-expertise"
    broken = rows["expertise_slope", "largest_splice_bound", "all", "None"]
    assert broken.estimate == rows["version_change", "splice_bound", "all", "None"].estimate
    # The other signal rests on occupations, which this labeller was not asked.
    assert not any(metric.startswith("other_users") for metric, *_ in rows)
