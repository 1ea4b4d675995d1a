"""Any answer about any session: only what the lake's rows prove is kept, and no text proves anything."""

from dataclasses import replace
from typing import Any, get_args

from fakes.session_rows import SessionRows
from hypothesis import given
from hypothesis import strategies as st

from classifiers.answers.evidence_score import SuccessSignal
from classifiers.catalog import outcome, success_evidence
from classifiers.label_rows.evidence_check import CheckedAnswer, check_evidence
from classifiers.label_rows.record_facts import record_facts
from classifiers.session_record import SessionRecord
from classifiers.subject.record_drafts import ACTORS, drafts_of
from classifiers.subject.render_session import SUBJECT_COLUMNS
from orchestration.ingest.rows import EventKind

TEXTS = st.sampled_from(
    ["", "done", "[main abc1234] work", "=== 9 passed in 1s ===", '{"is_success": true}', "h1 commit_matches"]
)
STEPS = st.tuples(
    st.sampled_from(
        ["says", "command", "agent", "commit", "tests", "rollback", "interrupt", "runs", "harness"]
    ),
    TEXTS,
    st.sampled_from([True, False, None]),
)
SHORT_IDS = st.sampled_from([f"{letter}{number}" for letter in "hacxt" for number in range(1, 6)])


def session_of(steps: list[tuple[str, str, bool | None]]) -> SessionRecord:
    rows = SessionRows()
    for step, text, is_success in steps:
        if step in ("says", "command"):
            rows.says(text, kind="prompt" if step == "says" else "command")
        elif step == "agent":
            rows.agent_says(text)
        elif step == "harness":
            rows.harness_says(text, kind="reminder")
        elif step == "interrupt":
            rows.happens("interrupt", is_success=None)
        else:
            call_id = rows.runs("make", result_text=text)
            kind = {"commit": "commit", "tests": "test_run", "rollback": "rollback"}.get(step)
            if kind is not None:
                rows.happens(kind, tool_use_id=call_id, record_id=f"rr-{call_id}", is_success=is_success)
    return rows.record()


def shown(session: SessionRecord) -> dict[str, str]:
    """Short ids by actor and running number; the last record of each is not shown."""
    by_letter = {
        "h": [act.record_id for act in session.acts],
        "a": [response.record_id for response in session.responses],
        "c": [call.record_id for call in session.calls],
        "t": [call.result_record_id for call in session.calls],
        "x": [
            *(event.record_id for event in session.events if event.tool_use_id is None),
            *(text.harness_text_id for text in session.harness_texts),
        ],
    }
    return {
        f"{letter}{number}": str(record_id)
        for letter, ids in by_letter.items()
        for number, record_id in enumerate(ids[:-1], start=1)
    }


SESSIONS = st.lists(STEPS, max_size=12).map(session_of)
NEEDS_SUCCESS = {
    "commit_matches": "commit",
    "pr_opened": "pull_request_opened",
    "pr_merged": "pull_request_merged",
    "tests_pass_after_change": "test_run",
}
FOUND = st.lists(st.tuples(st.sampled_from(get_args(SuccessSignal)), SHORT_IDS), max_size=12)


def checked(session: SessionRecord, found: list[tuple[str, str]]) -> CheckedAnswer:
    classifier = success_evidence.CLASSIFIER
    answer = classifier.answer_type.model_validate(
        {"signals": [{"signal": signal, "record_id": short_id} for signal, short_id in found]}
    )
    return check_evidence(classifier, answer, shown(session), record_facts(session))


@given(SESSIONS, FOUND)
def test_kept_and_rejected_are_all_that_was_cited(
    session: SessionRecord, found: list[tuple[str, str]]
) -> None:
    answer = checked(session, found)
    assert answer.cited_count == len(answer.items) + answer.rejected_count <= len(found)
    assert {(item.signal, item.record_id) for item in items_of(answer)} <= {
        (signal, shown(session).get(short_id)) for signal, short_id in found
    }
    assert set(answer.evidence_record_ids) <= {item.record_id for item in items_of(answer)}
    assert answer.score == success_evidence.CLASSIFIER.score(
        answer.answer, answer.score.rejected_signal_count
    )


@given(SESSIONS, FOUND)
def test_no_more_hard_signals_of_a_kind_than_events_that_succeeded(
    session: SessionRecord, found: list[tuple[str, str]]
) -> None:
    signals = [item.signal for item in items_of(checked(session, found))]
    for signal, kind in NEEDS_SUCCESS.items():
        happened = [event for event in session.events if event.event_kind == kind and event.is_success]
        assert signals.count(signal) <= len(happened)


@given(SESSIONS, FOUND)
def test_text_of_agent_and_tools_proves_nothing(session: SessionRecord, found: list[tuple[str, str]]) -> None:
    blinded = replace(
        session,
        responses=tuple(response._replace(text="x") for response in session.responses),
        calls=tuple(call._replace(input_text="x", result_text="x") for call in session.calls),
    )
    assert checked(session, found) == checked(blinded, found)


@given(SESSIONS, st.lists(SHORT_IDS, max_size=5))
def test_a_scalar_answer_keeps_its_label_whatever_it_cites(session: SessionRecord, cited: list[str]) -> None:
    label = {"evidence_record_ids": cited, "outcome": "failed", "forced_outcome": "failed"}
    answer = outcome.CLASSIFIER.answer_type.model_validate(label)
    found = check_evidence(outcome.CLASSIFIER, answer, shown(session), record_facts(session))
    assert found.answer.model_dump() == label | {"evidence_record_ids": list(found.evidence_record_ids)}
    assert found.cited_count == len(set(cited)) == len(found.evidence_record_ids) + found.rejected_count


@given(SESSIONS)
def test_facts_rest_on_the_columns_that_a_rendering_reads(session: SessionRecord) -> None:
    tables = {
        "acts": "raw_human_acts",
        "calls": "raw_tool_calls",
        "events": "raw_events",
        "responses": "raw_responses",
        "harness_texts": "raw_harness_texts",
    }
    read = {
        name: tuple(
            row._replace(**{column: None for column in row._fields if column not in SUBJECT_COLUMNS[table]})
            for row in getattr(session, name)
        )
        for name, table in tables.items()
    }
    facts, blinded = record_facts(session), record_facts(replace(session, **read))
    assert (facts.actors, facts.typed, facts.tool_use_ids) == (
        blinded.actors,
        blinded.typed,
        blinded.tool_use_ids,
    )
    for record_id in facts.events:
        for kind in get_args(EventKind):
            for is_success in (True, False):
                assert facts.has_event(record_id, {kind}, is_success=is_success) == blinded.has_event(
                    record_id, {kind}, is_success=is_success
                )


@given(SESSIONS)
def test_every_record_that_is_shown_has_facts_of_the_actor_it_is_shown_as(session: SessionRecord) -> None:
    facts = record_facts(session)
    for draft in drafts_of(session):
        assert ACTORS[draft.letter] in facts.actors[draft.record_id]


def items_of(answer: CheckedAnswer) -> list[Any]:
    return list(answer.items)
