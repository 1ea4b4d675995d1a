"""Messages become a status and a typed answer, and no error repeats what a model said."""

import json
import traceback
from typing import Any

import pytest

from classifiers.catalog.outcome.labels import OutcomeAnswer
from classifiers.catalog.success_evidence.labels import SuccessEvidenceAnswer
from classifiers.catalog.success_rating.labels import SuccessRatingAnswer
from classifiers.catalog.work_mode.labels import WorkModeAnswer
from classifiers.label_rows.read_response import InvalidAnswerError, read_message, typed_answer

SAID = "words of the transcript"


def fields(**values: Any) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def output(**values: Any) -> dict[str, Any]:
    return {"evidence_record_ids": ["h1"], "items": [], "fields": fields(**values)}


def message(text: str | None, *, stop_reason: str = "end_turn") -> dict[str, Any]:
    content = [{"type": "thinking", "thinking": SAID, "signature": "s"}]
    if text is not None:
        content.append({"type": "text", "text": text})
    return {"type": "message", "content": content, "stop_reason": stop_reason}


def test_answer_is_read_behind_a_thinking_block() -> None:
    answer = output(outcome="failed")
    read = read_message(message(json.dumps(answer)))
    assert (read.status, read.answer, read.reason) == ("ok", answer, None)


@pytest.mark.parametrize(
    ("stop_reason", "status", "reason"),
    [
        ("refusal", "refused", "refusal"),
        ("max_tokens", "truncated", "max_tokens"),
        ("model_context_window_exceeded", "truncated", "model_context_window_exceeded"),
        ("tool_use", "invalid", "stop_reason"),
        ("pause_turn", "invalid", "stop_reason"),
    ],
)
def test_what_did_not_end_by_itself_has_no_answer(stop_reason: str, status: str, reason: str) -> None:
    """Even where the text happens to be complete: a refusal's text is no label."""
    read = read_message(message(json.dumps(output(outcome="failed")), stop_reason=stop_reason))
    assert (read.status, read.answer, read.reason) == (status, None, reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "no_text"),
        ("  ", "no_text"),
        ('{"fields": [', "not_json"),
        (f"Sure! {SAID}", "not_json"),
        ('"fields"', "not_the_output_schema"),
        ("[]", "not_the_output_schema"),
        ('{"evidence_record_ids": [], "items": []}', "not_the_output_schema"),
        ('{"evidence_record_ids": [1], "items": [], "fields": []}', "not_the_output_schema"),
        ('{"evidence_record_ids": [], "items": [{"name": "a"}], "fields": []}', "not_the_output_schema"),
        ('{"evidence_record_ids": [], "items": [], "fields": [{"name": "a"}]}', "not_the_output_schema"),
        ('{"evidence_record_ids": [], "items": [], "fields": {"a": 1}}', "not_the_output_schema"),
        ('{"evidence_record_ids": [], "items": [], "fields": [], "why": "x"}', "not_the_output_schema"),
    ],
)
def test_output_of_another_form_is_invalid(text: str | None, reason: str) -> None:
    read = read_message(message(text))
    assert (read.status, read.answer, read.reason) == ("invalid", None, reason)


def test_scalar_answer_is_typed() -> None:
    answer = typed_answer(OutcomeAnswer, None, output(outcome="not_inferable", forced_outcome="failed"))
    assert answer == OutcomeAnswer(
        evidence_record_ids=["h1"], outcome="not_inferable", forced_outcome="failed"
    )


def test_whole_numbers_may_come_as_floats_and_nulls_stay_null() -> None:
    answer = typed_answer(
        WorkModeAnswer,
        None,
        output(
            work_mode="fix",
            second_work_mode=None,
            forced_work_mode="fix",
        ),
    )
    assert answer.second_work_mode is None
    rated = typed_answer(SuccessRatingAnswer, None, output(success_rating=4.0))
    assert rated.success_rating == 4


def test_items_become_the_list_of_the_answer() -> None:
    answer = typed_answer(
        SuccessEvidenceAnswer,
        "signals",
        {
            "evidence_record_ids": ["h1"],  # this question keeps its evidence in its items
            "items": [
                {"fields": fields(record_id="t3", signal="commit_matches")},
                {"fields": fields(signal="clean_end", record_id="a9")},
            ],
            "fields": [],
        },
    )
    assert [(one.record_id, one.signal) for one in answer.signals] == [
        ("t3", "commit_matches"),
        ("a9", "clean_end"),
    ]


@pytest.mark.parametrize(
    ("answer", "broken"),
    [
        (output(outcome=SAID, forced_outcome="failed"), "outcome: literal_error"),
        (output(outcome="failed"), "forced_outcome: missing"),
        (
            output(outcome="failed", forced_outcome="failed", **{SAID: 1}),
            r"\?: extra_forbidden",
        ),
        (
            {**output(outcome="failed", forced_outcome="failed"), "items": [{"fields": fields(a=SAID)}]},
            "items where the question has no list",
        ),
        (
            {
                "evidence_record_ids": [],
                "items": [],
                "fields": fields(outcome="failed") + fields(outcome=SAID),
            },
            "given twice",
        ),
        (
            {**output(outcome="failed", forced_outcome="failed"), "evidence_record_ids": [SAID] * 6},
            "evidence_record_ids: too_long",
        ),
    ],
)
def test_answer_that_does_not_fit_says_which_rule_and_not_what_was_said(
    answer: dict[str, Any], broken: str
) -> None:
    with pytest.raises(InvalidAnswerError, match=broken) as raised:
        typed_answer(OutcomeAnswer, None, answer)
    assert SAID not in "".join(traceback.format_exception(raised.value))


def test_mistake_in_an_item_names_its_place() -> None:
    answer = {"evidence_record_ids": [], "items": [{"fields": fields(record_id="t1", signal=SAID)}]}
    with pytest.raises(InvalidAnswerError, match=r"^signals\.0\.signal: literal_error$"):
        typed_answer(SuccessEvidenceAnswer, "signals", {**answer, "fields": []})


def test_representation_holds_no_answer() -> None:
    assert SAID not in repr(read_message(message(json.dumps(output(outcome=SAID)))))
