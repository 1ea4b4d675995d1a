"""Steps of judged cases become real transcripts, and the real parser reads what the steps say."""

import json
from pathlib import Path
from typing import Any

import pytest

from classifiers.answers.steering_shares import judged_prompts
from classifiers.catalog.interrupt_reason import CLASSIFIER as INTERRUPT_REASON
from classifiers.catalog.outcome import CLASSIFIER as OUTCOME
from classifiers.catalog.stop_reason import CLASSIFIER as STOP_REASON
from classifiers.classifier import Classifier
from classifiers.evaluation import cases as cases_module
from classifiers.evaluation.case_steps import CaseLine
from classifiers.evaluation.cases import Case, CasesError, read_cases, transcript_of
from orchestration.ingest.rows import RawEvent, RawHumanAct, RawToolCall

SECRET_WORDS = "the words of a transcript"


def line(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "case_id": "outcome-01",
        "split": "dev",
        "is_adversarial": False,
        "note": "why",
        "session": list(steps),
        "expected": {"outcome": "succeeded"},
        **more,
    }


def case(*steps: dict[str, Any], **more: Any) -> Case:
    read = CaseLine.model_validate(line(*steps, **more))
    return Case(read.case_id, read.split, read.is_adversarial, read.note, read.session, read.expected)


def acts(*steps: dict[str, Any]) -> list[RawHumanAct]:
    return list(case(*steps).session.acts)


def ends(*steps: dict[str, Any]) -> list[str]:
    return [turn.end_reason for turn in case(*steps).session.turns]


def calls(*steps: dict[str, Any]) -> list[RawToolCall]:
    return list(case(*steps).session.calls)


def events(*steps: dict[str, Any]) -> list[RawEvent]:
    return list(case(*steps).session.events)


PROMPT = {"human": "Please begin."}
BASH = {"tool": "Bash", "input": {"command": "ls"}, "result": "a.py"}


def test_a_text_before_a_prompt_or_at_the_end_ends_the_turn() -> None:
    assert ends(PROMPT, BASH, {"agent": "Done."}, {"human": "More."}, {"agent": "Done."}) == [
        "completed",
        "completed",
    ]


def test_a_text_before_more_work_ends_nothing() -> None:
    assert ends(PROMPT, {"agent": "I will look."}, BASH, {"agent": "Done."}) == ["completed"]


def test_a_question_at_the_end_is_a_question_once_the_person_goes_on() -> None:
    steps = (PROMPT, {"agent": "Which one do you mean?"}, {"human": "The first."})
    assert ends(*steps)[0] == "question"


def test_an_interrupt_ends_the_turn_as_interrupted() -> None:
    assert ends(PROMPT, BASH, {"interrupt": True}, {"human": "No."})[0] == "interrupted"
    assert [e.event_kind for e in events(PROMPT, BASH, {"interrupt": True})] == ["interrupt"]


def test_a_text_typed_mid_run_steers_and_opens_no_turn() -> None:
    found = case(PROMPT, {"agent": "I look."}, {"steer": "only in src"}, BASH, {"agent": "Done."}).session
    assert len(found.turns) == 1
    assert [(act.act_kind, act.text, act.is_mid_run) for act in found.acts] == [
        ("prompt", "Please begin.", False),
        ("steering", "only in src", True),
    ]


def test_text_of_the_harness_is_no_act() -> None:
    assert [act.text for act in acts(PROMPT, {"harness": "Remember the rules."}, BASH)] == ["Please begin."]


def test_a_denial_with_feedback_goes_on_and_one_without_stops() -> None:
    call = {"tool": "Bash", "input": {"command": "git push"}}
    fed_back = (PROMPT, {"deny": {**call, "feedback": "not yet"}}, {"agent": "I wait."})
    assert ends(*fed_back) == ["completed"]
    assert acts(*fed_back)[1].text == "not yet"
    stopped = case(PROMPT, {"deny": call}).session
    assert [turn.end_reason for turn in stopped.turns] == ["interrupted"]
    assert [event.event_kind for event in stopped.events] == ["denial"]


def test_an_answered_question_opens_a_turn_and_an_open_one_waits() -> None:
    answered = (PROMPT, {"answer": {"question": "A or B?", "chosen": "B"}}, {"agent": "B then."})
    assert ends(*answered) == ["question", "completed"]
    assert acts(*answered)[1].text == "B"
    assert ends(PROMPT, {"answer": {"question": "A?", "chosen": None, "options": ["A", "B"]}}) == ["question"]


def test_plans_are_accepted_sent_back_stopped_or_left_open() -> None:
    def kinds(**plan: Any) -> list[str]:
        steps = (PROMPT, {"plan": {"text": "1. Do it.", **plan}}, {"agent": "On it."})
        return [act.act_kind for act in acts(*steps)]

    assert kinds(accepted=True) == ["prompt", "plan_accepted"]
    assert kinds(accepted=False, feedback="smaller") == ["prompt", "plan_rejected"]
    assert ends(PROMPT, {"plan": {"text": "1.", "accepted": False}}) == ["plan_approval"]
    assert ends(PROMPT, {"plan": {"text": "1.", "accepted": None}}) == ["plan_approval"]


def test_an_api_error_ends_the_turn_as_an_error() -> None:
    assert ends(PROMPT, BASH, {"api_error": "API Error: 529 overloaded"}) == ["error"]


def test_commands_make_the_events_that_their_output_shows() -> None:
    commit = {
        "tool": "Bash",
        "input": {"command": "git commit -am x"},
        "result": "[main 1a2b3c4] x\n 1 file changed",
    }
    tests = {
        "tool": "Bash",
        "input": {"command": "pytest -q"},
        "result": "2 failed, 3 passed",
        "exit_code": 1,
    }
    found = {event.event_kind: event for event in events(PROMPT, commit, tests, {"agent": "Done."})}
    assert found["commit"].is_success is True
    assert (found["test_run"].tests_passed, found["test_run"].is_success) == (3, False)


