"""The dbt project on hand-made lakes: known answers, small cells, an empty lake, and lakes that are wrong."""

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.estimates.rates import RATE_TABLES
from orchestration.measures.published_values import published_rows
from orchestration.measures.registry import is_by_rules, load_measures, metrics, primary_metrics
from orchestration.statistics.cell_intervals import one_cell
from tests.dbt_runs import FACTS, METRICS, TEAM, Home, Step, cells, one, outcome_cell
from tests.raw_lake import FINGERPRINTS, Lake


def test_small_lake_builds_and_every_test_passes(small_team: tuple[Home, list[Step]]) -> None:
    for step in small_team[1]:
        assert step.success, step.message
    facts, _, metrics, unit_tests = small_team[1]
    assert not any(name.startswith("rpt_") for name in facts.nodes)
    assert {name for name in metrics.nodes if name.startswith("rpt_") and "__" not in name} >= {
        "rpt_activity", "rpt_label_coverage", "rpt_oversight_by_experience", "rpt_session_outcomes",
        "rpt_turn_durations",
    }  # fmt: skip
    assert unit_tests.nodes


@pytest.mark.parametrize("model", sorted(RATE_TABLES.values()))
def test_sums_have_one_row_per_cell_and_user(small_team: tuple[Home, list[Step]], model: str) -> None:
    """Users are counted by their rows, so that a second row of somebody would let a small cell be shown."""
    cell = (
        "agent, metric_name, metric_kind, period_kind, period_start, segment_name, segment_value, labeller, "
        "fingerprint, user_id"
    )
    with duckdb.connect() as warehouse:
        # Sums that are views name the file's database.
        warehouse.execute(f"attach '{small_team[0].warehouse_path}' as build (read_only)")
        twice = warehouse.execute(
            f"select {cell}, count(*) from build.intermediate.{model}"  # noqa: S608 - names of ours
            f" where user_id is not null group by {cell} having count(*) > 1 limit 3"
        ).fetchall()
    assert twice == []


def test_sessions_are_counted_whole(small_team: tuple[Home, list[Step]]) -> None:
    with duckdb.connect(str(small_team[0].warehouse_path), read_only=True) as warehouse:
        surfaces = dict(
            warehouse.execute("select surface, count(*) from marts.fct_sessions group by 1").fetchall()
        )
        session = warehouse.execute(
            "select turn_count, human_prompt_count, human_act_count, message_count, tool_call_count,"
            " interrupt_count, output_tokens, is_usage_final, lines_added, duration_seconds, active_seconds"
            " from marts.fct_sessions where session_id = 'user_1-2025-10-06'"
        ).fetchone()
    assert surfaces == {"interactive": 59, "sdk": 1, "no_human_act": 1, "presumed_headless": 1}
    assert session == (1, 1, 1, 1, 2, 1, 7, True, 10, 60.0, 60.0)


@pytest.mark.parametrize(
    ("metric", "numerator", "denominator", "unknown"),
    [
        ("judged_success", 37, 51, 1),
        ("at_least_partial", 44, 51, 1),
        ("no_clear_goal_share", 7, 58, 1),
        ("verified_success", 14, 51, 1),
        ("verified_failure", 7, 44, 8),
        ("trouble_above_3", 7, 44, 8),
        ("trouble_from_3", 14, 44, 8),
    ],
)
def test_outcomes_over_all_are_the_known_ones(
    small_person: tuple[Home, list[Step]], metric: str, numerator: int, denominator: int, unknown: int
) -> None:
    cell = outcome_cell(small_person[0], metric)
    assert (cell["numerator"], cell["denominator"]) == (numerator, denominator)
    assert cell["estimate"] == pytest.approx(numerator / denominator)
    assert cell["interval_low"] < cell["estimate"] < cell["interval_high"]
    assert cell["unknown_share"] == pytest.approx(unknown / (unknown + denominator))
    assert cell["labeller"] == "rules"
    assert cell["fingerprint"].startswith(FINGERPRINTS["outcome"])


