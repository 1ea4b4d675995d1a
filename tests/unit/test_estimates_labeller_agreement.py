"""Agreement of labellers: the published numbers come out of the rows that dbt reads."""

from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow
from orchestration.estimates.labeller_agreement import labeller_agreement
from orchestration.estimates.validation_checks import validation_checks
from tests.judged_facts import AGENT

VOCABULARY = [
    ("outcome", "outcome", "yes", 1, None), ("outcome", "outcome", "no", 2, None),
    *(("expertise", "expertise", label, order, order) for order, label in enumerate("abcde", start=1)),
    ("expertise", "expertise", "not_inferable", 6, None),
]  # fmt: skip

Rows = dict[tuple[str, str], EstimateRow]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as database:
        database.execute("create schema marts; create schema intermediate; create schema seeds")
        names = ["classifier", "field", "label", "label_order", "level"]
        database.register("given", pd.DataFrame(VOCABULARY, columns=names))
        database.execute("create table seeds.label_vocabulary as select * from given")
        yield database


def paired(pairs: Sequence[tuple[str, str]], classifier: str = "outcome", **values: Any) -> pd.DataFrame:
    """A pair of labels per session; two users in turn."""
    frame = pd.DataFrame(pairs, columns=["answer", "other_answer"])
    ids = [f"s{number}" for number in range(len(frame))]
    fixed = {
        "agent": AGENT, "pair_kind": "claude_and_human", "classifier": classifier, "labeller": "claude",
        "fingerprint": "f",
        "unit_id": ids, "session_id": ids, "user_id": [f"u{number % 40}" for number in range(len(frame))],
        "score": np.nan, "other_score": np.nan, "inclusion_probability": 1.0, "expertise": None,
        "work_mode": None, "is_answered": True,
    }  # fmt: skip
    return frame.assign(**(fixed | values))


def table_of(counts: Sequence[Sequence[int]]) -> list[tuple[str, str]]:
    """Pairs of a 2 × 2 table of yes and no."""
    words = ("yes", "no")
    return [
        (words[row], words[column])
        for row, cells in enumerate(counts)
        for column, count in enumerate(cells)
        for _ in range(count)
    ]


def agreement(connection: duckdb.DuckDBPyConnection, *frames: pd.DataFrame) -> list[EstimateRow]:
    connection.register("given", pd.concat(frames))
    connection.execute("create or replace table intermediate.int_labels__paired as select * from given")
    return labeller_agreement(BuiltFacts(connection, AGENT))


def overall(rows: Sequence[EstimateRow]) -> Rows:
    return {
        (row.metric_name, row.statistic): row
        for row in rows
        if row.segment_name == "all" and row.metric_name == "label_agreement"
    }


@pytest.mark.parametrize(
    ("counts", "agreed", "kappa"),
    [
        ([[20, 5], [10, 15]], 0.70, 0.40),
        ([[80, 10], [5, 5]], 0.85, 0.318),
        ([[40, 9], [6, 45]], 0.85, 0.700),
    ],
)
def test_tables_of_the_methods(
    connection: duckdb.DuckDBPyConnection, counts: Sequence[Sequence[int]], agreed: float, kappa: float
) -> None:
    rows = overall(agreement(connection, paired(table_of(counts))))
    assert rows["label_agreement", "percent_agreement"].estimate == pytest.approx(agreed)
    found = rows["label_agreement", "kappa"]
    assert found.estimate == pytest.approx(kappa, abs=5e-4)
    assert found.interval_low is not None
    assert found.interval_high is not None
    assert found.interval_low < kappa < found.interval_high
    assert rows["label_agreement", "pabak"].estimate == pytest.approx(2 * agreed - 1)
    assert (found.population, found.specification) == ("outcome_labels", "claude_and_human")


def test_rising_labels_are_weighted_and_the_opt_out_is_no_step(connection: duckdb.DuckDBPyConnection) -> None:
    # Twelve pairs of METHODS 4.7 (.8947), three times, and three of whose one has no level.
    pairs = list(zip("abcdeabcdecc", "abcddbbceebc", strict=True)) * 3
    rows = overall(agreement(connection, paired([*pairs, *[("a", "not_inferable")] * 3], "expertise")))
    assert rows["label_agreement", "weighted_kappa"].estimate == pytest.approx(0.8947, abs=5e-5)
    assert rows["label_agreement", "weighted_kappa"].n_effective == 36
    assert rows["label_agreement", "weighted_kappa"].unknown_share == pytest.approx(3 / 39)
    assert rows["label_agreement", "within_one"].estimate == 1.0
    assert rows["label_agreement", "percent_agreement"].estimate == pytest.approx(24 / 39)


