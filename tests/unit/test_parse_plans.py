"""A plan accepted can look like a rejection (format, traps 6 and 7, section 5)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.parsed import Tables, parse
from tests.transcripts import FEEDBACK, STOPPED, Transcript

PLAN = "# Plan: rename\n\n1. Rename it."
OLD = "11111111-1111-4111-8111-111111111111"
POINTER = (
    "\n\n\nIf you need specific details from before exiting plan mode (like exact code snippets, error"
    " messages, or content you generated), read the full transcript at: "
    f"/home/ann/.claude/projects/-home-ann-repo/{OLD}.jsonl"
)


def planning(session: str = OLD) -> tuple[Transcript, str]:
    """A session in plan mode that has put up its plan."""
    written = Transcript(session=session, mode="plan")
    written.prompt("Plan the renaming.")
    written.bash("ls")
    return written, written.calls("ExitPlanMode", {"plan": PLAN})


def stopped(tmp_path: Path, *more: Transcript) -> Tables:
    written, call = planning()
    written.wait(40).result(call, STOPPED, is_error=True, outcome="User rejected tool use")
    written.step = 0.002
    written.interrupt(for_tool=True)
    return parse(tmp_path, written, *more)


def carrying_out(**fields: Any) -> Transcript:
    written = Transcript(session="22222222-2222-4222-8222-222222222222")
    written.at += timedelta(minutes=2)
    written.prompt(f"Implement the following plan:\n\n{PLAN}{POINTER}", permissionMode=None, **fields)
    written.bash("mv a b")
    written.says("Renamed.")
    return written


def test_plan_accepted_in_place_opens_the_turn_that_carries_it_out(tmp_path: Path) -> None:
    written, call = planning()
    accepted = "User has approved your plan. You can now start coding."
    written.wait(300).result(call, accepted, outcome={"plan": PLAN, "isAgent": False, "filePath": "/p.md"})
    written.bash("mv a b")
    written.says("Renamed.")
    tables = parse(tmp_path, written)
    assert tables.kinds() == ["prompt", "plan_accepted"]
    assert tables.column("turns", "opened_by") == ["prompt", "plan_accepted"]
    assert tables.column("turns", "end_reason") == ["plan_approval", "completed"]
    planned, carried_out = tables.turns
    assert planned["wall_seconds"] == 3.0  # the wait for the human's verdict is in neither turn
    assert carried_out["wall_seconds"] == 3.0
    assert tables.events_of("denial") == []


def test_plan_answered_with_stop_is_neither_denial_nor_interrupt(tmp_path: Path) -> None:
    tables = stopped(tmp_path)
    (event,) = tables.events
    assert event["event_kind"] == "plan_stopped"
    assert event["plan_hash"]
    (turn,) = tables.turns
    assert (turn["interrupt_count"], turn["denial_count"]) == (0, 0)
    assert turn["end_reason"] == "plan_approval"
    assert tables.kinds() == ["prompt"]


@pytest.mark.parametrize("fields", [{"planContent": PLAN}, {}], ids=["planContent", "text only"])
def test_session_that_carries_out_a_stopped_plan_points_at_it(tmp_path: Path, fields: dict[str, Any]) -> None:
    tables = stopped(tmp_path, carrying_out(**fields))
    later = tables.one("sessions", session_id="22222222-2222-4222-8222-222222222222")
    assert later["continues_session_id"] == OLD
    (event,) = tables.events_of("plan_stopped")
    assert later["implements_plan_hash"] == event["plan_hash"]
    assert len(tables.sessions) == 2  # plan continuations do not merge
    assert tables.one("turns", session_id=later["session_id"])["opened_by"] == "plan_implementation"
    act = tables.one("human_acts", session_id=later["session_id"])
    assert (act["act_kind"], act["is_typed"]) == ("plan_implementation", False)


def test_plan_sent_back_with_feedback_opens_the_next_turn(tmp_path: Path) -> None:
    written, call = planning()
    outcome = "Error: " + FEEDBACK + "keep the old name"
    written.result(call, FEEDBACK + "keep the old name", is_error=True, outcome=outcome)
    written.says("Then I keep it.")
    tables = parse(tmp_path, written)
    assert tables.kinds() == ["prompt", "plan_rejected"]
    act = tables.one("human_acts", act_kind="plan_rejected")
    assert (act["text"], act["word_count"]) == ("keep the old name", 4)
    assert tables.column("turns", "opened_by") == ["prompt", "plan_rejected"]
    assert tables.column("turns", "end_reason") == ["plan_approval", "completed"]


def test_staying_in_plan_mode_sends_the_plan_back(tmp_path: Path) -> None:
    written, call = planning()
    text = "User chose to stay in plan mode and continue planning"
    written.result(call, text, is_error=True, outcome=f"Error: {text}")
    written.says("I go on planning.")
    tables = parse(tmp_path, written)
    assert tables.kinds() == ["prompt", "plan_rejected"]
    assert tables.one("human_acts", act_kind="plan_rejected")["text"] is None


def test_plan_of_an_abandoned_session_waits_for_approval(tmp_path: Path) -> None:
    written, _ = planning()
    tables = parse(tmp_path, written)
    assert tables.one("turns")["end_reason"] == "plan_approval"


@pytest.mark.parametrize("outcome", [{"awaitingLeaderApproval": True, "requestId": "r"}, None])
def test_plan_that_a_teammate_hands_in_is_put_to_no_person(tmp_path: Path, outcome: Any) -> None:
    """The lead decides, an agent (https://github.com/anthropics/claude-code/issues/27265)."""
    written = Transcript(version="2.1.170", mode=None, more={"teamName": "shop", "agentName": "researcher"})
    written.user('<teammate-message teammate_id="team-lead">plan the move</teammate-message>')
    call = written.calls("ExitPlanMode", {"plan": PLAN})
    told = "Your plan has been submitted to the team lead for approval.\n\nPlan file: /p.md"
    written.result(call, told, outcome=outcome)
    written.says("I wait for the verdict.")
    tables = parse(tmp_path, written)
    assert tables.human_acts == []
    (turn,) = tables.turns
    assert (turn["opened_by"], turn["end_reason"]) == ("machine_message", "completed")
    assert tables.one("sessions")["surface"] == "no_human_act"