def test_the_interval_is_that_of_the_users(small_person: tuple[Home, list[Step]]) -> None:
    cell = outcome_cell(small_person[0], "judged_success")
    users = [(7, 7), (7, 7), (7, 7), (0, 7), (0, 7), (16, 16)]
    found = one_cell(*zip(*users, strict=True), is_withholding=False)
    assert cell["n_effective"] == pytest.approx(found.effective_n[0])
    assert cell["interval_low"] == pytest.approx(found.interval_low[0])
    assert cell["interval_high"] == pytest.approx(found.interval_high[0])


def test_a_month_of_one_person_is_not_shown(
    small_team: tuple[Home, list[Step]], small_person: tuple[Home, list[Step]]
) -> None:
    where = {
        "metric_name": "judged_success", "period_kind": "month", "period_start": date(2025, 12, 1),
        "labeller": "rules", "segment_name": "all",
    }  # fmt: skip
    (whole,) = cells(small_person[0], "rpt_session_outcomes", **where)
    assert whole["n_users"] == 1
    for row in cells(small_team[0], "rpt_session_outcomes", **where):
        assert row["suppressed_reason"] == "small_cell"
        for column in ("numerator", "denominator", "n_users", "n_sessions", "estimate", "unknown_share"):
            assert row[column] is None
    abandoned = outcome_cell(small_team[0], "abandoned_of_troubled_above_3")
    assert abandoned["suppressed_reason"] == "small_cell", "all troubled sessions are one user's"


def test_no_metric_shows_fewer_users_than_allowed(small_team: tuple[Home, list[Step]]) -> None:
    tables = (
        "rpt_activity", "rpt_label_coverage", "rpt_oversight_by_experience", "rpt_session_outcomes",
        "rpt_turn_durations",
    )  # fmt: skip
    shown = [row for table in tables for row in cells(small_team[0], table) if not row["is_suppressed"]]
    assert shown, "nothing would be proved"
    # Of nobody: what nothing is known of, and parts of a large whole that none is in.
    assert all(row["n_users"] == 0 or row["n_users"] >= 5 for row in shown)
    assert all(row["n_sessions"] == 0 or row["n_sessions"] >= 15 for row in shown)
    assert {row["top_user_share_band"] for row in shown} <= {"up to 25 %", "25 to 50 %", None}


def test_personal_mode_hides_and_withholds_nothing(small_person: tuple[Home, list[Step]]) -> None:
    home, steps = small_person
    for step in steps:
        assert step.success, step.message
    abandoned = outcome_cell(home, "abandoned_of_troubled_above_3")
    assert (abandoned["numerator"], abandoned["denominator"]) == (4, 7)
    assert abandoned["is_imprecise"]
    assert not any(row["is_suppressed"] for row in cells(home, "rpt_activity"))


def test_oversight_by_earlier_sessions(small_person: tuple[Home, list[Step]]) -> None:
    home, _ = small_person
    rows = cells(
        home, "rpt_oversight_by_experience", metric_name="full_auto_share", segment_name="prior_sessions"
    )
    assert {row["segment_value"]: (row["numerator"], row["denominator"]) for row in rows} == {
        # One session of each known user but user 2, whose mode is unknown; user 1 bypasses.
        "0": (1, 6),
        "1-2": (2, 12),
        # Users 1–6 have seven sessions, `lone` has 7 of these and 6 more.
        "3-9": (4, 27),
        "10-29": (0, 6),
        "unknown_user": (0, 1),
    }
    overall = one(
        home, "rpt_oversight_by_experience", "interrupt_rate", period_kind="overall", segment_name="all"
    )
    assert (overall["numerator"], overall["denominator"], overall["n_users"]) == (14, 59, 7)
    assert overall["published_id"] is None, "the study publishes a curve (rpt_experience_curves)"
    assert overall["published_grade"] is None


