"""The demo's stand-in: labels that are made up go the whole way, are called so, and stay in a demo's home.

What it plants comes back: its labels err at the rate it says, and the made-up reviews correct what it errs.
"""

import shutil
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from classifiers.catalog import CATALOG
from classifiers.label_rows.record_facts import record_facts
from classifiers.session_record import sessions_of_day
from orchestration.demo import SessionTruth
from orchestration.demo_home import TRUTH_FILE
from orchestration.labellers import LABELLERS, labellers_of
from orchestration.labellers.landing import land_labels_by
from orchestration.labellers.stand_in import STAND_IN, STAND_IN_PEOPLE
from orchestration.labelling.lake_sessions import days_with_sessions, frames_of_day
from orchestration.landing.chunk import LandingReport, LandingRun
from orchestration.landing.judge_process import JudgeProcess
from orchestration.landing.lake import landed_days, partition_file
from orchestration.landing.landed import dirty_dates
from orchestration.reviewing.store import open_reviews
from orchestration.stages import reader_of
from orchestration.stand_in.label_rows import ERROR_RATE, NAME
from tests.demo_lake import ALL_AT_ONCE, NOW, RUN_ID, DemoHome
from tests.made_up_home import MadeUpHome
from tests.supplied_tables import wage_lines

MADE_UP = (STAND_IN, STAND_IN_PEOPLE)


@pytest.fixture(scope="module")
def demo(made_up: MadeUpHome) -> DemoHome:
    """The home as the command `demo` would have made it: with its file of planted facts."""
    return made_up.team


@pytest.fixture(scope="module")
def landed(made_up: MadeUpHome) -> Mapping[str, LandingReport]:
    """What landing the made-up labels and reviews did, through the real gates."""
    return made_up.reports


@pytest.fixture(scope="module")
def built(made_up: MadeUpHome) -> DemoHome:
    assert not any(report.has_stopped for report in made_up.reports.values())
    return made_up.shown


def one(rows: list[dict[str, Any]]) -> dict[str, Any]:
    (row,) = rows
    return row


def test_no_gate_refuses_a_made_up_label_and_every_question_is_answered(
    landed: Mapping[str, LandingReport],
) -> None:
    report = landed[NAME]
    assert not report.has_stopped
    assert [each.name for each in CATALOG if report.row_count(each.name) == 0] == []
    assert landed[STAND_IN_PEOPLE.name].row_count("review_samples") > 0


def test_the_same_sessions_get_the_same_labels(demo: DemoHome, landed: Mapping[str, LandingReport]) -> None:
    day = days_with_sessions(demo.settings)[0]
    for labeller in MADE_UP:
        with labeller.open(demo.settings) as one, labeller.open(demo.settings) as other:
            assert one is not None
            assert other is not None
            first, second = one.tables(day), other.tables(day)
            assert all(table.equals(second[name]) for name, table in first.items())
            assert any(table.num_rows for table in first.values())


def test_labels_that_are_landed_are_not_out_of_date(
    demo: DemoHome, landed: Mapping[str, LandingReport]
) -> None:
    with STAND_IN.open(demo.settings) as labels:
        assert labels is not None
        assert list(dirty_dates(demo.settings.lake_dir, STAND_IN.dated_tables, labels)) == []


def test_labels_err_around_the_planted_truth_at_the_rate_that_is_stated(built: DemoHome) -> None:
    truth = {session.session_id: session for session in built.truth.sessions}
    rows = built.query(
        "select session_id, value_text from marts.fct_label_answers where is_current"
        " and labeller = 'stand_in' and classifier = 'work_mode' and field = 'work_mode'"
    )
    wrong = sum(truth[row["session_id"]].work_mode != row["value_text"] for row in rows)
    assert len(rows) > 200
    assert 0 < wrong / len(rows) < 2.5 * ERROR_RATE


def test_reviews_correct_what_the_stand_in_errs(built: DemoHome) -> None:
    sessions = [each for each in built.truth.sessions if is_judged(each)]
    planted = sum(each.outcome == "succeeded" for each in sessions) / len(sessions)
    found = one(
        built.query(
            "select estimate, interval_low, interval_high, n_users from metrics.rpt_corrected_rates"
            " where labeller = 'stand_in' and metric_name = 'judged_success' and agent = 'claude_code'"
            " and statistic = 'prediction_powered' and segment_name = 'all'"
        )
    )
    assert found["interval_low"] <= planted <= found["interval_high"]


def is_judged(session: SessionTruth) -> bool:
    return session.is_interactive and session.outcome != "no_clear_goal"


def test_a_claim_is_held_against_the_events_before_it(built: DemoHome) -> None:
    rows = built.query(
        "select value_text as backing from marts.fct_label_answers"
        " where labeller = 'stand_in' and classifier = 'claims' and field = 'backing' and is_current"
    )
    found = Counter(row["backing"] for row in rows)
    assert found["backed"] > found["unbacked"] > 0
    assert found[None] < len(rows) / 20


def test_people_and_stand_in_are_compared_under_their_own_names(built: DemoHome) -> None:
    found = built.query(
        "select distinct specification from metrics.rpt_labeller_agreement where labeller = 'stand_in'"
    )
    assert {"stand_in_and_human", "stand_in_and_rules"} <= {row["specification"] for row in found}


