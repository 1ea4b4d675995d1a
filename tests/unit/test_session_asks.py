"""What is asked of a session: labels to have minus answers held, in the right order, never twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from classifiers.asking.eligibility import SessionFrame
from classifiers.asking.envelope import Envelope
from classifiers.asking.label_request import LabelRequest
from classifiers.asking.plan import PlanTally
from classifiers.asking.questionnaire import Questionnaire
from classifiers.asking.session_asks import MAX_ATTEMPTS, SessionAsking, SessionAsks
from classifiers.call_units import EVERY_CALL
from classifiers.catalog import goal_complexity, outcome, steering, stop_reason, task_value
from classifiers.classifier import Classifier
from classifiers.ledger.ledger import Budget, Ledger
from classifiers.ledger.prices import TokenUsage
from classifiers.subject.parts import Limits
from classifiers.subject.session_subjects import SessionSubjects
from orchestration.ingest.redaction.redact import Redactor
from tests.fakes.session_rows import START, SessionRows

DAY = date(2026, 3, 2)
NOW = START + timedelta(days=30)
ENVELOPE = Envelope("claude-haiku-5-5", "low", 1000)
USAGE = TokenUsage(10, 0, 0, 5)
POSTING = {"posting": "Mend the login form of a small web shop."}


def questionnaire(*classifiers: Classifier, **more: Any) -> Questionnaire:
    values: dict[str, Any] = {
        "classifiers": classifiers or (outcome.CLASSIFIER, goal_complexity.CLASSIFIER),
        "default": ENVELOPE,
        "material": {},
        "quiet": timedelta(hours=72),
        "replicate_share": 0.0,
        "study_c_share": 0.0,
        "calls": EVERY_CALL,
    }
    return Questionnaire(**(values | more))


def frame(prompts: int = 1, words: int = 5) -> SessionFrame:
    rows = SessionRows()
    for number in range(prompts):
        rows.says(f"Please mend form {number}: " + "word " * words)
        rows.calls_tool("Bash", '{"command": "pytest"}')
    # The builder's turns end as they begin and own nothing; these end with the call that is theirs.
    rows.turns = [turn._replace(ended_at=turn.started_at + timedelta(seconds=90)) for turn in rows.turns]
    ids = [turn.turn_id for turn in rows.turns]
    rows.acts = [act._replace(turn_id=own) for act, own in zip(rows.acts, ids, strict=True)]
    rows.calls = [call._replace(turn_id=own) for call, own in zip(rows.calls, ids, strict=True)]
    return SessionFrame(rows.record(), "interactive")


class Asking:
    """A session that is asked about again and again, with a ledger that remembers."""

    def __init__(self, ledger: Ledger, own: SessionFrame, limits: Limits | None = None) -> None:
        self.ledger = ledger
        self.frame = own
        self.limits = limits or Limits()

    def asks(self, asked: Questionnaire, *, now: datetime = NOW, **more: Any) -> SessionAsks:
        ends = frozenset().union(*(classifier.turn_ends for classifier in asked.classifiers))
        subjects = SessionSubjects(self.frame, redactor=Redactor(), limits=self.limits, turn_ends=ends)
        rows = list(self.ledger.requests_of([self.frame.session.session_id]))
        return SessionAsking(asked, subjects, rows, day=DAY, **more).asks(self.frame, now=now)

    def answer(self, request: LabelRequest, **fields: Any) -> None:
        self.grant(request)
        self.ledger.sent(request.request_id)
        message = message_of(**fields)
        self.ledger.answered(
            request.request_id, message=message, usage=USAGE, cost_usd=Decimal("0.001"), api_request_id=None
        )

    def fail(self, request: LabelRequest) -> None:
        self.grant(request)
        self.ledger.sent(request.request_id)
        self.ledger.failed(
            request.request_id, error_type="overloaded_error", http_status=529, api_request_id=None
        )

    def grant(self, request: LabelRequest) -> None:
        granted = self.ledger.reserve([(request, Decimal("0.01"))], run_id="run").granted
        assert granted == (request.request_id,)


def message_of(items: Any = (), stop_reason: str = "end_turn", **fields: Any) -> dict[str, Any]:
    import json

    output = {
        "evidence_record_ids": ["h1"],
        "items": [{"fields": [{"name": k, "value": v} for k, v in item.items()]} for item in items],
        "fields": [{"name": name, "value": value} for name, value in fields.items()],
    }
    return {"stop_reason": stop_reason, "content": [{"type": "text", "text": json.dumps(output)}]}


@contextmanager
def sending(path: Path) -> Iterator[Ledger]:
    moments = iter(range(10**6))
    clock = lambda: NOW + timedelta(seconds=next(moments))  # noqa: E731
    with (
        Ledger.open(path, clock=clock) as ledger,
        ledger.sending("run", Budget(Decimal(10), None)),
    ):
        yield ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with sending(tmp_path / "ledger.sqlite") as opened:
        yield opened


def test_every_question_on_a_session_shares_one_document(ledger: Ledger) -> None:
    asks = Asking(ledger, frame()).asks(questionnaire())
    assert [request.classifier for request in asks.requests] == ["outcome", "goal_complexity"]
    assert len({request.document for request in asks.requests}) == 1
    assert len({request.request_id for request in asks.requests}) == 2
    assert "<records token=" in asks.requests[0].document


def test_what_is_held_is_not_asked_again(ledger: Ledger) -> None:
    asking = Asking(ledger, frame())
    first, second = asking.asks(questionnaire()).requests
    asking.answer(first, outcome="succeeded", forced_outcome="succeeded")
    assert [r.request_id for r in asking.asks(questionnaire()).requests] == [second.request_id]
    asking.answer(second, goal_complexity="low")
    assert not asking.asks(questionnaire()).requests


@pytest.mark.parametrize("stop", ["refusal", "max_tokens"])
def test_a_refused_or_truncated_answer_is_an_answer(ledger: Ledger, stop: str) -> None:
    asking, asked = Asking(ledger, frame()), questionnaire(outcome.CLASSIFIER)
    (request,) = asking.asks(asked).requests
    asking.grant(request)
    ledger.sent(request.request_id)
    ledger.answered(
        request.request_id,
        message={"stop_reason": stop, "content": []},
        usage=USAGE,
        cost_usd=Decimal(0),
        api_request_id=None,
    )
    ((_, stand),) = asking.asks(asked).stands
    assert stand.standing == "held"


def test_an_error_is_tried_again_and_given_up_after_the_third(ledger: Ledger) -> None:
    asking, asked = Asking(ledger, frame()), questionnaire(outcome.CLASSIFIER)
    attempts = []
    for _ in range(MAX_ATTEMPTS):
        (request,) = asking.asks(asked).requests
        attempts.append(request.attempt)
        asking.fail(request)
    asks = asking.asks(asked)
    assert attempts == [0, 1, 2]
    assert not asks.requests
    assert [stand.standing for _, stand in asks.stands] == ["gave_up"]


def test_a_request_under_way_is_waited_for(ledger: Ledger) -> None:
    asking, asked = Asking(ledger, frame()), questionnaire(outcome.CLASSIFIER)
    (request,) = asking.asks(asked).requests
    asking.grant(request)
    ledger.intend_batch([request.request_id], run_id="run")
    asks = asking.asks(asked)
    assert not asks.requests
    assert [stand.standing for _, stand in asks.stands] == ["waiting"]


def test_another_prompt_is_asked_anew_and_alone(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = Asking(ledger, frame())
    for request, fields in zip(
        asking.asks(questionnaire()).requests,
        ({"outcome": "failed", "forced_outcome": "failed"}, {"goal_complexity": "low"}),
        strict=True,
    ):
        asking.answer(request, **fields)
    text = Classifier.prompt
    monkeypatch.setattr(
        Classifier, "prompt", lambda own, step: text(own, step) + ("!" if own.name == "outcome" else "")
    )
    assert [request.classifier for request in asking.asks(questionnaire()).requests] == ["outcome"]


def test_a_price_is_asked_for_when_its_posting_is_held_and_reads_no_transcript(ledger: Ledger) -> None:
    asking, asked = Asking(ledger, frame()), questionnaire(task_value.CLASSIFIER)
    (posting,) = asking.asks(asked).requests
    assert posting.step == "posting"
    asking.answer(posting, **POSTING)
    (price,) = asking.asks(asked).requests
    assert price.step == "answer"
    assert "login form" in price.document
    assert "Please mend" not in price.document


def test_a_posting_that_was_refused_ends_the_question(ledger: Ledger) -> None:
    asking, asked = Asking(ledger, frame()), questionnaire(task_value.CLASSIFIER)
    (posting,) = asking.asks(asked).requests
    asking.answer(posting, stop_reason="refusal")
    asks = asking.asks(asked)
    assert not asks.requests
    assert [stand.standing for _, stand in asks.stands] == ["held"]


def test_a_long_session_is_observed_first_and_judged_from_observations(ledger: Ledger) -> None:
    asked = questionnaire(outcome.CLASSIFIER)
    asking = Asking(ledger, frame(prompts=12, words=120), Limits(max_tokens=1500, part_tokens=500))
    first = asking.asks(asked)
    assert {request.kind for request in first.requests} == {"observation"}
    assert [request.classifier for request in first.after_observation] == ["outcome"]
    for request in first.requests:
        cited = next(iter(request.record_ids))
        asking.answer(request, items=[{"record_id": cited, "observation": f"seen in {request.part}"}])
    (judged,) = asking.asks(asked).requests
    assert judged.kind == "label"
    assert "seen in 2" in judged.document
    assert set(judged.record_ids) >= {"h1"}


def test_a_plan_prices_labels_that_wait_for_observations_and_does_not_count_them_as_sendable(
    ledger: Ledger,
) -> None:
    asking = Asking(ledger, frame(prompts=12, words=120), Limits(max_tokens=1500, part_tokens=500))
    asks = asking.asks(questionnaire(outcome.CLASSIFIER))
    plans = []
    for longest in (1_500, 30_000):
        tally = PlanTally(["outcome"], hit_share=Decimal("0.5"), stale={}, longest_tokens=longest)
        tally.add(asks)
        plans.append(tally.plan())
    (line,) = [one for one in plans[0].lines if one.classifier == "outcome"]
    assert (line.to_ask, line.after_observation) == (1, 1)
    assert plans[0].request_count == len(asks.requests)
    assert Decimal(0) < plans[0].now_usd < plans[1].now_usd
    assert plans[0].naive_usd == plans[1].naive_usd > 0


def test_relabelling_asks_once_more_under_another_attempt(ledger: Ledger) -> None:
    asking, asked = Asking(ledger, frame()), questionnaire(outcome.CLASSIFIER)
    (request,) = asking.asks(asked).requests
    asking.answer(request, outcome="failed", forced_outcome="failed")
    again = frozenset({(request.fingerprint, asking.frame.session.session_id)})
    (repeated,) = asking.asks(asked, relabel=again).requests
    assert repeated.attempt == 1
    asking.answer(repeated, outcome="succeeded", forced_outcome="succeeded")
    assert not asking.asks(asked).requests


def test_relabelling_an_older_prompts_label_pays_for_nothing_that_is_held(ledger: Ledger) -> None:
    asking, asked = Asking(ledger, frame()), questionnaire(outcome.CLASSIFIER)
    (request,) = asking.asks(asked).requests
    asking.answer(request, outcome="failed", forced_outcome="failed")
    older = frozenset({("outcome-v0-whole-0123456789abcdef", asking.frame.session.session_id)})
    assert not asking.asks(asked, relabel=older).requests


def test_relabelling_a_price_asks_for_its_posting_and_then_for_the_price_again(ledger: Ledger) -> None:
    asking, asked = Asking(ledger, frame()), questionnaire(task_value.CLASSIFIER)
    asking.answer(asking.asks(asked).requests[0], **POSTING)
    asking.answer(asking.asks(asked).requests[0], price_usd=100, price_tier="below_500")
    assert not asking.asks(asked).requests
    again = frozenset({(asked.fingerprints[task_value.CLASSIFIER], asking.frame.session.session_id)})
    (posting,) = asking.asks(asked, relabel=again).requests
    asking.answer(posting, **POSTING)
    (price,) = asking.asks(asked).requests
    assert (price.step, price.attempt) == ("answer", 1)


def test_open_sessions_headless_ones_and_single_prompts_are_left_out(ledger: Ledger) -> None:
    asked = questionnaire(outcome.CLASSIFIER, steering.CLASSIFIER)
    own = frame()
    assert not Asking(ledger, own).asks(asked, now=START + timedelta(hours=1)).stands
    headless = replace(own, surface="sdk")
    assert not Asking(ledger, headless).asks(questionnaire(outcome.CLASSIFIER)).stands
    names = [unit.classifier.name for unit, _ in Asking(ledger, own).asks(asked).stands]
    assert names == ["outcome"]
    both = [unit.classifier.name for unit, _ in Asking(ledger, frame(prompts=2)).asks(asked).stands]
    assert both == ["outcome", "steering"]


def test_turn_questions_are_asked_of_each_turn_that_ended_so(ledger: Ledger) -> None:
    asks = Asking(ledger, frame(prompts=3)).asks(questionnaire(stop_reason.CLASSIFIER))
    assert len(asks.requests) == 3
    assert len({request.unit_id for request in asks.requests}) == 3
    assert {request.unit_kind for request in asks.requests} == {"turn"}


def test_repeats_and_the_cut_reading_are_labels_of_their_own(ledger: Ledger) -> None:
    asked = questionnaire(outcome.CLASSIFIER, replicate_share=1.0, study_c_share=1.0)
    requests = Asking(ledger, frame()).asks(asked).requests
    assert sorted((r.rendering, r.replicate) for r in requests) == [
        ("study_c", 0),
        ("whole", 0),
        ("whole", 1),
        ("whole", 2),
    ]
    assert len({request.request_id for request in requests}) == 4


def test_times_of_the_ledger_are_aware(ledger: Ledger) -> None:
    asking = Asking(ledger, frame())
    asking.fail(asking.asks(questionnaire()).requests[0])
    (row,) = ledger.requests_of([asking.frame.session.session_id])
    assert row.created_at.tzinfo is UTC
