"""The gates before a release: every rule stops the bad warehouse, and a good one may be released."""

from functools import partial
from pathlib import Path

import duckdb
import pytest

from expectations.frames import FrameError
from expectations.gates import WAREHOUSE_GATES
from expectations.validate import judge_warehouse
from expectations.verdict import Verdict, is_release_stopped, render
from tests.fakes.gate_warehouse import WAREHOUSE_BREAKERS, build_warehouse

RULES = {rule.id: rule for gate in WAREHOUSE_GATES for rule in gate.rules}

judge = partial(judge_warehouse, min_users=5)


def broken(verdicts: list[Verdict]) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.status != "pass"]


def test_a_good_warehouse_may_be_released(tmp_path: Path) -> None:
    verdicts = judge(build_warehouse(tmp_path / "build.duckdb"))
    assert {verdict.rule for verdict in verdicts} == RULES.keys()
    assert broken(verdicts) == []
    assert not is_release_stopped(verdicts)
    assert all(verdict.partition_date is None and verdict.row_count for verdict in verdicts)


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_a_bad_warehouse_is_not_released_and_the_message_helps(tmp_path: Path, rule_id: str) -> None:
    verdicts = judge(build_warehouse(tmp_path / "build.duckdb", WAREHOUSE_BREAKERS[rule_id]))
    severity = RULES[rule_id].severity
    assert is_release_stopped(verdicts) == (severity == "fail")
    (verdict,) = broken(verdicts)
    assert (verdict.rule, verdict.status) == (rule_id, severity)
    sentence = render(verdict)
    says = {"fail": "fails", "warn": "warns"}[severity]
    assert sentence.startswith(f"{verdict.table_name}: {rule_id} {says} for {verdict.unexpected_count} of ")
    assert sentence.endswith(f"What to do: {RULES[rule_id].remedy}.")


@pytest.mark.parametrize(("change", "is_stopped"), [(-1, False), (1, True)])
def test_while_dates_are_missing_only_an_excess_of_objects_stops(
    tmp_path: Path, change: int, is_stopped: bool
) -> None:
    statement = f"update staging.stg_transcripts__record_counts set object_count = 4 + {change}"  # noqa: S608
    path = build_warehouse(tmp_path / "build.duckdb", statement)
    assert is_release_stopped(judge(path))
    assert is_release_stopped(judge(path, is_lake_complete=False)) == is_stopped


def test_a_metric_is_named_by_its_table(tmp_path: Path) -> None:
    path = build_warehouse(
        tmp_path / "build.duckdb",
        "create table metrics.rpt_other as select * from metrics.rpt_rates",
        WAREHOUSE_BREAKERS["metrics.no_small_cell"],
    )
    (verdict,) = broken(judge(path))
    assert (verdict.table_name, verdict.unexpected_count, verdict.row_count) == ("rpt_rates", 2, 3)


@pytest.mark.parametrize("column", ["n_users", "is_suppressed"])
def test_a_metric_that_cannot_show_its_cell_sizes_is_not_released(tmp_path: Path, column: str) -> None:
    path = build_warehouse(tmp_path / "build.duckdb", f"alter table metrics.rpt_rates drop column {column}")
    assert "metrics.no_small_cell" in {verdict.rule for verdict in broken(judge(path))}


@pytest.mark.parametrize(
    ("statement", "rule_id"),
    [
        (
            "update metrics.rpt_rates set metric_kind = 'share', estimate = 1.5 where metric_name = 'b'",
            "metrics.shares_within_one",
        ),
        (
            "alter table metrics.rpt_rates add column top_user_share_band varchar; "
            "update metrics.rpt_rates set top_user_share_band = 'above 50 %' where metric_name = 'a'",
            "metrics.no_small_cell",
        ),
        (
            "alter table metrics.rpt_rates add column p_value double; "
            "update metrics.rpt_rates set p_value = 0.01 where is_suppressed",
            "metrics.suppressed_cells_are_blank",
        ),
        (
            # A table of estimates has no kind of metric; its interval must hold its estimate all the same.
            "create table metrics.rpt_changes as select * exclude (metric_kind, numerator, denominator) "
            "from metrics.rpt_rates; update metrics.rpt_changes set interval_low = 0.6 where n_users = 6",
            "metrics.interval_holds_estimate",
        ),
    ],
)
def test_a_metric_is_judged_by_the_columns_it_has(tmp_path: Path, statement: str, rule_id: str) -> None:
    verdicts = broken(judge(build_warehouse(tmp_path / "build.duckdb", statement)))
    assert rule_id in {verdict.rule for verdict in verdicts}


def test_a_suppressed_estimate_shows_its_key(tmp_path: Path) -> None:
    keyed = (
        "alter table metrics.rpt_rates add column estimate_id varchar; "
        "update metrics.rpt_rates set estimate_id = metric_name"
    )
    assert broken(judge(build_warehouse(tmp_path / "build.duckdb", keyed))) == []


def test_in_personal_mode_one_user_may_be_shown(tmp_path: Path) -> None:
    path = build_warehouse(tmp_path / "build.duckdb", WAREHOUSE_BREAKERS["metrics.no_small_cell"])
    assert broken(judge_warehouse(path, min_users=None)) == []


def test_with_few_sessions_a_metric_may_be_empty(tmp_path: Path) -> None:
    few = "delete from marts.fct_turns where turn_id > 's1'"
    path = build_warehouse(tmp_path / "build.duckdb", few, WAREHOUSE_BREAKERS["metrics.not_empty"])
    assert broken(judge(path)) == []


def test_what_rests_on_a_question_that_nobody_was_asked_may_be_empty(tmp_path: Path) -> None:
    empty = "create table metrics.{} as select *, 'rules' as labeller from metrics.rpt_rates where false"
    path = build_warehouse(tmp_path / "claims.duckdb", empty.format("rpt_claims"))
    assert broken(judge(path)) == []
    path = build_warehouse(tmp_path / "outcomes.duckdb", empty.format("rpt_session_outcomes"))
    assert [verdict.rule for verdict in broken(judge(path))] == ["metrics.not_empty"]


def test_a_warehouse_without_metrics_is_not_released(tmp_path: Path) -> None:
    path = build_warehouse(tmp_path / "build.duckdb", "drop table metrics.rpt_rates")
    assert [verdict.rule for verdict in broken(judge(path))] == ["metrics.not_empty"]


def test_a_warehouse_without_a_staging_table_is_not_released(tmp_path: Path) -> None:
    path = build_warehouse(tmp_path / "build.duckdb", "drop table staging.stg_transcripts__files")
    verdicts = broken(judge(path))
    assert {(verdict.rule.split(".")[0], verdict.status) for verdict in verdicts} == {("accounting", "error")}
    assert "CatalogException" in verdicts[0].message


def test_judging_leaves_the_warehouse_as_it_is(tmp_path: Path) -> None:
    path = build_warehouse(tmp_path / "build.duckdb")
    before = path.read_bytes()
    judge(path)
    assert path.read_bytes() == before
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table marts.still_writable (i int)")


def test_an_absent_warehouse_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FrameError):
        judge(tmp_path / "build.duckdb")