@pytest.mark.parametrize(
    ("metric", "numerator", "denominator"),
    [
        ("interactive_share", 25, 28),
        ("sessions", 25, None),
        ("users", 6, None),
        ("prompts", 25, None),
        ("tool_calls", 50, None),
        ("output_tokens", 175, None),
        ("usage_final_share", 25, 25),
        ("turns_per_session", 25, 25),
        ("actions_per_prompt_ratio_of_sums", 50, 25),
        ("actions_per_prompt_mean_of_ratios", 50, 25),
        ("agent_words_per_turn", 2_500, 25),
        ("written_words_per_turn", 3_000, 25),
        # Each of six users has four turns of a minute, half of it net.
        ("active_wall_hours_per_user_week", 0.4, 6),
        ("active_net_hours_per_user_week", 0.2, 6),
    ],
)
def test_activity_of_october(
    small_person: tuple[Home, list[Step]], metric: str, numerator: float, denominator: float | None
) -> None:
    for period_kind, start in (("month", date(2025, 10, 1)), ("week", date(2025, 10, 6))):
        cell = one(small_person[0], "rpt_activity", metric, period_kind=period_kind, period_start=start)
        assert cell["numerator"] == pytest.approx(numerator)
        assert cell["denominator"] == denominator
        assert cell["estimate"] == pytest.approx(numerator / (denominator or 1))


def test_turn_durations_are_those_of_ended_interactive_turns(
    small_team: tuple[Home, list[Step]], small_person: tuple[Home, list[Step]]
) -> None:
    table, median_name = "rpt_turn_durations", "turn_wall_seconds_p50"
    median = one(small_person[0], table, median_name, period_kind="overall")
    assert (median["n_turns"], median["n_users"], median["estimate_seconds"]) == (59, 7, 60.0)
    assert median["published_value"] == 45.0
    tail = one(small_person[0], table, "turn_wall_seconds_p999", period_kind="overall")
    assert (tail["estimate_seconds"], tail["withheld_reason"]) == (None, "fewer_than_3688_turns")
    shown = one(small_team[0], table, median_name, period_kind="overall")
    assert (shown["n_turns"], shown["estimate_seconds"]) in {(59, 60.0), (None, None)}
    week = {"period_kind": "week", "period_start": date(2025, 12, 1)}
    assert one(small_person[0], table, median_name, **week)["n_turns"] > 0
    for row in cells(small_team[0], table, metric_name=median_name, **week):
        assert (row["n_turns"], row["suppressed_reason"]) == (None, "small_cell")


def test_a_rate_of_few_effective_observations_is_withheld_from_a_team_and_flagged_for_a_person(
    small_person: tuple[Home, list[Step]], tmp_path: Path
) -> None:
    cell = outcome_cell(small_person[0], "judged_success")
    assert (cell["numerator"], cell["denominator"]) == (37, 51)
    assert (cell["estimate"] is not None, cell["withheld_reason"], cell["is_imprecise"]) == (True, None, True)


def test_empty_lake_gives_every_table_without_rows(tmp_path: Path) -> None:
    home = Home(tmp_path)
    Lake().write(home.lake_dir)
    for step in home.run(FACTS, TEAM, METRICS):
        assert step.success, step.message
    with duckdb.connect(str(home.warehouse_path), read_only=True) as warehouse:
        tables = warehouse.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
            " where table_schema in ('marts', 'metrics')"
        ).fetchall()
        counts = {name: len(warehouse.table(name)) for (name,) in tables}
        reasons = warehouse.execute(
            "select distinct missing_reason from metrics.rpt_published_beside_own order by all"
        ).fetchall()
    # Published values are there without data too, each with a reason why nothing stands beside it.
    assert counts.pop("metrics.rpt_published_beside_own") == len(list(published_rows()))
    assert reasons == [("needs_claude",), ("no_observations",), ("not_measured",)]
    assert set(counts.values()) == {0}


