"""Excerpts: the end of a turn with the human's next words, and the first typed prompt alone."""

import pytest

from classifiers.subject.parts import Limits, document
from classifiers.subject.render_session import render_session
from classifiers.subject.render_turn import render_first_prompt, render_turns
from classifiers.subject.safe_text import UnsendableSubjectError
from classifiers.subject.subject import Subject
from orchestration.ingest.redaction.redact import Redactor
from tests.fakes.session_rows import SessionRows
from tests.fenced_document import read_document
from tests.shown_session import with_turns

STOPS = frozenset({"completed", "question", "plan_approval", "error"})


def excerpts(rows: SessionRows, ends: frozenset[str] = STOPS) -> list[Subject]:
    return render_turns(with_turns(rows).record(), ends=ends, redactor=Redactor(), limits=Limits())


def heads(subject: Subject) -> list[str]:
    return [record.short_id for record in subject.records]


def worked() -> SessionRows:
    rows = SessionRows()
    rows.says("Build it.")
    rows.agent_says("I start.")
    rows.runs("make", result_text="built")
    rows.runs("make test", result_text="3 passed")
    rows.agent_says("Done. Shall I push?")
    rows.says("Yes, push.", ends="interrupted")
    rows.runs("git push", result_text="pushing")
    rows.happens("interrupt", is_success=None)
    rows.says("Wait, wrong branch.")
    rows.agent_says("Sorry.")
    return rows


def test_excerpt_is_the_stop_two_records_before_it_and_the_next_human_record() -> None:
    first, last = excerpts(worked())
    assert heads(first) == ["c2", "t2", "a2", "h2"]
    assert first.records[2].place.endswith("· the turn ends here")
    assert sum("the turn ends here" in record.place for record in first.records) == 1
    assert heads(last) == ["h3", "a3"]  # nothing follows


def test_interrupted_turn_ends_at_the_interrupt() -> None:
    (subject,) = excerpts(worked(), frozenset({"interrupted"}))
    assert heads(subject) == ["c3", "t3", "x1", "h3"]
    assert "⟦the person interrupted the agent⟧" in document(subject)


def test_notices_of_the_program_after_the_agents_last_words_end_no_turn() -> None:
    rows = SessionRows()
    rows.says("Build it.")
    rows.agent_says("Done.")
    rows.agent_says("No response requested.")
    rows.responses[1] = rows.responses[1]._replace(is_synthetic=True)
    rows.happens("mode_change", detail="plan", is_success=None)
    rows.says("Thanks.")
    (subject, *_) = excerpts(rows)
    assert heads(subject) == ["h1", "a1", "h2"]


def test_error_of_the_model_ends_a_turn() -> None:
    rows = SessionRows()
    rows.says("Build it.", ends="error")
    rows.agent_says("I start.")
    rows.agent_says("API Error: 529")
    rows.responses[1] = rows.responses[1]._replace(is_synthetic=True, is_api_error=True)
    (subject,) = excerpts(rows)
    assert heads(subject) == ["h1", "a1", "x1"]
    assert subject.records[-1].place.endswith("the turn ends here")


def test_plan_that_was_stopped_shows_the_plan_as_the_stop_and_the_verdict_after_it() -> None:
    rows = SessionRows()
    rows.says("Plan it.", ends="plan_approval")
    call_id = rows.calls_tool(
        "ExitPlanMode", '{"plan":"1. do it"}', error_kind="denied_by_user", result_text="no"
    )
    rows.happens("plan_stopped", tool_use_id=call_id, is_success=None)
    rows.says("Make it smaller.")
    (subject,) = excerpts(rows)
    assert heads(subject) == ["h1", "c1", "x1", "h2"]
    assert subject.records[1].place.endswith("the turn ends here")


def test_turn_that_nobody_opened_may_be_one_record() -> None:
    rows = SessionRows()
    rows.says("lost", ends="completed")
    rows.agent_says("Done.")
    rows.acts.clear()
    rows.turns[0] = rows.turns[0]._replace(turn_id="r-msg2")
    (subject,) = excerpts(rows)
    assert heads(subject) == ["a1"]


def test_only_turns_that_end_so_and_in_which_the_agent_worked_are_shown() -> None:
    rows = worked()
    rows.says("/cost", kind="command", works=False)
    found = excerpts(rows)
    assert [subject.unit_id for subject in found] == [rows.turns[0].turn_id, rows.turns[2].turn_id]
    assert {subject.unit_kind for subject in found} == {"turn"}
    assert {subject.rendering for subject in found} == {"turn"}


def test_sub_agents_records_are_no_part_of_a_turns_end() -> None:
    rows = SessionRows()
    rows.says("Find out.")
    rows.agent_says("I ask.")
    rows.agent_says("sub-agent talks")
    rows.responses[1] = rows.responses[1]._replace(is_sidechain=True, agent_id="b1")
    (subject,) = excerpts(rows)
    assert heads(subject) == ["h1", "a1"]


def test_ids_are_those_of_the_whole_session() -> None:
    rows = with_turns(worked())
    whole = render_session(rows.record(), redactor=Redactor(), limits=Limits()).record_ids
    for subject in excerpts(worked()):
        assert subject.record_ids.items() <= whole.items()


def test_turn_of_which_nothing_is_shown_has_no_excerpt() -> None:
    rows = SessionRows()
    rows.says("Hello?")
    assert excerpts(rows) == []


def test_excerpt_changes_its_hash_with_its_own_records_only() -> None:
    before = [subject.input_hash for subject in excerpts(worked())]
    rows = worked()
    rows.responses[0] = rows.responses[0]._replace(text="I start at once.")
    assert [subject.input_hash for subject in excerpts(rows)] == before
    rows.responses[1] = rows.responses[1]._replace(text="Done.")
    after = [subject.input_hash for subject in excerpts(rows)]
    assert after[0] != before[0]
    assert after[1] == before[1]


class RefusesStart(Redactor):
    def redact(self, text: str, counts: object) -> str:
        if "start" in text:
            raise RuntimeError(f"{counts}")
        return text


def test_excerpt_needs_only_its_own_records_to_be_safe() -> None:
    session = with_turns(worked()).record()
    render_turns(session, ends=STOPS, redactor=RefusesStart(), limits=Limits())
    with pytest.raises(UnsendableSubjectError):
        render_session(session, redactor=RefusesStart(), limits=Limits())


def test_first_prompt_stands_alone() -> None:
    rows = SessionRows()
    rows.says("/init", kind="command")
    rows.says("Fix the login form on the settings page.")
    rows.says("And the logout.")
    subject = render_first_prompt(rows.record(), redactor=Redactor(), limits=Limits())
    assert subject is not None
    (record,) = read_document(document(subject))
    assert (record.short_id, record.text) == ("h2", "Fix the login form on the settings page.")
    assert (subject.unit_kind, subject.unit_id, subject.rendering) == ("session", "s1", "first_prompt")


@pytest.mark.parametrize("kind", ["command", "steering", "answer", "plan_implementation", "shell_command"])
def test_session_without_a_typed_prompt_has_no_first_prompt(kind: str) -> None:
    rows = SessionRows()
    rows.says("text", kind=kind)
    assert render_first_prompt(rows.record(), redactor=Redactor(), limits=Limits()) is None


def test_image_without_words_is_no_first_prompt() -> None:
    rows = SessionRows()
    rows.says("")
    rows.says("What is wrong here?")
    rows.acts[0] = rows.acts[0]._replace(text=None, has_image=True)
    subject = render_first_prompt(rows.record(), redactor=Redactor(), limits=Limits())
    assert subject is not None
    assert subject.records[0].text == "What is wrong here?"
