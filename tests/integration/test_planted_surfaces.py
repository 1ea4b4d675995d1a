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


def test_a_surface_of_too_few_sessions_is_hidden_from_a_team(
    released: ReleasedDemo, personal: DemoHome
) -> None:
    """It is left out, merged with others into a value of enough people, or a row without any number."""
    by_surface = "select * from metrics.rpt_activity where segment_name = 'surface'"
    least = released.home.settings
    (small,) = [row for row in personal.query(by_surface) if row["segment_value"] == "sdk"]
    assert 0 < small["numerator"] == small["n_sessions"] < least.min_sessions
    rows = released.home.query(by_surface)
    for row in (row for row in rows if row["segment_value"] == "sdk"):
        assert row["is_suppressed"]
        shown = [row[name] for name in ("numerator", "estimate", "n_sessions", "n_users")]
        assert shown == [None] * 4
    merged = [row for row in rows if "sdk" in (row["merged_values"] or "").split(", ")]
    for row in merged:
        assert len(row["merged_values"].split(", ")) > 1
        assert row["n_sessions"] is None or row["n_sessions"] >= least.min_sessions
        assert row["n_users"] is None or row["n_users"] >= least.min_users
    assert not (merged and any(row["segment_value"] == "sdk" for row in rows)), "counted twice"