def test_every_metric_of_every_table_is_defined(small_person: tuple[Home, list[Step]]) -> None:
    with duckdb.connect(str(small_person[0].warehouse_path), read_only=True) as warehouse:
        tables = warehouse.execute(
            "select table_name from information_schema.columns"
            " where table_schema = 'metrics' and column_name = 'metric_name'"
        ).fetchall()
        found = {
            (str(name), str(table))
            for (table,) in tables
            for (name,) in warehouse.execute(
                f"select distinct metric_name from metrics.{table}"  # noqa: S608 - names of ours
            ).fetchall()
        }
        labelled = {
            str(classifier)
            for (classifier,) in warehouse.execute(
                "select distinct classifier from marts.dim_classifiers where labeller = 'rules'"
            ).fetchall()
        }
    defined = {(metric.name, metric.mart) for metric in metrics()}
    tested = {(test.metric_name, "rpt_primary_tests") for test in primary_metrics()}
    published = {(row.metric_name, "rpt_published_beside_own") for row in published_rows()}
    assert found <= defined | tested | published
    without_key = {
        (metric.name, metric.mart)
        for measure in load_measures()
        for metric in measure.metrics
        if is_by_rules(measure, metric) and not metric.is_optional
        if set(measure.needs_of(metric)) <= labelled
    }
    assert {"outcome", "success_evidence", "failure_evidence", "work_mode"} <= labelled
    assert without_key <= found, "what is said to work without a key has rows by rules alone"


def test_published_values_stand_beside_own_ones_of_each_labeller(small_team: tuple[Home, list[Step]]) -> None:
    home, _ = small_team
    rows = cells(home, "rpt_published_beside_own", published_cell_id="no_clear_goal_share|||all|all")
    by_labeller = {row["labeller"]: row for row in rows}
    assert by_labeller.keys() == {"rules", "claude"}
    own = outcome_cell(home, "no_clear_goal_share")
    beside = by_labeller["rules"]
    assert (beside["estimate"], beside["n_sessions"]) == (own["estimate"], own["n_sessions"])
    assert beside["interval_low"] == own["interval_low"]
    assert (beside["published_value"], beside["published_grade"]) == (0.077, "context")
    assert by_labeller["claude"]["published_grade"] == "same"
    hidden = one(home, "rpt_published_beside_own", "abandoned_of_troubled_above_3", segment_name="all")
    assert (hidden["estimate"], hidden["n_users"], hidden["missing_reason"]) == (None, None, "suppressed")
    cell = "repositories_with_agent_activity|share|trailer|all|all"
    (of_repositories,) = cells(home, "rpt_published_beside_own", published_cell_id=cell)
    assert (of_repositories["estimate"], of_repositories["published_low"]) == (1.0, 0.16)


def test_lake_that_loses_or_repeats_rows_fails(small_team: tuple[Home, list[Step]], tmp_path: Path) -> None:
    home = Home(tmp_path)
    shutil.copytree(small_team[0].lake_dir, home.lake_dir)
    shutil.rmtree(home.lake_dir / "raw" / "raw_record_counts" / "session_date=2025-10-06")
    shutil.rmtree(home.lake_dir / "raw" / "raw_sessions" / "session_date=2025-11-03")
    days = home.lake_dir / "raw" / "raw_responses"
    shutil.copytree(days / "session_date=2025-10-06", days / "session_date=2025-10-20")
    views = ["run", "--select", "path:models/staging"]
    checks = ["test", "--select", "test_type:singular"]
    partial = ["SESSIONMART_DBT_LAKE_IS_COMPLETE=false", *checks]
    _, of_all, of_part = home.run(views, checks, partial)
    assert of_all.failed() == {
        "raw_objects_are_accounted_for", "raw_rows_belong_to_sessions", "raw_keys_are_unique",
    }  # fmt: skip
    assert of_part.failed() == of_all.failed() - {"raw_objects_are_accounted_for"}
