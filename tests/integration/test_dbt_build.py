"""The dbt project on hand-made lakes: known answers, small cells, an empty lake, and lakes that are wrong."""

import json
import math
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.measures.published_values import published_rows
from orchestration.measures.registry import is_by_rules, load_measures, metrics, primary_metrics
from tests.dbt_runs import FACTS, METRICS, PERSONAL, TEAM, Home, Step, cells, one, outcome_cell
from tests.raw_lake import FINGERPRINTS, Lake


@pytest.fixture(scope="module")
def personal(
    small_team: tuple[Home, list[Step]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Home, list[Step]]:
    """The same metrics in personal mode, and then the rule for small cells of team mode on them."""
    folder = tmp_path_factory.mktemp("personal")
    shutil.copytree(small_team[0].folder, folder, dirs_exist_ok=True)
    home = Home(folder)
    return home, home.run(PERSONAL, METRICS)


def wilson(share: float, n: float) -> tuple[float, float]:
    """METHODS 4.1, written out a second time."""
    z = 1.959963984540054
    centre, spread = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (centre - spread) / (1 + z * z / n), (centre + spread) / (1 + z * z / n)


def effective_n(users: Mapping[str, tuple[int, int]]) -> float:
    """METHODS 4.2 from (numerator, denominator) of each user."""
    y, n = sum(num for num, _ in users.values()), sum(den for _, den in users.values())
    share, groups = y / n, len(users)
    squares = sum((num - share * den) ** 2 for num, den in users.values())
    clustered = groups / (groups - 1) * squares / n**2
    return n / max(1.0, clustered / (share * (1 - share) / n))


def test_clustered_interval_of_the_reference_fixture() -> None:
    n = effective_n({"1": (4, 4), "2": (0, 2), "3": (1, 3), "4": (1, 1)})
    assert math.isclose(n, 3.75, abs_tol=1e-4)
    assert wilson(0.6, n) == pytest.approx((0.1973, 0.9015), abs=1e-4)
    assert wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)


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
    small_team: tuple[Home, list[Step]], metric: str, numerator: int, denominator: int, unknown: int
) -> None:
    cell = outcome_cell(small_team[0], metric)
    assert (cell["numerator"], cell["denominator"]) == (numerator, denominator)
    assert cell["estimate"] == pytest.approx(numerator / denominator)
    assert (cell["interval_low"], cell["interval_high"]) == pytest.approx(
        wilson(numerator / denominator, denominator)
    )
    assert cell["unknown_share"] == pytest.approx(unknown / (unknown + denominator))
    assert cell["labeller"] == "rules"
    assert cell["fingerprint"].startswith(FINGERPRINTS["outcome"])


def test_clustered_interval_allows_for_users_being_alike(small_team: tuple[Home, list[Step]]) -> None:
    cell = outcome_cell(small_team[0], "judged_success")
    users = {"1": (7, 7), "2": (7, 7), "3": (7, 7), "4": (0, 7), "5": (0, 7), "lone": (16, 16)}
    n = effective_n(users)
    assert cell["effective_n"] == pytest.approx(n)
    found = (cell["clustered_interval_low"], cell["clustered_interval_high"])
    assert found == pytest.approx(wilson(37 / 51, n))


@pytest.mark.parametrize(
    ("metric", "october"),
    [
        # The lone user's 16 sessions of December are less than half of them and November's 18.
        ("no_clear_goal_share", None),
        # With a clear goal November has 15: of the 31 that October would tell, 16 are the lone user's.
        ("judged_success", "complement_of_suppressed"),
    ],
)
def test_planted_one_person_month_is_hidden_with_as_many_others_as_it_takes(
    small_team: tuple[Home, list[Step]], metric: str, october: str | None
) -> None:
    where = {"metric_name": metric, "period_kind": "month", "labeller": "rules"}
    rows = cells(small_team[0], "rpt_session_outcomes", segment_name="all", **where)
    assert {row["period_start"]: row["suppressed_reason"] for row in rows} == {
        date(2025, 10, 1): october,
        date(2025, 11, 1): "complement_of_suppressed",
        date(2025, 12, 1): "fewer_than_min_users",
    }
    for row in rows[1:]:
        assert all(
            row[column] is None
            for column in ("numerator", "denominator", "n_users", "n_sessions", "estimate", "unknown_share")
        )
    abandoned = outcome_cell(small_team[0], "abandoned_of_troubled_above_3")
    assert abandoned["suppressed_reason"] == "fewer_than_min_users", "all troubled sessions are one user's"


