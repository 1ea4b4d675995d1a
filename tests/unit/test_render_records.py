"""What each kind of row shows: whose it is, its words, its marks, how it ended."""

from typing import Any, get_args

import pytest

from classifiers.label_rows.record_facts import record_facts
from orchestration.ingest.rows import HarnessTextKind, RawResponse
from tests.fakes.session_rows import SessionRows
from tests.shown_session import changed, of_actor, rendered, shown, with_turns, worked


def test_call_shows_tool_and_input_line_by_line_and_result_shows_what_it_did() -> None:
    (call,) = [record for record in of_actor(worked(), "agent") if record.short_id == "c1"]
    (result,) = of_actor(worked(), "tool")
    assert call.text == "Bash\ncommand: git commit -m test\ndescription:"
    assert result.text == "[main 3f2a9c1] test\n 1 file changed\n⟦fact: commit, succeeded⟧"


def test_input_that_the_lake_cut_is_shown_as_it_is() -> None:
    rows = SessionRows()
    rows.calls_tool("Write", '{"content":"a\n[… about 9000 bytes left out …]\nb"}', input_byte_count=9_040)
    assert shown(rows)[0].text.startswith('Write\n{"content":"a\n[… about')


@pytest.mark.parametrize(
    ("values", "ended"),
    [
        ({"exit_code": 2, "is_error": True, "error_kind": "exit_code"}, "exit code 2"),
        ({"is_error": True, "error_kind": "other"}, "failed"),
        ({"is_interrupted": True, "error_kind": "interrupted"}, "interrupted"),
        ({"is_background": True}, "in the background"),
        ({"error_kind": "denied_by_rule"}, "refused by a rule"),
        ({"error_kind": "collateral"}, "cancelled because a parallel call failed"),
        ({"error_kind": "denied_by_user"}, "refused by the person"),
    ],
)
def test_head_of_a_result_says_how_the_call_ended(values: dict[str, Any], ended: str) -> None:
    rows = SessionRows()
    rows.calls_tool("Bash", "make", result_text="output", **values)
    assert shown(rows)[-1].place == f"between turns · result of c1 · {ended} · +0h00m"


def test_call_without_result_and_result_without_call_say_so() -> None:
    rows = SessionRows()
    rows.calls_tool("Bash", "make", has_result=False)
    rows.calls_tool("Bash", None, has_call=False, result_text="done")
    call, result = shown(rows)
    assert call.text.endswith("⟦no result in the transcript⟧")
    assert "result of a call that is not in the transcript" in result.place


def test_human_acts_without_words_are_marks() -> None:
    rows = SessionRows()
    rows.says("look")
    changed(rows, "acts", 0, text=None, has_image=True)
    rows.calls_tool("ExitPlanMode", '{"plan":"do it"}')
    rows.says("", kind="plan_accepted")
    changed(rows, "acts", 1, text=None, is_typed=False, tool_use_id=rows.calls[0].tool_use_id)
    first, verdict = of_actor(rows, "human")
    assert first.text == "⟦image⟧"
    assert verdict.text == "⟦accepted the plan⟧"
    assert "verdict on the plan of c1" in verdict.place


def test_answer_stands_once_as_the_humans_and_not_again_as_the_tools() -> None:
    rows = SessionRows()
    call_id = rows.calls_tool(
        "AskUserQuestion", '{"questions":["Which?"]}', result_text="User has answered: the first"
    )
    rows.says("the first", kind="answer")
    changed(rows, "acts", 0, tool_use_id=call_id, is_typed=False)
    assert [record.text for record in of_actor(rows, "human")] == ["the first"]
    assert of_actor(rows, "tool") == []


def test_refused_call_is_a_mark_of_the_harness_in_place_of_its_text() -> None:
    rows = SessionRows()
    call_id = rows.calls_tool(
        "Bash", "rm -r build", error_kind="denied_by_user", result_text="The user doesn't want to proceed"
    )
    rows.happens("denial", tool_use_id=call_id, is_success=None)
    rows.happens("interrupt", is_success=None)
    assert [record.text for record in of_actor(rows, "harness")] == [
        "⟦the person refused c1⟧",
        "⟦the person interrupted the agent⟧",
    ]
    assert of_actor(rows, "tool") == []


def test_refusal_comes_before_what_the_person_said_with_it() -> None:
    rows = SessionRows()
    call_id = rows.calls_tool("Edit", "{}", error_kind="denied_by_user", result_text="The user doesn't want")
    rows.happens("denial", tool_use_id=call_id, is_success=None)
    rows.says("use the other file", kind="denial_feedback")
    changed(rows, "acts", 0, tool_use_id=call_id, acted_at=rows.events[0].occurred_at)
    assert [(each.short_id, each.text) for each in shown(rows)[1:]] == [
        ("x1", "⟦the person refused c1⟧"),
        ("h1", "use the other file"),
    ]


def test_commands_are_shown_as_typed() -> None:
    rows = SessionRows()
    rows.says("src/app.py", kind="command")
    changed(rows, "acts", 0, command_name="review", is_typed=True)
    rows.says("/compact now", kind="command")
    rows.says("ls", kind="shell_command")
    assert [record.text for record in of_actor(rows, "human")] == [
        "/review src/app.py",
        "/compact now",
        "! ls",
    ]


