"""Requests of made-up sessions, as a plan would make them: for tests of sending that need no lake."""

from datetime import date

from classifiers.asking.envelope import Envelope
from classifiers.asking.label_request import LabelRequest
from classifiers.asking.question import question_text
from classifiers.catalog.codebase_relation import CLASSIFIER as CODEBASE_RELATION
from classifiers.catalog.outcome import CLASSIFIER as OUTCOME
from classifiers.catalog.success_evidence import CLASSIFIER as SUCCESS_EVIDENCE
from classifiers.catalog.work_mode import CLASSIFIER as WORK_MODE
from classifiers.classifier import Classifier

ASKED = (WORK_MODE, CODEBASE_RELATION, OUTCOME, SUCCESS_EVIDENCE)
ENVELOPE = Envelope("claude-sonnet-5-5", "low", 2_000)
PLANTED_TEXT = "planted words of a transcript"
_TOKEN = "0123456789abcdef"


def document(session_id: str, *, words: int = 1_000) -> str:
    """A fenced transcript of three records, long enough to be cached."""
    return "\n".join(
        [
            f'<records token="{_TOKEN}">',
            "[h1] human · turn 1",
            f"  {PLANTED_TEXT} of {session_id}",
            "[t1] tool · turn 1",
            "  [main 0a1b2c3] made",
            "[a1] agent · turn 1",
            f"  {'done and ' * words}",
            f'</records token="{_TOKEN}">',
        ]
    )


def label_request(
    session_id: str,
    classifier: Classifier = WORK_MODE,
    *,
    envelope: Envelope = ENVELOPE,
    attempt: int = 0,
    words: int = 1_000,
) -> LabelRequest:
    """One question on one session."""
    return LabelRequest(
        kind="label",
        classifier=classifier.name,
        step="answer",
        unit_kind="session",
        unit_id=session_id,
        session_id=session_id,
        session_date=date(2026, 6, 1),
        rendering="whole",
        fingerprint=f"{classifier.name}-v1-whole-0000000000000000",
        replicate=0,
        attempt=attempt,
        input_hash="0" * 16,
        coverage=1.0,
        part=None,
        envelope=envelope,
        document=document(session_id, words=words),
        question=question_text(classifier, classifier.steps[-1]),
        record_ids={"h1": "r1", "t1": "r2", "a1": "r3"},
    )


def label_requests(session_count: int, *, envelope: Envelope = ENVELOPE) -> list[LabelRequest]:
    """Four questions on each of some sessions, as a plan orders them."""
    return [
        label_request(f"session-{number}", classifier, envelope=envelope)
        for number in range(session_count)
        for classifier in ASKED
    ]
