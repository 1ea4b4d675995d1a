"""Where sessions came from: labelling asks before there is a warehouse and knows it all the same."""

from orchestration.labelling.lake_sessions import days_with_sessions, frames_of_day
from tests.demo_lake import DemoHome, ReleasedDemo


def test_eligibility_and_the_warehouse_agree_on_every_session(released: ReleasedDemo) -> None:
    home = released.home
    surfaces = {
        row["session_id"]: row["surface"]
        for row in home.query("select session_id, surface from intermediate.int_sessions__surfaced")
    }
    found = {
        frame.session.session_id: frame.surface
        for day in days_with_sessions(home.settings)
        for frame in frames_of_day(home.settings, day)
    }
    assert set(surfaces.values()) > {"interactive"}
    assert found == {session_id: surfaces[session_id] for session_id in found}


def test_every_session_is_counted_by_its_surface(personal: DemoHome) -> None:
    counted = personal.query(
        "select agent, segment_value, numerator from metrics.rpt_activity"
        " where metric_name = 'sessions_by_surface'"
    )
    sessions = personal.query("select agent, surface, count(*) as n from marts.fct_sessions group by all")
    assert {(row["agent"], row["segment_value"]): row["numerator"] for row in counted} == {
        (row["agent"], row["surface"]): row["n"] for row in sessions
    }


def test_a_surface_with_a_single_session_is_hidden_from_a_team(released: ReleasedDemo) -> None:
    (row,) = released.home.query(
        "select numerator, is_suppressed from metrics.rpt_activity"
        " where metric_name = 'sessions_by_surface' and segment_value = 'sdk'"
    )
    assert (row["numerator"], row["is_suppressed"]) == (None, True)