def test_prompt_that_the_program_wrote_is_the_harness_and_says_whose_act_it_is() -> None:
    rows = SessionRows()
    rows.says("Implement the following plan:\n1. do it", kind="plan_implementation")
    (record,) = of_actor(rows, "harness")
    assert record.text.startswith("Implement the following plan:")
    assert record.text.endswith("⟦the person accepted a plan, and the program wrote this prompt⟧")


def test_message_of_the_program_in_the_agents_place_is_the_harness() -> None:
    rows = SessionRows()
    rows.agent_says("API Error: 529 overloaded")
    changed(rows, "responses", 0, is_synthetic=True, is_api_error=True)
    rows.happens("api_error")
    changed(rows, "events", 0, record_id=rows.responses[0].record_id)
    (record,) = shown(rows)
    assert (record.actor, record.text) == ("harness", "API Error: 529 overloaded")


def test_sub_agents_records_are_short_and_marked_with_number_and_depth() -> None:
    rows = SessionRows()
    rows.says("Find out.")
    rows.calls_tool("Task", '{"prompt":"look"}', spawned_agent_id="b7")
    rows.calls_tool("Task", '{"prompt":"deeper"}', is_sidechain=True, agent_id="b7", spawned_agent_id="c9")
    rows.agent_says("y" * 5_000)
    changed(rows, "responses", 0, is_sidechain=True, agent_id="c9")
    *_, deeper, said = [record for record in shown(rows) if record.actor == "agent"]
    assert "sub-agent 1 at depth 1" in deeper.place
    assert "sub-agent 2 at depth 2" in said.place
    assert len(said.text) < 900


def test_permission_mode_is_shown_only_by_a_known_name() -> None:
    rows = SessionRows()
    rows.happens("mode_change", detail="plan")
    rows.happens("mode_change", detail="⟧ outcome: succeeded")
    assert [record.text for record in shown(rows)] == [
        "⟦permission mode is plan⟧",
        "⟦permission mode is another one⟧",
    ]


def test_unsettled_and_failed_facts_say_so() -> None:
    rows = SessionRows()
    call_id = rows.runs("git commit; pytest", result_text="…")
    rows.happens("commit", tool_use_id=call_id, is_success=None)
    rows.happens("test_run", tool_use_id=call_id, is_success=False, tests_passed=3, tests_failed=1)
    assert shown(rows)[-1].text.splitlines()[1:] == [
        "⟦fact: commit, end not settled⟧",
        "⟦fact: test run, failed, 3 passed, 1 failed⟧",
    ]


def test_event_whose_call_is_not_shown_stands_alone() -> None:
    rows = SessionRows()
    rows.happens("commit", tool_use_id="toolu-elsewhere")
    rows.happens("pull_request_opened")
    assert [record.text for record in of_actor(rows, "harness")] == [
        "⟦fact: commit, succeeded⟧",
        "⟦fact: pull request opened, succeeded⟧",
    ]


def test_response_without_words_shows_nothing() -> None:
    rows = SessionRows()
    rows.agent_says("  \n")
    rows.responses.append(rows.responses[0]._replace(response_id="m2", text=None))
    assert isinstance(rows.responses[0], RawResponse)
    assert rendered(rows).records == ()


def test_text_of_the_harness_is_shown_as_the_harness_s_with_its_kind_where_it_was_said() -> None:
    rows = worked()
    rows.harness_says("Keep to the plan.", kind="reminder")
    rows.says("Go on.")
    *_, text, last = shown(with_turns(rows))
    assert (text.actor, text.text) == ("harness", "Keep to the plan.")
    assert text.place == "turn 2 · reminder · +0h05m"
    assert last.actor == "human"


def test_every_kind_of_harness_text_says_what_it_is() -> None:
    rows = SessionRows()
    for kind in sorted(get_args(HarnessTextKind)):
        rows.harness_says("text", kind=kind, is_sidechain=True)
    notes = [record.place.split(" · ")[2] for record in of_actor(rows, "harness")]
    assert len(set(notes)) == len(notes) == len(get_args(HarnessTextKind))


def test_marker_of_an_interruption_is_shown_once_as_what_it_marks() -> None:
    rows = worked()
    rows.happens("interrupt", record_id="i")
    rows.harness_says("[Request interrupted by user]", kind="interrupt")
    (mark,) = of_actor(rows, "harness")
    assert "Request interrupted" not in mark.text
    rows.harness_says("[Request interrupted by user]", kind="interrupt", is_sidechain=True)
    assert [record.text for record in of_actor(rows, "harness")][1:] == ["[Request interrupted by user]"]


def test_long_instructions_are_condensed_and_a_summary_keeps_more() -> None:
    rows = SessionRows()
    rows.harness_says("i" * 7_000)
    rows.harness_says("s" * 7_000, kind="compaction_summary")
    instructions, summary = rendered(rows).records
    assert (instructions.left_out_count, summary.left_out_count) == (5_000, 0)
    assert "⟦… 5,000 characters left out …⟧" in instructions.text


def test_what_the_lake_cut_out_of_a_harness_text_counts_as_left_out() -> None:
    rows = SessionRows()
    cut = "a\n[… about 9000 bytes left out …]\nb"
    rows.harness_says(cut, byte_count=9_000 + len(cut.encode()))
    (record,) = rendered(rows).records
    assert record.left_out_count == 9_000


def test_harness_text_is_evidence_of_the_harness_alone() -> None:
    rows = worked()
    text_id = rows.harness_says("Perfect, it works.", kind="reminder")
    facts = record_facts(rows.record())
    assert facts.actors[text_id] == {"harness"}
    assert text_id not in facts.typed
