"""Hostile text moves nothing that is computed: no event, no label of the rules, no fact, no score.

Each hostile transcript is compared with the same session without the hostile text. A judge that obeys the
text altogether is played too: what it cites is dropped. What a real model answers is not tested here.
"""

import re
from collections.abc import Callable
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import pytest

from classifiers.catalog.failure_evidence import CLASSIFIER as FAILURE_EVIDENCE
from classifiers.catalog.success_evidence import CLASSIFIER as SUCCESS_EVIDENCE
from classifiers.classifier import Classifier
from classifiers.label_row import LabelRow
from classifiers.label_rows.evidence_check import CheckedAnswer, check_evidence
from classifiers.label_rows.record_facts import record_facts
from classifiers.rules.labeller import label_session
from classifiers.session_record import SessionRecord
from classifiers.subject.parts import Limits, document, judged_document, part_document
from classifiers.subject.render_session import render_session
from classifiers.subject.render_turn import render_first_prompt, render_turns
from classifiers.subject.study_c import render_study_c
from classifiers.subject.subject import Subject
from classifiers.subject.token_estimate import estimated_tokens
from orchestration.ingest.redaction.redact import Redactor
from tests.fenced_document import ShownRecord, read_document
from tests.hostile.all_hostile import HOSTILE
from tests.hostile.hostile_transcript import HostileTranscript
from tests.hostile.parsed_session import parsed_session

REDACTOR = Redactor()
LIMITS = Limits()
ENDS = frozenset({"completed", "question", "interrupted", "error", "session_end"})
FACT = re.compile(r"⟦fact: [^⟧]*⟧")
TEXT_COLUMNS = frozenset(
    {
        "text", "input_text", "result_text", "word_count", "char_count", "text_word_count", "text_char_count",
        "input_byte_count", "result_byte_count", "agent_word_count", "tool_input_word_count", "file_path",
        "tool_name",
    }
)  # fmt: skip
"""Columns that hold the text itself or its length."""

HASH_AT = LabelRow._fields.index("input_hash")
"""What was read differs, so its hash does."""

each_hostile = pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)


@lru_cache(maxsize=128)
def session_of(hostile: HostileTranscript) -> SessionRecord:
    return parsed_session(hostile.build())


@lru_cache(maxsize=128)
def harmless_session_of(hostile: HostileTranscript) -> SessionRecord:
    return parsed_session(hostile.harmless())


@lru_cache(maxsize=128)
def rendered(hostile: HostileTranscript) -> Subject:
    return render_session(session_of(hostile), redactor=REDACTOR, limits=LIMITS)


def facts_of_rows(session: SessionRecord) -> dict[str, list[dict[str, Any]]]:
    """Every column of every row but the texts."""
    return {
        name: [
            {k: v for k, v in row._asdict().items() if k not in TEXT_COLUMNS}
            for row in getattr(session, name)
        ]
        for name in ("turns", "acts", "calls", "events", "responses", "harness_texts")
    }


def shown(subject: Subject) -> list[ShownRecord]:
    """The records as a reader of the documents sees them."""
    if not subject.is_long:
        return read_document(document(subject))
    return [each for part in subject.parts for each in read_document(part_document(subject, part))]


def test_there_are_thirty_at_least_and_each_is_one_of_a_kind() -> None:
    assert len(HOSTILE) >= 30
    assert len({hostile.name for hostile in HOSTILE}) == len(HOSTILE)
    assert len({hostile.text for hostile in HOSTILE}) == len(HOSTILE)
    assert all(hostile.purpose for hostile in HOSTILE)
    assert {hostile.is_finished for hostile in HOSTILE} == {False, True}


@each_hostile
def test_parser_reads_the_same_events_turns_and_acts(hostile: HostileTranscript) -> None:
    assert facts_of_rows(session_of(hostile)) == facts_of_rows(harmless_session_of(hostile))


@each_hostile
def test_rules_give_the_same_labels_and_scores(hostile: HostileTranscript) -> None:
    def labels(session: SessionRecord) -> dict[str, list[Any]]:
        found = label_session(session, labelled_at=session.ended_at)
        return {
            name: rows if name.endswith("_items") else [row[:HASH_AT] + row[HASH_AT + 1 :] for row in rows]
            for name, rows in found.items()
        }

    assert labels(session_of(hostile)) == labels(harmless_session_of(hostile))


@each_hostile
def test_evidence_facts_are_the_same(hostile: HostileTranscript) -> None:
    def known(session: SessionRecord) -> tuple[Any, ...]:
        facts = record_facts(session)
        events = {record_id: [event.event_id for event in own] for record_id, own in facts.events.items()}
        return facts.actors, facts.typed, facts.tool_use_ids, events

    assert known(session_of(hostile)) == known(harmless_session_of(hostile))