def test_a_failing_command_has_an_exit_code_and_a_failing_tool_an_error() -> None:
    failing = {**BASH, "is_error": True}
    missing = {
        "tool": "Read",
        "input": {"file_path": "/a"},
        "result": "File does not exist.",
        "is_error": True,
    }
    first, second = calls(PROMPT, failing, missing)
    assert (first.error_kind, first.exit_code) == ("exit_code", 1)
    assert (second.error_kind, second.exit_code) == ("other", None)


def test_a_write_makes_a_file_unless_it_was_met_before() -> None:
    write = {"tool": "Write", "input": {"file_path": "/p/a.py", "content": "x\ny\n"}}
    read = {"tool": "Read", "input": {"file_path": "/p/a.py"}, "result": "x"}
    (made,) = calls(PROMPT, write)
    assert (made.is_new_file, made.lines_added) == (True, 2)
    assert calls(PROMPT, read, write)[1].is_new_file is False


def test_an_edit_has_the_lines_of_its_patch() -> None:
    edit = {"tool": "Edit", "input": {"file_path": "/a", "old_string": "x", "new_string": "y\nz"}}
    (changed,) = calls(PROMPT, edit)
    assert (changed.lines_added, changed.lines_removed) == (2, 1)


def test_every_record_of_a_case_is_read_and_has_a_fate() -> None:
    found = case(PROMPT, BASH, {"steer": "go"}, {"agent": "Done."})
    records = [json.loads(each) for each in transcript_of(found).splitlines()]
    named = [record["uuid"] for record in records if "uuid" in record]
    assert len(set(named)) == len(named)
    parents = [record["parentUuid"] for record in records if "uuid" in record]
    assert parents == [None, *named[:-1]]
    assert [record["timestamp"] for record in records] == sorted(record["timestamp"] for record in records)


def test_the_same_case_is_the_same_transcript_and_shows_nothing_of_what_is_expected() -> None:
    steps = (PROMPT, BASH, {"agent": "Done."})
    first, again = case(*steps), case(*steps, note="other", expected={"outcome": "failed"})
    assert transcript_of(first) == transcript_of(again)
    assert b"succeeded" not in transcript_of(first)


def test_the_judged_prompts_are_the_typed_ones_after_the_first() -> None:
    found = case(
        PROMPT,
        {"steer": "faster"},
        {"answer": {"question": "A?", "chosen": "A"}},
        {"agent": "ok"},
        {"human": "thanks"},
    )
    assert [act.text for act in judged_prompts(found.session)] == ["faster", "thanks"]


def test_a_turn_s_case_is_about_the_last_turn_that_ended_as_asked() -> None:
    steps = (PROMPT, {"agent": "A."}, {"human": "More."}, {"agent": "B?"}, {"human": "Yes."}, BASH)
    turns = case(*steps).session.turns
    assert case(*steps).unit_id(STOP_REASON) == turns[1].turn_id
    with pytest.raises(CasesError, match=r"outcome-01: no turn ends in one of interrupted"):
        case(*steps).unit_id(INTERRUPT_REASON)


def test_a_session_s_case_is_about_the_session() -> None:
    found = case(PROMPT, {"agent": "A."})
    assert found.unit_id(OUTCOME) == found.session.session_id == "outcome-01"


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Classifier:
    """A classifier whose folder is the test's own."""
    monkeypatch.setattr(Classifier, "folder", property(lambda _self: tmp_path))
    return OUTCOME


def write_cases(classifier: Classifier, *lines: Any) -> None:
    text = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines)
    (classifier.folder / cases_module.CASES_FILE).write_text(text)


def test_cases_are_read_in_order_and_blank_lines_skipped(entry: Classifier) -> None:
    write_cases(entry, line(PROMPT), "", line(PROMPT, case_id="outcome-02", split="test"))
    assert [(each.case_id, each.split) for each in read_cases(entry)] == [
        ("outcome-01", "dev"),
        ("outcome-02", "test"),
    ]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (line({"humans": SECRET_WORDS}), "a step has exactly one of the keys human, agent"),
        (line({"human": "a", "agent": SECRET_WORDS}), "a step has exactly one of the keys"),
        (line({"human": "a", "more": SECRET_WORDS}), r"more: Extra inputs are not permitted"),
        (line({"agent": SECRET_WORDS}), "a session holds at least one prompt"),
        (line(PROMPT, split="train"), "split: Input should be 'dev' or 'test'"),
        (line(PROMPT, case_id=SECRET_WORDS), "case_id: String should match pattern"),
        (line(PROMPT, expected={}), "expected: Dictionary should have at least 1 item"),
        ('{"case_id": "the words of a transcript', "the line: Invalid JSON"),
    ],
)
def test_a_bad_line_is_named_without_its_words(entry: Classifier, bad: Any, said: str) -> None:
    write_cases(entry, line(PROMPT), bad)
    with pytest.raises(CasesError, match=rf"cases.jsonl, line 2: .*{said}") as raised:
        read_cases(entry)
    assert SECRET_WORDS not in str(raised.value)


def test_a_case_id_stands_once(entry: Classifier) -> None:
    write_cases(entry, line(PROMPT), line(PROMPT))
    with pytest.raises(CasesError, match="line 2: outcome-01 stands there twice"):
        read_cases(entry)


def test_missing_cases_say_what_to_do(entry: Classifier) -> None:
    with pytest.raises(CasesError, match=r"is missing\. Every classifier has judged cases"):
        read_cases(entry)