def test_no_metric_shows_fewer_users_than_allowed(small_team: tuple[Home, list[Step]]) -> None:
    for table in (
        "rpt_activity",
        "rpt_label_coverage",
        "rpt_oversight_by_experience",
        "rpt_session_outcomes",
        "rpt_turn_durations",
    ):
        shown = [row for row in cells(small_team[0], table) if not row["is_suppressed"]]
        assert shown
        assert all(row["n_users"] >= 5 and row["n_sessions"] >= 15 for row in shown)
        assert all(row["top_user_share"] <= 0.5 for row in shown)


def test_personal_mode_hides_nothing_and_team_mode_would_refuse_it(personal: tuple[Home, list[Step]]) -> None:
    home, (built, checked) = personal
    assert built.success, built.message
    abandoned = outcome_cell(home, "abandoned_of_troubled_above_3")
    assert (abandoned["numerator"], abandoned["denominator"]) == (4, 7)
    assert not any(row["is_suppressed"] for row in cells(home, "rpt_activity"))
    # Tables of Claude's labels have nothing to hide here: it was asked about the outcome only.
    assert checked.failed() >= {
        f"{table}_has_no_small_cell"
        for table in (
            "rpt_activity", "rpt_label_coverage", "rpt_oversight_by_experience",
            "rpt_published_beside_own", "rpt_session_outcomes", "rpt_turn_durations",
        )
    }, "the rule must fail on each table that was built without it"  # fmt: skip


def test_oversight_by_earlier_sessions(personal: tuple[Home, list[Step]]) -> None:
    home, _ = personal
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
    assert overall["published_id"] == "A8"
    assert overall["published_grade"] == "same"


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
    small_team: tuple[Home, list[Step]], metric: str, numerator: float, denominator: float | None
) -> None:
    for period_kind, start in (("month", date(2025, 10, 1)), ("week", date(2025, 10, 6))):
        cell = one(small_team[0], "rpt_activity", metric, period_kind=period_kind, period_start=start)
        assert cell["numerator"] == pytest.approx(numerator)
        assert cell["denominator"] == denominator
        assert cell["estimate"] == pytest.approx(numerator / (denominator or 1))


def test_turn_durations_are_those_of_ended_interactive_turns(small_team: tuple[Home, list[Step]]) -> None:
    median = one(small_team[0], "rpt_turn_durations", "turn_wall_seconds_p50", period_kind="overall")
    assert (median["n_turns"], median["n_users"], median["estimate_seconds"]) == (59, 7, 60.0)
    assert median["published_value"] == 45.0
    tail = one(small_team[0], "rpt_turn_durations", "turn_wall_seconds_p999", period_kind="overall")
    assert (tail["estimate_seconds"], tail["withheld_reason"]) == (None, "fewer_than_3688_turns")
    december = one(
        small_team[0],
        "rpt_turn_durations",
        "turn_wall_seconds_p50",
        period_kind="week",
        period_start=date(2025, 12, 1),
    )
    assert (december["n_turns"], december["suppressed_reason"]) == (None, "fewer_than_min_users")


def test_rates_of_few_effective_observations_are_withheld(personal: tuple[Home, list[Step]]) -> None:
    cell = outcome_cell(personal[0], "judged_success")
    assert (cell["numerator"], cell["denominator"]) == (37, 51)
    assert (cell["estimate"], cell["interval_low"], cell["withheld_reason"]) == (
        None, None, "effective_n_below_30",
    )  # fmt: skip


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


def test_every_metric_of_every_table_is_defined(small_team: tuple[Home, list[Step]]) -> None:
    with duckdb.connect(str(small_team[0].warehouse_path), read_only=True) as warehouse:
        tables = warehouse.execute(
            "select table_name from information_schema.tables where table_schema = 'metrics'"
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
    assert beside["interval_low"] == own["clustered_interval_low"]
    assert (beside["published_value"], beside["published_grade"]) == (0.077, "same")
    hidden = one(home, "rpt_published_beside_own", "abandoned_of_troubled_above_3", segment_name="all")
    assert (hidden["estimate"], hidden["n_users"], hidden["missing_reason"]) == (None, None, "suppressed")
    external = one(home, "rpt_published_beside_own", "repositories_with_agent_activity")
    assert external["missing_reason"] == "not_measured"


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
