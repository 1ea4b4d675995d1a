"""What the organisation's tables say comes out as figures: pull requests, survey, incidents; their gate."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest

from orchestration.estimates.survey_medians import VALUES
from orchestration.statistics.order_statistics import rank_interval
from tests.demo_lake import DemoHome, ReleasedDemo, Row
from tests.supplied_tables import Line, incident_lines, pull_request_lines, survey_lines

LINES = pull_request_lines()
MERGED = [line for line in LINES if line["merged_at"]]


def is_read(line: Line) -> bool:
    return any(not review["is_bot"] for review in line["reviews"])


def share(lines: Sequence[Line], is_in: Callable[[Line], Any]) -> tuple[float, float]:
    return float(sum(bool(is_in(line)) for line in lines)), float(len(lines))


def figures(home: DemoHome, table: str, where: str) -> list[Row]:
    return home.query(f"select * from metrics.{table} where {where} order by figure_id")  # noqa: S608 - ours


def one(home: DemoHome, table: str, where: str) -> Row:
    (found,) = figures(home, table, where)
    return found


OVERALL = "period_kind = 'overall' and segment_name = 'all'"


@pytest.mark.parametrize(
    ("metric", "wanted"),
    [
        ("merge_unread_by_human_share", share(MERGED, lambda line: not is_read(line))),
        ("automated_review_share", share(LINES, lambda line: line["number"] % 2 == 0)),
        ("merged_pull_request_share", share(LINES, lambda line: line["merged_at"])),
        ("agent_authored_pull_request_share", share(LINES, lambda line: line["is_agent_authored"])),
        (
            "merged_lines_per_reviewed_line",
            (
                float(sum(line["lines_added"] for line in MERGED)),
                float(sum(line["lines_added"] for line in MERGED if is_read(line))),
            ),
        ),
    ],
)
def test_shares_of_pull_requests_are_the_planted_ones(
    home: DemoHome, metric: str, wanted: tuple[float, float]
) -> None:
    found = one(home, "rpt_pull_requests", f"metric_name = '{metric}' and {OVERALL}")
    assert (found["numerator"], found["denominator"]) == wanted
    assert found["agent"] == "organisation"
    assert found["interval_low"] < found["estimate"] == wanted[0] / wanted[1] < found["interval_high"]


def test_merges_of_agents_are_read_less_often(home: DemoHome) -> None:
    rows = figures(
        home,
        "rpt_pull_requests",
        "metric_name = 'merge_unread_by_human_share' and segment_name = 'authorship'",
    )
    found = {row["segment_value"]: (row["numerator"], row["denominator"]) for row in rows}
    for authorship, is_agent in (("agent", True), ("other", False)):
        own = [line for line in MERGED if line["is_agent_authored"] is is_agent]
        assert found[authorship] == share(own, lambda line: not is_read(line))


def test_stages_last_as_planted(home: DemoHome) -> None:
    rows = figures(home, "rpt_review_times", "period_kind = 'overall' and statistic in ('median', 'p90')")
    found = {(row["metric_name"], row["segment_value"], row["statistic"]): row["estimate"] for row in rows}
    for authorship, hours in (("agent", 6), ("other", 3)):
        assert found["hours_to_first_review", authorship, "median"] == hours
        assert found["hours_open_to_merge", authorship, "p90"] == hours + 5
    assert found["hours_to_approval", "all", "median"] == 1
    assert found["hours_to_merge", "all", "p90"] == 4
    (whole,) = [
        row
        for row in rows
        if (row["metric_name"], row["segment_value"], row["statistic"])
        == ("hours_open_to_merge", "all", "p90")
    ]
    assert whole["unknown_share"] == pytest.approx(1 - len(MERGED) / len(LINES))


def test_the_ceiling_states_its_inputs(home: DemoHome) -> None:
    before = 12.0 * len(MERGED)
    whole = before + sum(11 if line["is_agent_authored"] else 8 for line in MERGED)
    rows = figures(
        home, "rpt_review_times", "metric_name in ('cycle_share_before_review', 'delivery_speedup_ceiling')"
    )
    found = {row["statistic"]: row for row in rows}
    s = before / whole
    assert found["share_before_review"]["estimate"] == pytest.approx(s)
    assert found["at_speedup_8"]["estimate"] == pytest.approx(1 / ((1 - s) + s / 8))
    assert found["without_limit"]["estimate"] == pytest.approx(1 / (1 - s))
    for row in rows:
        assert row["interval_low"] <= row["estimate"] <= row["interval_high"]


def test_the_queue_is_the_mean_number_that_waits(home: DemoHome) -> None:
    """Little's law on the planted hours: each waits for its first review, or for its end without one."""
    waits = [
        (6 if line["is_agent_authored"] else 3) + (0 if is_read(line) else 5) for line in LINES
    ]  # fmt: skip
    (newest,) = home.query(
        "select max(known_until) as until, min(opened_at) as first from marts.fct_pull_requests"
    )
    hours = (newest["until"] - newest["first"]).total_seconds() / 3600
    found = one(home, "rpt_review_times", "metric_name = 'pull_requests_waiting'")
    assert found["estimate"] == pytest.approx(sum(waits) / hours)


