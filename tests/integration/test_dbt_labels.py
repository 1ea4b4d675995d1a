"""Labels in the built warehouse: labellers apart, what is current, coverage and its cost, vocabularies."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from classifiers.answers.decision_shares import DecisionItem
from tests.claude_lake import OUTCOME_BY_CLAUDE
from tests.dbt_runs import Home, Step, cells, one, outcome_cell
from tests.raw_lake import FINGERPRINTS, Lake


def test_each_labeller_speaks_for_itself(small_person: tuple[Home, list[Step]]) -> None:
    """Claude saw a goal in 20 sessions and, forced, none in 2; the rules fill none of its 37 gaps."""
    cell = outcome_cell(small_person[0], "judged_success", labeller="claude")
    assert (cell["numerator"], cell["denominator"], cell["n_users"]) == (16, 20, 5)
    assert cell["unknown_share"] == pytest.approx(37 / 57)
    assert cell["fingerprint"] == OUTCOME_BY_CLAUDE
    rows = cells(small_person[0], "rpt_session_outcomes", labeller="claude")
    assert {row["metric_name"].removesuffix("_opt_out") for row in rows} == {
        "judged_success", "at_least_partial", "judged_failure", "no_clear_goal_share",
        "at_least_partial_code_producing",
    }, "Claude was not asked for evidence, so nothing rests on it"  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "numerator", "denominator"),
    [
        ("eligible_share", 58, 59),
        ("asked_share", 24, 58),
        ("labelled_share", 22, 58),
        ("ok_share", 22, 42),
        ("refused_share", 2, 42),
        ("error_share", 0, 42),
        ("skipped_budget_share", 18, 42),
        ("not_inferable_share", 2, 22),
        ("flip_rate", 6, 22),
        ("rejected_evidence_share", 22, 88),
        ("read_share", 11, 22),
        # 24 sessions were asked about, 22 of them twice.
        ("cached_input_share", 46 * 70, 46 * 100),
        ("output_tokens_per_label", 46 * 5, 24),
        ("cost_usd_per_label", 11.5, 24),
    ],
)
def test_coverage_of_claude_s_labels(
    small_person: tuple[Home, list[Step]], metric: str, numerator: float, denominator: float
) -> None:
    cell = one(
        small_person[0], "rpt_label_coverage", metric, period_kind="overall", fingerprint=OUTCOME_BY_CLAUDE
    )  # fmt: skip
    assert (cell["labeller"], cell["segment_value"]) == ("claude", "outcome")
    assert (cell["numerator"], cell["denominator"]) == pytest.approx((numerator, denominator))
    assert cell["estimate"] == pytest.approx(numerator / denominator)


def test_what_the_rules_do_not_know_has_no_observations(small_person: tuple[Home, list[Step]]) -> None:
    where = {"labeller": "rules", "segment_value": "outcome", "period_kind": "overall"}
    rows = cells(small_person[0], "rpt_label_coverage", **where)
    found = {row["metric_name"]: row["withheld_reason"] for row in rows}
    assert found["ok_share"] is None
    unknown = ("eligible_share", "asked_share", "flip_rate", "rejected_evidence_share", "cost_usd_per_label")
    assert {found[name] for name in unknown} == {"no_observations"}


def test_only_first_replicates_of_the_main_rendering_are_current(small_team: tuple[Home, list[Step]]) -> None:
    with duckdb.connect(str(small_team[0].warehouse_path), read_only=True) as warehouse:
        current = warehouse.execute(
            "select rendering, replicate, count(*) from marts.fct_labels"
            " where labeller = 'claude' and is_current group by all"
        ).fetchall()
        classifiers = warehouse.execute(
            "select rendering, label_count, ok_label_count, refused_label_count, skipped_budget_label_count,"
            " rejected_evidence_share, cost_usd, is_current from marts.dim_classifiers"
            " where labeller = 'claude' order by all"
        ).fetchall()
    assert current == [("whole", 0, 42)]
    assert classifiers == [
        ("study_c", 1, 1, 0, 0, 0.25, 0.25, False),
        ("whole", 64, 44, 2, 18, 0.25, 11.5, True),
    ]


def test_a_declined_outcome_is_a_guess_in_the_comparable_series_alone(
    small_team: tuple[Home, list[Step]],
) -> None:
    """Claude declined twice, and guessed that there was no goal."""
    with duckdb.connect(str(small_team[0].warehouse_path), read_only=True) as warehouse:
        found = warehouse.execute(
            "select outcome, has_clear_goal, has_clear_goal_opt_out, count(*)"
            " from marts.fct_session_outcomes"
            " where labeller = 'claude' and outcome_opt_out = 'not_inferable' group by all"
        ).fetchall()
    assert found == [("no_clear_goal", False, None, 2)]


def test_every_answer_is_published_with_its_items_and_evidence_but_no_person_s_occupation(
    tmp_path: Path,
) -> None:
    """What was left open has no row, and neither has a label that is no usable answer."""
    day, home, lake = date(2025, 10, 6), Home(tmp_path), Lake()
    evidence = {"evidence_record_ids": ("a", "b")}
    lake.label("work_mode", day, "s", work_mode="fix", forced_work_mode="fix", **evidence)
    lake.label("user_occupation", day, "s", user_occupation="legal", **evidence)
    lake.label("outcome", day, "s", status="refused")
    lake.label("decisions", day, "s", decision_count=1, user_planning_share=1.0)
    decision = DecisionItem("s", FINGERPRINTS["decisions"], 0, 0, "r", "planning", "user", False, True)
    lake.item("decisions", day, decision)
    lake.write(home.lake_dir)
    models = "+fct_label_answers +int_sessions__labelled +int_labels__reviewed"
    (_, built) = home.run(["seed"], ["run", "--select", models])
    assert built.success, built.message
    with duckdb.connect(str(home.warehouse_path), read_only=True) as warehouse:
        answers = warehouse.execute(
            "select classifier, item_number, field, value_text, value_number, evidence_record_ids"
            " from marts.fct_label_answers order by all"
        ).fetchall()
        (person,) = warehouse.execute(
            "select user_occupation from intermediate.int_sessions__labelled"
        ).fetchall()
    assert answers == [
        ("decisions", 0, "is_default_of_tool", "true", 1.0, ["r"]),
        ("decisions", 0, "is_joint", "false", 0.0, ["r"]),
        ("decisions", 0, "kind", "planning", None, ["r"]),
        ("decisions", 0, "owner", "user", None, ["r"]),
        ("decisions", None, "decision_count", "1", 1.0, []),
        ("decisions", None, "user_planning_share", "1.0", 1.0, []),
        ("work_mode", None, "forced_work_mode", "fix", None, ["a", "b"]),
        ("work_mode", None, "work_mode", "fix", None, ["a", "b"]),
    ]
    assert person == ("legal",), "for aggregates, in a schema that no release has"


def test_a_word_outside_the_vocabulary_fails(small_team: tuple[Home, list[Step]], tmp_path: Path) -> None:
    home = Home(tmp_path)
    lake = Lake()
    lake.label("work_mode", date(2025, 10, 6), "s", work_mode="tinker", forced_work_mode="fix")
    lake.write(home.lake_dir)
    seeds = ["seed"]
    views = ["run", "--select", "stg_labels__answers"]
    _, _, checked = home.run(seeds, views, ["test", "--select", "stg_labels__answers"])
    assert checked.failed() == {"stg_labels__answers_value_text_is_known"}
