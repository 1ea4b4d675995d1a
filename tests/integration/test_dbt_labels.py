"""Labels in the built warehouse: labellers apart, what is current, coverage and its cost, vocabularies."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.claude_lake import OUTCOME_BY_CLAUDE
from tests.dbt_runs import TEAM, Home, Step, cells, one, outcome_cell
from tests.raw_lake import Lake


def test_each_labeller_speaks_for_itself(small_team: tuple[Home, list[Step]]) -> None:
    """Claude answered 20 sessions with a goal; the rules' answers fill none of its 39 gaps."""
    cell = outcome_cell(small_team[0], "judged_success", labeller="claude")
    assert (cell["numerator"], cell["denominator"], cell["n_users"]) == (16, 20, 5)
    assert cell["unknown_share"] == pytest.approx(39 / 59)
    assert cell["fingerprint"] == OUTCOME_BY_CLAUDE
    rows = cells(small_team[0], "rpt_session_outcomes", labeller="claude")
    assert {row["metric_name"] for row in rows} == {
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
    small_team: tuple[Home, list[Step]], metric: str, numerator: float, denominator: float
) -> None:
    cell = one(
        small_team[0], "rpt_label_coverage", metric, period_kind="overall", fingerprint=OUTCOME_BY_CLAUDE
    )  # fmt: skip
    assert (cell["labeller"], cell["segment_value"]) == ("claude", "outcome")
    assert (cell["numerator"], cell["denominator"]) == pytest.approx((numerator, denominator))
    assert cell["estimate"] == pytest.approx(numerator / denominator)


def test_what_the_rules_do_not_know_has_no_observations(small_team: tuple[Home, list[Step]]) -> None:
    where = {"labeller": "rules", "segment_value": "outcome", "period_kind": "overall"}
    rows = cells(small_team[0], "rpt_label_coverage", **where)
    found = {row["metric_name"]: row["suppressed_reason"] for row in rows}
    assert found["ok_share"] is None
    unknown = ("eligible_share", "asked_share", "flip_rate", "rejected_evidence_share", "cost_usd_per_label")
    assert {found[name] for name in unknown} == {"no_sessions"}


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


def test_a_word_outside_the_vocabulary_fails(small_team: tuple[Home, list[Step]], tmp_path: Path) -> None:
    home = Home(tmp_path)
    lake = Lake()
    lake.label("work_mode", date(2025, 10, 6), "s", work_mode="tinker", forced_work_mode="fix")
    lake.write(home.lake_dir)
    seeds = ["seed"]
    views = ["run", "--select", "stg_labels__work_mode"]
    _, _, checked = home.run(seeds, views, ["test", "--select", "stg_labels__work_mode"])
    assert checked.failed() == {"stg_labels__work_mode_work_mode_is_known"}