def test_reviews_count_by_the_probability_of_their_draw(connection: duckdb.DuckDBPyConnection) -> None:
    agreed = paired([("yes", "yes")] * 40, inclusion_probability=1.0)
    missed = paired([("no", "yes")] * 20, inclusion_probability=0.5)
    rows = overall(agreement(connection, agreed, missed))
    assert rows["label_agreement", "percent_agreement"].estimate == pytest.approx(0.5)


def test_few_pairs_and_a_single_label_are_withheld(connection: duckdb.DuckDBPyConnection) -> None:
    few = overall(agreement(connection, paired([("yes", "no")] * 29)))
    assert few["label_agreement", "kappa"].withheld_reason == "too_few_effective_sessions"
    same = overall(agreement(connection, paired([("yes", "yes")] * 40)))
    assert same["label_agreement", "kappa"].withheld_reason == "no_variation"
    assert same["label_agreement", "percent_agreement"].estimate == 1.0
    assert same["label_agreement", "prevalence"].estimate == 1.0


def test_pairs_without_two_answers_are_unknown(connection: duckdb.DuckDBPyConnection) -> None:
    refused = paired([("yes", "")] * 10, is_answered=False, other_answer=None)
    rows = overall(agreement(connection, paired(table_of([[20, 5], [10, 15]])), refused))
    assert rows["label_agreement", "kappa"].unknown_share == pytest.approx(10 / 60)
    assert rows["label_agreement", "kappa"].n_effective == 50


def test_subgroups_and_confusion_are_rows(connection: duckdb.DuckDBPyConnection) -> None:
    pairs = paired(table_of([[20, 5], [10, 15]])).assign(expertise=["novice", "expert"] * 25)
    rows = agreement(connection, pairs)
    segments = {(row.segment_name, row.segment_value) for row in rows if row.statistic == "kappa"}
    assert segments == {("all", "all"), ("expertise", "novice"), ("expertise", "expert")}
    confusion = {row.segment_value: row for row in rows if row.metric_name == "label_confusion"}
    assert {cell: row.n_sessions for cell, row in confusion.items()} == {
        "yes>yes": 20, "yes>no": 5, "no>yes": 10, "no>no": 15,
    }  # fmt: skip
    assert confusion["yes>no"].estimate == pytest.approx(0.1)


def test_answers_that_are_numbers_are_compared_by_rank(connection: duckdb.DuckDBPyConnection) -> None:
    numbers = np.arange(40.0)
    pairs = paired([("", "")] * 40, "human_time", answer=None, other_answer=None)
    rows = overall(agreement(connection, pairs.assign(score=numbers, other_score=numbers**2)))
    assert rows["label_agreement", "spearman"].estimate == pytest.approx(1.0)
    assert set(rows) == {("label_agreement", "spearman")}


def test_checks_leave_the_rules_out(connection: duckdb.DuckDBPyConnection) -> None:
    """A score that rises with the outcome, code modes with lines, planning that says nothing."""
    rng, n = np.random.default_rng(4), 400
    outcome = rng.integers(0, 3, n)
    judged = pd.DataFrame(
        {
            "session_id": [f"s{number:03}" for number in range(n)],
            "user_id": [f"u{number % 40}" for number in range(n)],
            "outcome": np.array(["failed", "partially_succeeded", "succeeded"])[outcome],
            "work_mode": np.where(outcome > 0, "build", "plan"),
            "success_score": np.where(outcome == 2, 4.0, np.nan),
            "failure_score": 2.0 - outcome,
            "is_code_mode": outcome > 0,
            "is_code_producing": outcome > 0,
            "has_clear_goal": True,
            "user_planning_share": rng.random(n),
            "actions_per_prompt": rng.random(n),
        }
    )
    names = ["outcome", "success_evidence", "failure_evidence", "work_mode", "decisions"]
    asked = pd.DataFrame({"classifier": names}).assign(fingerprint="f")
    for table, frame in (
        ("intermediate.int_classifiers__asked", asked),
        ("intermediate.int_sessions__judged", judged),
    ):
        both = pd.concat([frame.assign(labeller=labeller, agent=AGENT) for labeller in ("claude", "rules")])
        connection.register("given", both)
        connection.execute(f"create table {table} as select * from given")  # noqa: S608
    rows = {row.metric_name: row for row in validation_checks(BuiltFacts(connection, AGENT))}
    assert {row.labeller for row in rows.values()} == {"claude"}
    assert rows["failure_score_vs_outcome"].estimate == pytest.approx(-1.0)
    assert rows["code_mode_vs_lines"].estimate == pytest.approx(1.0)
    assert rows["success_score_vs_outcome"].withheld_reason == "no_variation"
    assert rows["success_score_vs_outcome"].unknown_share == pytest.approx(float((outcome < 2).mean()))
    planning = rows["planning_share_vs_actions"]
    assert planning.interval_low is not None
    assert planning.interval_high is not None
    assert planning.interval_low < 0 < planning.interval_high
