"""Corrected rates cover the truth where raw ones do not, and say why where they cannot be had.

Sessions are made up: what is true of each is known, a labeller errs at a known rate, people review some.
"""

from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd
import pytest

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.corrected_rates import corrected_rates
from orchestration.estimates.estimate_row import EstimateRow
from tests.judged_facts import AGENT

SESSIONS, USERS = 3_000, 150
TRUE_RATE = 0.40
START = pd.Timestamp("2026-01-01")

Rows = dict[tuple[str, str, str], EstimateRow]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as database:
        database.execute("create schema marts; create schema intermediate")
        yield database


def planted(*, sensitivity: float, specificity: float, seed: int = 1) -> pd.DataFrame:
    """Sessions that succeeded or failed, with a labeller's word for it."""
    rng = np.random.default_rng(seed)
    truth = rng.random(SESSIONS) < TRUE_RATE
    said = np.where(truth, rng.random(SESSIONS) < sensitivity, rng.random(SESSIONS) >= specificity)
    return pd.DataFrame(
        {
            "session_id": [f"s{number:05}" for number in range(SESSIONS)],
            "labeller": "claude",
            "user_id": [f"u{number % USERS}" for number in range(SESSIONS)],
            "started_at": START,
            "truth": np.where(truth, "succeeded", "failed"),
            "outcome": np.where(said, "succeeded", "failed"),
            "is_judged_success": said,
            "is_at_least_partial": said,
            "is_verified_success": None,
            "is_in_trouble_above_3": None,
            "has_clear_goal": True,
            "work_mode": np.where(said, "fix", "build"),
            "expertise": np.where(np.arange(SESSIONS) % 2 == 0, "expert", "novice"),
        }
    )


def reviews_of(
    sessions: pd.DataFrame, probability: "pd.Series[float]", *, classifier: str = "outcome", seed: int = 2
) -> pd.DataFrame:
    drawn = np.random.default_rng(seed).random(len(sessions)) < probability.to_numpy()
    return pd.DataFrame(
        {
            "session_id": sessions.loc[drawn, "session_id"],
            "classifier": classifier,
            "answer_label": sessions.loc[drawn, "truth"],
            "answer_score": np.nan,
            "sample_id": "a",
            "inclusion_probability": probability[drawn],
            "frame_labeller": "claude",
            "frame_until": START,
            "is_first_replicate": True,
            "is_stale": False,
        }
    )


def said_by_people(reviews: pd.DataFrame) -> pd.DataFrame:
    """What the label model makes of the reviews: one row per reviewed session."""
    outcome = reviews[reviews["classifier"] == "outcome"].set_index("session_id")["answer_label"]
    mode = reviews[reviews["classifier"] == "work_mode"].set_index("session_id")["answer_label"]
    said = pd.DataFrame(index=pd.Index(reviews["session_id"].unique(), name="session_id"))
    said["is_judged_success"] = (outcome == "succeeded").reindex(said.index)
    said["is_at_least_partial"] = (outcome != "failed").reindex(said.index)
    said["has_clear_goal"] = (outcome != "no_clear_goal").reindex(said.index)
    said = said.assign(is_verified_success=None, is_in_trouble_above_3=None, work_mode=mode)
    return said.reset_index().assign(labeller="human")


def estimated(
    connection: duckdb.DuckDBPyConnection, sessions: pd.DataFrame, reviews: pd.DataFrame, *names: str
) -> Rows:
    """Rows by metric, statistic and segment; `names`: classifiers that the labeller answered."""
    asked = pd.DataFrame({"classifier": names or ("outcome",)})
    asked = asked.assign(labeller="claude", fingerprint=asked["classifier"] + "-v1")
    for table, frame in (
        ("intermediate.int_classifiers__asked", asked),
        ("intermediate.int_sessions__judged", sessions),
        ("intermediate.int_labels__reviewed", reviews),
        ("intermediate.int_sessions__labelled", said_by_people(reviews)),
    ):
        connection.register("given", frame.assign(agent=AGENT))
        connection.execute(f"create or replace table {table} as select * from given")  # noqa: S608
    rows = corrected_rates(BuiltFacts(connection, AGENT))
    return {(row.metric_name, row.statistic, row.segment_value): row for row in rows}


def covers(row: EstimateRow, truth: float) -> bool:
    assert row.interval_low is not None
    assert row.interval_high is not None
    return row.interval_low <= truth <= row.interval_high


def even(sessions: pd.DataFrame, share: float = 0.1) -> "pd.Series[float]":
    return pd.Series(share, index=sessions.index)