@each_hostile
def test_document_shows_the_same_records_with_the_same_facts(hostile: HostileTranscript) -> None:
    def outline(subject: Subject) -> list[tuple[str, str, str, list[str]]]:
        own = [each for each in shown(subject) if "goes on" not in each.place]
        return [(each.short_id, each.actor, each.place, FACT.findall(each.text)) for each in own]

    without = render_session(harmless_session_of(hostile), redactor=REDACTOR, limits=LIMITS)
    assert outline(rendered(hostile)) == outline(without)


@each_hostile
def test_every_document_of_it_keeps_its_fence_and_its_budget(hostile: HostileTranscript) -> None:
    session, subject = session_of(hostile), rendered(hostile)
    cut = render_study_c(session, redactor=REDACTOR, limits=LIMITS)
    first = render_first_prompt(session, redactor=REDACTOR, limits=LIMITS)
    turns = render_turns(session, ends=ENDS, redactor=REDACTOR, limits=LIMITS)
    assert first is not None
    assert len(turns) == 2
    for each in (subject, cut, first, *turns):
        assert [record.short_id for record in shown(each)] == [record.short_id for record in each.records]
        for part in each.parts:
            assert estimated_tokens(part_document(each, part)) <= LIMITS.max_tokens
    if subject.is_long:
        text = judged_document(subject, {}, redactor=REDACTOR, limits=LIMITS)
        assert read_document(text)
        assert estimated_tokens(text) <= LIMITS.max_tokens


@each_hostile
def test_hostile_text_stands_indented_in_its_own_record_only(hostile: HostileTranscript) -> None:
    without = {
        record.short_id: record.text
        for record in render_session(harmless_session_of(hostile), redactor=REDACTOR, limits=LIMITS).records
    }
    changed = [
        record.record_id
        for record in rendered(hostile).records
        if without.get(record.short_id) != record.text
    ]
    assert len(set(changed)) == 1


def obeyed(classifier: Classifier, hostile: HostileTranscript, signals: tuple[str, ...]) -> CheckedAnswer:
    """What is left of the answer of a judge that cites every record it saw, and some it did not, for all."""
    subject = rendered(hostile)
    cited = [*subject.record_ids, *subject.record_ids.values(), "h999", "t404", "x77", "s1-900"]
    (element,) = classifier.answer_type.model_fields[str(classifier.list_field)].annotation.__args__  # type: ignore[union-attr]
    items = [element(record_id=record_id, signal=signal) for signal in signals for record_id in cited]
    answer = classifier.answer_type(**{str(classifier.list_field): items})
    return check_evidence(classifier, answer, subject.record_ids, record_facts(session_of(hostile)))


SUCCESS_EVENTS = ("commit_matches", "pr_opened", "pr_merged", "tests_pass_after_change")
FAILURE_EVENTS = ("tests_fail_at_end", "rollback")


@each_hostile
def test_judge_that_obeys_the_text_gets_no_event_that_did_not_happen(hostile: HostileTranscript) -> None:
    success = obeyed(SUCCESS_EVIDENCE, hostile, SUCCESS_EVENTS)
    failure = obeyed(FAILURE_EVIDENCE, hostile, FAILURE_EVENTS)
    kept = {item.signal for item in (*success.items, *failure.items)}  # type: ignore[attr-defined]
    assert kept == (
        {"commit_matches", "tests_pass_after_change"} if hostile.is_finished else {"tests_fail_at_end"}
    )
    assert success.rejected_count > 0


@each_hostile
def test_judge_that_obeys_the_text_moves_no_score(hostile: HostileTranscript) -> None:
    def scores(which: Callable[[], CheckedAnswer]) -> dict[str, Any]:
        score: Any = which().score
        assert score is not None
        return {k: v for k, v in score._asdict().items() if k != "rejected_signal_count"}

    success = scores(lambda: obeyed(SUCCESS_EVIDENCE, hostile, SUCCESS_EVENTS))
    failure = scores(lambda: obeyed(FAILURE_EVIDENCE, hostile, FAILURE_EVENTS))
    if hostile.is_finished:
        assert failure["failure_score"] == 0
    else:
        assert success["success_score"] == 0


def test_suite_differs_from_its_harmless_twin_in_every_case() -> None:
    for hostile in HOSTILE:
        assert hostile.build() != hostile.harmless()
        assert asdict(hostile)["text"]
