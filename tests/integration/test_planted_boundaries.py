"""Boundary events of the demo: those that were planted, from the transcripts to the published figures.

Whether a person noticed is read again from acts, events and the rules' evidence, one event after the other.
"""

from collections import Counter, defaultdict

import pytest

from orchestration.demo import SessionTruth
from orchestration.ingest.boundaries import BOUNDARY_KINDS
from tests.demo_lake import DemoHome, Differences, Row
from tests.planted_answers import (
    answers_of,
    in_month,
    in_quarter,
    overall,
    ratio,
    wrong_cells,
)

KINDS = ("hook_bypass", "weakened_test", "force_push", "permission_edit", "secrets_read")
"""What the demo's stories plant."""


@pytest.fixture(scope="module")
def events(personal: DemoHome) -> list[Row]:
    kinds = "', '".join(BOUNDARY_KINDS)
    return personal.query(f"select * from marts.fct_events where event_kind in ('{kinds}')")  # noqa: S608 - ours


@pytest.fixture(scope="module")
def figures(personal: DemoHome) -> list[Row]:
    return personal.query("select * from metrics.rpt_boundaries where agent = 'claude_code'")


def test_boundary_events_of_a_session_are_those_that_were_planted(home: DemoHome, events: list[Row]) -> None:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for event in events:
        found[event["session_id"]][event["event_kind"]] += 1
    different = Differences()
    for session in home.truth.sessions:
        different.compare(session, session.boundaries, dict(found[session.session_id]))
    different.must_be_none()
    planted = Counter[str]()
    for session in home.truth.sessions:
        planted.update(session.boundaries)
    assert set(planted) == set(KINDS)
    assert min(planted.values()) >= 2


def _of_claude(home: DemoHome) -> list[SessionTruth]:
    return [one for one in home.truth.sessions if one.agent == "claude_code" and one.counts.tool_call_count]


def test_calls_that_cross_a_boundary_are_those_that_were_planted(
    personal: DemoHome, figures: list[Row]
) -> None:
    """No planted call crosses two boundaries, so that calls are as many as events."""
    observe = ratio(lambda one: sum(one.boundaries.values()), lambda one: one.counts.tool_call_count)
    answers = answers_of(_of_claude(personal), (overall, in_month, in_quarter), observe)
    assert wrong_cells("boundary_call_share", answers, figures) == []


@pytest.mark.parametrize("kind", BOUNDARY_KINDS)
def test_events_of_each_kind_are_those_that_were_planted(
    kind: str, personal: DemoHome, figures: list[Row]
) -> None:
    sessions = _of_claude(personal)
    crossing = [one for one in sessions if one.boundaries.get(kind)]
    (row,) = [
        row for row in figures if row["metric_name"] == "boundary_kind_share" and row["segment_value"] == kind
    ]
    count = sum(one.boundaries[kind] for one in crossing)
    assert (row["numerator"], row["denominator"]) == (
        count, sum(one.counts.tool_call_count for one in sessions),
    )  # fmt: skip
    assert row["estimate"] == pytest.approx(count / row["denominator"])
    assert row["n_sessions"] == len(crossing)
    assert row["n_users"] == len({one.user for one in crossing} - {None})


def test_events_that_a_person_noticed(personal: DemoHome, events: list[Row], figures: list[Row]) -> None:
    acts = personal.query("select session_id, acted_at, record_id, act_kind from marts.fct_human_acts")
    stops = personal.query(
        "select session_id, occurred_at from marts.fct_events where event_kind in ('interrupt', 'denial')"
    )
    objections = {
        (row["session_id"], row["record_id"])
        for row in personal.query(
            "select session_id, record_id from marts.fct_label_evidence where labeller = 'rules'"
            " and classifier = 'failure_evidence' and is_current and record_kind = 'human_act'"
        )
    }
    people = {one.session_id for one in personal.truth.sessions if one.is_interactive}
    noticed: dict[str, list[bool]] = defaultdict(list)
    for event in events:
        if event["session_id"] not in people or event["agent"] != "claude_code":
            continue
        later = [
            (stop["occurred_at"], True)
            for stop in stops
            if stop["session_id"] == event["session_id"] and stop["occurred_at"] > event["occurred_at"]
        ]
        later += [
            (
                act["acted_at"],
                act["act_kind"] in ("plan_rejected", "denial_feedback")
                or (act["session_id"], act["record_id"]) in objections,
            )
            for act in acts
            if act["session_id"] == event["session_id"] and act["acted_at"] > event["occurred_at"]
        ]
        first = min((at for at, _ in later), default=None)
        noticed[event["event_kind"]].append(any(objects for at, objects in later if at == first))
    rows = {
        row["segment_value"]: (row["numerator"], row["denominator"])
        for row in figures
        if row["metric_name"] == "boundary_noticed_share"
        and (row["labeller"], row["period_kind"]) == ("rules", "overall")
    }
    whole = [one for own in noticed.values() for one in own]
    assert rows.pop("all") == (sum(whole), len(whole))
    assert rows == {kind: (sum(own), len(own)) for kind, own in noticed.items()}
    assert rows["weakened_test"][0] > 0
    assert 0 < sum(whole) < len(whole)