def test_medians_of_the_survey_are_bounded_by_order_statistics(home: DemoHome) -> None:
    """METHODS 4.4: of 130 answers the 54th and the 77th bound the median."""
    ranks = rank_interval(130, 0.5)
    assert (ranks.lower, ranks.upper) == (54, 77)
    answers = [line for line in survey_lines() if line["quarter"] == "2026-Q1"]
    ordered = sorted(VALUES["output_multiplier"][line["output_multiplier"]] for line in answers)
    found = one(
        home,
        "rpt_survey_medians",
        "metric_name = 'self_reported_output_multiplier' and period_start = date '2026-01-01'",
    )
    assert (found["estimate"], found["interval_low"], found["interval_high"]) == (
        ordered[64], ordered[53], ordered[76],
    )  # fmt: skip


def test_over_all_is_the_newest_quarter_beside_the_published_value(home: DemoHome) -> None:
    found = one(home, "rpt_survey_medians", f"metric_name = 'self_reported_output_multiplier' and {OVERALL}")
    assert found["n_sessions"] == 120  # of 132, rounded down to a multiple of the least number
    assert (found["published_value"], found["published_grade"]) == (4, "similar")
    assert found["period_start"] is None


def test_bands_are_shared_among_those_that_could_say(home: DemoHome) -> None:
    rows = figures(home, "rpt_survey", "metric_name = 'quality_parity_share' and period_kind = 'quarter'")
    shown = {(row["period_start"], row["segment_value"]): row for row in rows if row["estimate"] is not None}
    first = [line for line in survey_lines() if line["quarter"] == "2026-Q1"]
    known = [line for line in first if line["quality_parity"] != "cannot_say"]
    found = shown[date(2026, 1, 1), "about_the_same"]
    assert (found["numerator"], found["denominator"]) == share(
        known, lambda line: line["quality_parity"] == "about_the_same"
    )
    assert found["unknown_share"] == pytest.approx(1 - len(known) / len(first))


def test_no_answer_of_the_survey_is_in_a_release(released: ReleasedDemo) -> None:
    names = {path.stem for path in (released.release.folder / "parquet").rglob("*.parquet")}
    assert "rpt_survey" in names
    assert not [name for name in names if "survey" in name and not name.startswith("rpt_survey")]


def test_incidents_keep_their_hours_and_no_text(home: DemoHome) -> None:
    rows = home.query("select * from marts.fct_incidents")
    assert len(rows) == len(incident_lines())
    assert {row["hours_to_resolution"] for row in rows} == {2}


def test_an_author_of_both_is_one_person(home: DemoHome) -> None:
    """The pseudonym of a login is that of a session's user."""
    authors = {row["user_id"] for row in home.query("select user_id from marts.fct_pull_requests")}
    assert authors == {home.pseudonyms.user(line["author"]) for line in LINES}


def test_the_gates_passed_and_no_hidden_count_is_told(released: ReleasedDemo) -> None:
    verdicts = {verdict.rule: verdict.status for verdict in released.verdicts}
    assert "supplied.accounting" in verdicts
    assert {rule for rule, status in verdicts.items() if status != "pass"} == set()
