"""Corrected gaps, slopes and changes cover the truth where raw ones do not, and say why there is none.

Sessions are made up: what is true of each is known, a labeller errs more on one side, people review some.
"""

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.corrected_comparisons import corrected_changes, corrected_gaps
from orchestration.estimates.estimate_row import EstimateRow
from tests.judged_facts import AGENT

SESSIONS, USERS, REVIEWS = 3_000, 60, 400
TRUE_GAP = 0.20
ASKED = ("outcome", "success_evidence", "failure_evidence", "user_occupation", "expertise")
FLAGS = (
    "has_clear_goal", "is_verified_success", "is_at_least_partial", "is_judged_failure",
    "is_in_trouble_above_3", "is_in_trouble_from_3", "is_software_user",
)  # fmt: skip

Rows = dict[tuple[str, str, str | None], EstimateRow]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as database:
        database.execute("create schema marts; create schema intermediate")
        yield database


def planted(seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sessions as labelled and as they are: success is missed more often for people outside software."""
    rng = np.random.default_rng(seed)
    software = rng.random(SESSIONS) < 0.5
    succeeded = rng.random(SESSIONS) < 0.3 + TRUE_GAP * software
    said = np.where(
        succeeded, rng.random(SESSIONS) < np.where(software, 0.95, 0.6), rng.random(SESSIONS) < 0.1
    )
    level = rng.integers(1, 6, SESSIONS)
    month = np.where(np.arange(SESSIONS) < SESSIONS // 2, "2026-01-01", "2026-02-01")
    ids = [f"s{number:05}" for number in range(SESSIONS)]
    truth = _frame(ids, succeeded, software, level)
    labelled = _frame(ids, said, software, np.clip(level + rng.choice([0, 1], SESSIONS), 1, 5)).assign(
        labeller="claude",
        agent=AGENT,
        user_id=[f"u{number % USERS}" for number in range(SESSIONS)],
        started_at=pd.Timestamp("2026-01-10"),
        started_month=month,
        started_local_date=np.where(np.arange(SESSIONS) % 2 == 0, month, [m[:8] + "28" for m in month]),
        is_code_producing=1.0,
    )
    return labelled, truth


def _frame(
    ids: list[str], succeeded: NDArray[Any], software: NDArray[Any], level: NDArray[Any]
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "session_id": ids, "has_clear_goal": 1.0, "is_verified_success": succeeded.astype(float),
            "is_at_least_partial": succeeded.astype(float), "is_judged_failure": (~succeeded).astype(float),
            "is_in_trouble_above_3": (~succeeded).astype(float),
            "is_in_trouble_from_3": (~succeeded).astype(float), "is_software_user": software.astype(float),
            "expertise_level": level.astype(float),
        }
    )  # fmt: skip


def facts(
    connection: duckdb.DuckDBPyConnection,
    labelled: pd.DataFrame,
    truth: pd.DataFrame,
    *,
    reviews: int = REVIEWS,
    reviewed: tuple[str, ...] = ASKED,
    asked: tuple[str, ...] = ASKED,
) -> BuiltFacts:
    """`reviewed`: classifiers of the one sample that people answered; `asked`: those of the labeller."""
    drawn = np.random.default_rng(9).choice(SESSIONS, reviews, replace=False)
    ids = truth["session_id"].iloc[drawn]
    tables = {
        "int_sessions__judged": labelled,
        "int_classifiers__asked": pd.DataFrame(
            [
                {"agent": AGENT, "labeller": "claude", "classifier": one, "fingerprint": f"{one}-1"}
                for one in asked
            ]
        ),
        "int_labels__reviewed": pd.DataFrame(
            [
                {
                    "agent": AGENT, "session_id": one, "classifier": classifier, "sample_id": "a",
                    "inclusion_probability": reviews / SESSIONS, "frame_labeller": "claude",
                    "frame_until": pd.Timestamp("2026-03-01"), "is_first_replicate": True, "is_stale": False,
                }
                for one in ids
                for classifier in reviewed
            ],
            columns=[
                "agent", "session_id", "classifier", "sample_id", "inclusion_probability", "frame_labeller",
                "frame_until", "is_first_replicate", "is_stale",
            ],
        ).astype(dict.fromkeys(("agent", "session_id", "classifier", "sample_id", "frame_labeller"), "str")),
        "int_sessions__labelled": truth[truth["session_id"].isin(ids)].assign(labeller="human"),
    }  # fmt: skip
    for name, frame in tables.items():
        connection.register("given", frame)
        connection.execute(f"create or replace table intermediate.{name} as select * from given")  # noqa: S608
    return BuiltFacts(connection, AGENT)


def by_key(rows: list[EstimateRow]) -> Rows:
    return {(row.metric_name, row.population, row.specification): row for row in rows}


def covers(row: EstimateRow, truth: float) -> bool:
    assert row.interval_low is not None, row.withheld_reason
    assert row.interval_high is not None
    return row.interval_low <= truth <= row.interval_high


def test_a_gap_is_corrected_although_the_labeller_errs_more_on_one_side(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    labelled, truth = planted()
    rows = by_key(corrected_gaps(facts(connection, labelled, truth)))
    software = labelled["is_software_user"] == 1
    raw = labelled["is_verified_success"].groupby(software).mean().diff().iloc[-1]
    assert raw > TRUE_GAP + 0.05
    found = rows["verified_success_gap", "with_goal", "prediction_powered"]
    assert covers(found, TRUE_GAP)
    assert found.interval_high is not None
    assert found.interval_high < raw
    assert found.n_effective == REVIEWS
    assert found.fingerprint == "outcome-1+success_evidence-1+user_occupation-1"
    # Dividing by J takes the error for the same on both sides, which it is not here: it makes it worse.
    assert (rows["verified_success_gap", "with_goal", "rogan_gladen"].estimate or 0) > raw


def test_the_slope_of_expertise_is_corrected_for_errors_of_the_level_too(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    labelled, truth = planted()
    rng = np.random.default_rng(4)
    truth["is_verified_success"] = (rng.random(SESSIONS) < 0.1 + 0.1 * truth["expertise_level"]).astype(float)
    labelled["is_verified_success"] = truth["is_verified_success"]
    # Half of the levels are told at random: the raw slope is half as steep.
    labelled["expertise_level"] = np.where(
        rng.random(SESSIONS) < 0.5, rng.integers(1, 6, SESSIONS), truth["expertise_level"]
    )
    rows = by_key(corrected_gaps(facts(connection, labelled, truth)))
    found = rows["expertise_slope", "with_goal", "prediction_powered"]
    assert found.statistic == "slope"
    raw = np.polyfit(labelled["expertise_level"], labelled["is_verified_success"], 1)[0]
    assert raw < 0.07
    assert covers(found, 0.1)
    assert not covers(found, raw)


def test_a_side_that_nobody_reviewed_is_taken_as_labelled_and_named_so(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    labelled, truth = planted()
    given = facts(connection, labelled, truth, reviewed=("outcome", "success_evidence", "failure_evidence"))
    rows = by_key(corrected_gaps(given))
    assert ("verified_success_gap", "with_goal", "prediction_powered") not in rows
    assert covers(rows["verified_success_gap", "with_goal", "prediction_powered_outcome"], TRUE_GAP)


def test_without_reviews_every_comparison_says_so(connection: duckdb.DuckDBPyConnection) -> None:
    rows = corrected_gaps(facts(connection, *planted(), reviews=0))
    assert rows
    assert {row.withheld_reason for row in rows} == {"not_reviewed"}
    assert {row.specification for row in rows} == {"prediction_powered_outcome", "rogan_gladen"}


def test_a_change_is_corrected_between_the_first_and_the_last_month(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    labelled, truth = planted()
    later = labelled["started_month"] == "2026-02-01"
    # The labeller became stricter, nothing else changed.
    missed = np.random.default_rng(8).random(SESSIONS) < 0.5
    labelled.loc[later & missed, "is_verified_success"] = 0.0
    (found,) = [
        row
        for row in corrected_changes(facts(connection, labelled, truth))
        if (row.metric_name, row.specification) == ("verified_success", "prediction_powered")
    ]
    real = truth["is_verified_success"].groupby(later).mean().diff().iloc[-1]
    raw = labelled["is_verified_success"].groupby(later).mean().diff().iloc[-1]
    assert raw < real - 0.1
    assert covers(found, real)
    assert not covers(found, raw)
    assert (found.statistic, found.period_kind) == ("change", "window")


def test_a_labeller_that_was_not_asked_has_no_corrected_row(connection: duckdb.DuckDBPyConnection) -> None:
    given = facts(connection, *planted(), asked=("outcome",))
    assert corrected_gaps(given) == []
    assert {row.metric_name for row in corrected_changes(given)} == {"at_least_partial"}
