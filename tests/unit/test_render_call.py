"""One tool call as it is judged: the opening, what came right before it, the call, and never its result."""

from collections import Counter
from typing import ClassVar

import pytest

from classifiers.call_units import call_unit_id
from classifiers.subject.parts import Limits, document
from classifiers.subject.record_drafts import _HARNESS_NOTES
from classifiers.subject.render_call import BEFORE_CHARS, CALL_CHARS, OPENING_CHARS, CallSubjects
from classifiers.subject.safe_text import UnsendableSubjectError
from classifiers.subject.subject import Subject
from orchestration.ingest.redaction.redact import Redactor
from tests.fakes.session_rows import SessionRows
from tests.fenced_document import read_document
from tests.shown_session import with_turns


def subjects(rows: SessionRows) -> list[Subject]:
    """Every call of the session, in time order."""
    session = with_turns(rows).record()
    calls = CallSubjects(session, redactor=Redactor(), limits=Limits())
    found = [calls.of(call_unit_id(call)) for call in session.calls]
    return [one for one in found if one is not None]


def heads(subject: Subject) -> list[str]:
    return [record.short_id for record in subject.records]


def test_a_call_is_shown_with_what_came_before_it_and_without_its_result() -> None:
    rows = SessionRows()
    rows.says("Ship it.")
    rows.agent_says("I build first.")
    rows.runs("make", result_text="built in 3 s")
    rows.runs("git push", result_text="rejected by the remote")
    rows.agent_says("It was rejected.")
    first, second = subjects(rows)
    assert (second.unit_kind, second.rendering, second.session_id) == ("tool_call", "tool_call", "s1")
    assert heads(first) == ["h1", "a1", "c1"]
    assert heads(second) == ["h1", "a1", "c1", "t1", "c2"]
    assert second.records[-1].place.endswith("the call to judge")
    assert "built in 3 s" in document(second)
    assert "rejected" not in document(second)
    assert first.unit_id != second.unit_id
    assert first.input_hash != second.input_hash


def test_the_middle_is_left_out_the_opening_stays_and_coverage_says_so() -> None:
    rows = SessionRows()
    rows.says("Find the leak.")
    for number in range(60):
        rows.runs(f"step {number}", result_text=f"output {number} " * 60)
    *_, last = subjects(rows)
    shown = heads(last)
    assert shown[0] == "h1"
    assert shown[-1] == "c60"
    assert "c2" not in shown
    # 119 records came between: what is not shown is counted where it is left out.
    assert f"{120 - len(shown)} earlier records left out" in last.records[1].place
    assert sum(len(record.text) for record in last.records[1:-1]) <= BEFORE_CHARS * 1.2
    assert 0 < last.coverage < 0.5
    read_document(document(last))


def test_long_records_are_cut_in_their_middle() -> None:
    rows = SessionRows()
    rows.says("a" * 50_000 + " the end of the prompt")
    rows.runs("echo " + "x" * 50_000)
    (call,) = subjects(rows)
    prompt, own = call.records
    assert len(prompt.text) < OPENING_CHARS + 100
    assert prompt.text.endswith("the end of the prompt")
    assert len(own.text) < CALL_CHARS + 100
    assert "characters left out" in prompt.text


def test_a_system_prompt_opens_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_HARNESS_NOTES, "system_prompt", "system prompt")  # type: ignore[misc]
    rows = SessionRows()
    rows.harness_says("You may only read.", kind="system_prompt")
    for number in range(40):
        rows.says(f"more {number} " * 100)
    rows.runs("ls")
    (call,) = subjects(rows)
    assert heads(call)[:2] == ["x1", "h1"]
    assert "You may only read." in document(call)


def test_another_sub_agent_is_not_what_came_before() -> None:
    rows = SessionRows()
    rows.says("Look at both.")
    rows.runs("one", agent_id="agent_a", is_sidechain=True, result_text="of a")
    rows.runs("two", agent_id="agent_b", is_sidechain=True, result_text="of b")
    rows.runs("three", agent_id="agent_a", is_sidechain=True, result_text="of a")
    *_, third = subjects(rows)
    assert "of a" in document(third)
    assert "of b" not in document(third)


def test_records_are_made_safe_once_however_many_calls_show_them() -> None:
    class Counting(Redactor):
        texts: ClassVar[Counter[str]] = Counter()

        def redact(self, text: str, counts: Counter[str] | None = None) -> str:
            self.texts[text] += 1
            return super().redact(text, counts if counts is not None else Counter())

    rows = SessionRows()
    rows.says("Go on.")
    for number in range(30):
        rows.runs(f"step {number}", result_text=f"result {number}")
    session, redactor = rows.record(), Counting()
    calls = CallSubjects(session, redactor=redactor, limits=Limits())
    for call in session.calls:
        assert calls.of(call_unit_id(call)) is not None
    # Twice per rule: to redact, and to see that nothing is left. A call is shown by two rules at most.
    assert max(redactor.texts.values()) <= 4


def test_a_call_that_cannot_be_made_safe_closes_the_way_for_itself_alone() -> None:
    class Refusing(Redactor):
        def redact(self, text: str, counts: Counter[str] | None = None) -> str:
            if "poison" in text:
                raise ValueError("no")
            return super().redact(text, counts if counts is not None else Counter())

    rows = SessionRows()
    rows.says("Go on.")
    rows.runs("ls")
    rows.runs("poison")
    session = rows.record()
    calls = CallSubjects(session, redactor=Refusing(), limits=Limits())
    first, second = map(call_unit_id, session.calls)
    assert calls.of(first) is not None
    with pytest.raises(UnsendableSubjectError):
        calls.of(second)


def test_a_call_that_is_not_there_has_no_subject() -> None:
    calls = CallSubjects(SessionRows().record(), redactor=Redactor(), limits=Limits())
    assert calls.of("s1|toolu1|1") is None