def test_corrected_rates_cover_the_truth_where_the_raw_one_does_not(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    sessions = planted(sensitivity=0.85, specificity=0.75)
    truth = float((sessions["truth"] == "succeeded").mean())
    rows = estimated(connection, sessions, reviews_of(sessions, even(sessions)))
    raw = rows["judged_success", "raw", "all"]
    assert raw.estimate == pytest.approx(0.4 * 0.85 + 0.6 * 0.25, abs=0.03)
    assert not covers(raw, truth)
    for statistic in ("rogan_gladen", "prediction_powered"):
        assert covers(rows["judged_success", statistic, "all"], truth), statistic
        assert rows["judged_success", statistic, "all"].n_sessions == SESSIONS
        assert covers(rows["judged_success", statistic, "expert"], truth), statistic


def test_reviews_drawn_by_label_count_by_their_probability(connection: duckdb.DuckDBPyConnection) -> None:
    sessions = planted(sensitivity=0.85, specificity=0.75)
    truth = float((sessions["truth"] == "succeeded").mean())
    uneven = pd.Series(np.where(sessions["outcome"] == "succeeded", 0.3, 0.06))
    drawn = reviews_of(sessions, uneven)
    assert abs((drawn["answer_label"] == "succeeded").mean() - truth) > 0.1
    rows = estimated(connection, sessions, drawn)
    for statistic in ("rogan_gladen", "prediction_powered"):
        assert covers(rows["judged_success", statistic, "all"], truth), statistic


def test_a_labeller_hardly_better_than_chance_is_not_corrected(connection: duckdb.DuckDBPyConnection) -> None:
    sessions = planted(sensitivity=0.6, specificity=0.55)
    rows = estimated(connection, sessions, reviews_of(sessions, even(sessions)))
    assert rows["judged_success", "raw", "all"].estimate is not None
    for statistic in ("rogan_gladen", "prediction_powered"):
        row = rows["judged_success", statistic, "all"]
        assert (row.estimate, row.withheld_reason) == (None, "labeller_too_weak")


def test_without_reviews_every_rate_says_so_once(connection: duckdb.DuckDBPyConnection) -> None:
    sessions = planted(sensitivity=0.9, specificity=0.9)
    rows = estimated(connection, sessions, reviews_of(sessions, even(sessions, 0.0)), "outcome", "work_mode")
    assert {segment for metric, _, segment in rows if metric != "work_mode_share"} == {"all"}
    corrected = [row for (_, statistic, _), row in rows.items() if statistic != "raw"]
    assert {row.withheld_reason for row in corrected} == {"not_reviewed"}
    assert {metric for metric, _, _ in rows} == {
        "judged_success", "at_least_partial", "no_clear_goal_share", "work_mode_share",
    }  # fmt: skip


def test_few_reviews_are_too_few(connection: duckdb.DuckDBPyConnection) -> None:
    sessions = planted(sensitivity=0.9, specificity=0.9)
    rows = estimated(connection, sessions, reviews_of(sessions, even(sessions, 0.005)))
    row = rows["judged_success", "prediction_powered", "all"]
    assert (row.withheld_reason, row.n_effective) == ("too_few_reviews", pytest.approx(15, abs=14))


def test_sessions_after_the_draw_and_reviews_of_another_frame_do_not_count(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    sessions = planted(sensitivity=0.9, specificity=0.9)
    reviews = reviews_of(sessions, even(sessions))
    sessions.loc[sessions.index[-500:], "started_at"] = START + pd.Timedelta(days=1)
    rows = estimated(connection, sessions, reviews)
    assert rows["judged_success", "raw", "all"].n_sessions == SESSIONS - 500
    rows = estimated(connection, sessions, reviews.assign(frame_labeller="another"))
    assert rows["judged_success", "rogan_gladen", "all"].withheld_reason == "not_reviewed"


def test_answers_of_two_draws_are_not_put_together(connection: duckdb.DuckDBPyConnection) -> None:
    sessions = planted(sensitivity=0.9, specificity=0.9).assign(is_verified_success=False)
    outcome = reviews_of(sessions, even(sessions))
    evidence = reviews_of(sessions, even(sessions), classifier="success_evidence", seed=3)
    evidence = evidence.assign(answer_label=None, answer_score=4.0, sample_id="b")
    rows = estimated(connection, sessions, pd.concat([outcome, evidence]), "outcome", "success_evidence")
    assert rows["verified_success", "rogan_gladen", "all"].withheld_reason == "not_reviewed"
    assert rows["judged_success", "rogan_gladen", "all"].withheld_reason is None


def test_shares_of_modes_are_solved_from_the_confusion(connection: duckdb.DuckDBPyConnection) -> None:
    sessions = planted(sensitivity=0.85, specificity=0.75)
    reviews = reviews_of(sessions, even(sessions, 0.2), classifier="work_mode")
    reviews["answer_label"] = reviews["answer_label"].map({"succeeded": "fix", "failed": "build"})
    rows = estimated(connection, sessions, reviews, "work_mode")
    truth = float((sessions["truth"] == "succeeded").mean())
    assert not covers(rows["work_mode_share", "raw", "fix"], truth)
    assert covers(rows["work_mode_share", "corrected_shares", "fix"], truth)