def test_a_made_up_figure_is_context_beside_a_published_value(built: DemoHome) -> None:
    found = built.query(
        "select distinct published_grade from metrics.rpt_published_beside_own where labeller = 'stand_in'"
        " and published_labelled_by is not null"
    )
    assert [row["published_grade"] for row in found] == ["context"]


def test_the_share_of_new_work_is_the_planted_one(built: DemoHome) -> None:
    """B4: of what is inferable 0.63, 0.21 and 0.16 are planted, and labels err around that."""
    rows = built.query(
        "select segment_value, sum(numerator) / sum(denominator) as share from metrics.rpt_label_shares"
        " where metric_name = 'new_work_share' and labeller = 'stand_in' and period_kind = 'overall'"
        " group by all"
    )
    found = {row["segment_value"]: row["share"] for row in rows}
    assert found.keys() == {"would_have_been_done", "deferred_cleanup", "exploratory"}
    assert sum(found.values()) == pytest.approx(1)
    assert found["would_have_been_done"] == pytest.approx(0.6, abs=0.1)
    assert found["deferred_cleanup"] == pytest.approx(0.22, abs=0.1)
    months = built.query(
        "select distinct period_start from metrics.rpt_label_shares"
        " where metric_name = 'new_work_share' and labeller = 'stand_in' and period_kind = 'month'"
    )
    assert len(months) > 1


def test_hours_are_valued_at_the_wages_that_were_supplied(built: DemoHome) -> None:
    """B16: the figure is of sessions whose occupation has a wage, computed here from the labels."""
    wages = {line["occupation"]: line["hourly_wage_usd"] for line in wage_lines()}
    rows = built.query(
        "select judged.work_occupation, labelled.human_hours, judged.agent"
        " from intermediate.int_sessions__judged as judged"
        " inner join intermediate.int_sessions__labelled as labelled using (session_id, labeller)"
        " where labeller = 'stand_in' and labelled.human_hours > 0"
    )
    values = [
        row["human_hours"] * wages[row["work_occupation"]]
        for row in rows
        if row["work_occupation"] in wages and row["agent"] == "claude_code"
    ]
    found = {
        row["metric_name"]: row
        for row in built.query(
            "select * from metrics.rpt_time_ratios where labeller = 'stand_in' and agent = 'claude_code'"
        )
    }
    assert found["work_value_at_wages_usd"]["estimate"] == pytest.approx(sum(values) / len(values))
    ratio = found["human_hours_per_agent_hour"]
    assert 0 < ratio["interval_low"] < ratio["estimate"] < ratio["interval_high"]


def test_no_other_home_gets_made_up_labels(home: DemoHome) -> None:
    assert [each.name for each in labellers_of(home.settings)] == ["rules", "claude", "human"]
    for labeller in MADE_UP:
        assert labeller is LABELLERS[labeller.name]
        with labeller.open(home.settings) as labels:
            assert labels is None


def test_reviews_of_people_take_the_place_of_made_up_ones(demo: DemoHome, tmp_path: Path) -> None:
    """In a copy whose people have answered nothing but opened the store: every made-up review goes."""
    reviewed = demo.copy(tmp_path)
    shutil.copy(demo.settings.home / TRUTH_FILE, reviewed.settings.home / TRUTH_FILE)
    assert landed_dates_of(reviewed) != []
    with open_reviews(reviewed.settings):
        pass
    with JudgeProcess() as judge:
        judge.start()
        run = LandingRun(RUN_ID, NOW, judge.judge_labels, limits=ALL_AT_ONCE)
        report = land_labels_by(STAND_IN_PEOPLE, reviewed.settings, None, run)
    assert not report.has_stopped
    assert landed_dates_of(reviewed) == []


def landed_dates_of(home: DemoHome) -> list[date]:
    """Dates with made-up reviews in the lake."""
    table = STAND_IN_PEOPLE.lake_tables["review_samples"]
    return [
        day
        for day in landed_days(home.settings.lake_dir, table)
        if partition_file(home.settings.lake_dir, table, day).exists()
    ]


def test_facts_of_records_rest_on_columns_that_are_read(home: DemoHome) -> None:
    """A column that the facts need and nobody reads would make every fact null that is made of it."""
    day = days_with_sessions(home.settings)[-1]
    whole = {each.session_id: each for each in sessions_of_day(reader_of(home.settings, day))}
    frames = list(frames_of_day(home.settings, day))
    assert frames
    for frame in frames:
        read, complete = record_facts(frame.session), record_facts(whole[frame.session.session_id])
        assert (read.actors, read.typed, read.tool_use_ids) == (
            complete.actors, complete.typed, complete.tool_use_ids,
        )  # fmt: skip
        assert read.said_at == complete.said_at
        assert None not in read.said_at.values()
        for record_id, events in complete.events.items():
            kinds = [(event.event_kind, event.is_success, event.occurred_at) for event in events]
            found = read.events[record_id]
            assert [(event.event_kind, event.is_success, event.occurred_at) for event in found] == kinds
