"""The deterministic labeller: a baseline that needs no key, marked `rules` wherever it appears.

It reads hard facts of the raw rows and the human's words, never what the agent says of its own work,
and never what later validates it: `RULES_COLUMNS` is all it may see. No occupation, no value, no
expertise: it answers `RULES_CLASSIFIERS` alone. Labels are a function of the rows: `labelled_at` is the
session's end.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import pyarrow as pa

from classifiers.answers.answer import Answer
from classifiers.answers.evidence_score import (
    HARD_SIGNALS,
    EvidenceItem,
    score_failure,
    score_success,
)
from classifiers.call_units import CallSample, call_unit_id
from classifiers.catalog import CATALOG
from classifiers.classifier import Classifier
from classifiers.label_row import LabelRow
from classifiers.label_tables import LabelRows, as_tables, label_tables
from classifiers.rules import calls as rules_calls
from classifiers.rules import codebase_relation as rules_codebase_relation
from classifiers.rules import failure as rules_failure
from classifiers.rules import outcome as rules_outcome
from classifiers.rules import reversibility as rules_reversibility
from classifiers.rules import success as rules_success
from classifiers.rules import words as rules_words
from classifiers.rules import work_mode as rules_work_mode
from classifiers.rules.codebase_relation import label_codebase_relation
from classifiers.rules.failure import find_failure_signals
from classifiers.rules.outcome import label_outcome
from classifiers.rules.reading import Reading, Signal
from classifiers.rules.success import find_success_signals
from classifiers.rules.work_mode import label_work_mode
from classifiers.session_record import ReadTable, SessionRecord, sessions_of_day
from orchestration.ingest.rows import RawToolCall

RULES_VERSION = "4"
"""Raised with every change of a rule; a golden file of fingerprints fails where it was forgotten."""

RULES_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "raw_turns": (
        "turn_id", "session_id", "opening_act_id", "opened_by", "started_at", "end_reason", "is_sidechain",
        "has_agent_work",
    ),
    "raw_human_acts": (
        "act_id", "session_id", "record_id", "act_kind", "acted_at", "text", "command_name", "is_typed",
        "has_image",
    ),
    "raw_tool_calls": (
        "tool_use_id", "occurrence", "session_id", "record_id", "result_record_id", "tool_name",
        "tool_category", "mcp_server", "called_at", "input_text", "error_kind", "exit_code", "file_path",
        "is_error", "is_new_file", "is_background", "is_interrupted", "is_sidechain", "has_call",
        "has_result",
    ),
    "raw_events": (
        "event_id", "session_id", "record_id", "tool_use_id", "occurrence", "event_kind", "occurred_at",
        "commit_sha", "pull_request_number", "pull_request_repository", "tests_passed", "tests_failed",
        "is_success",
    ),
}  # fmt: skip
"""Every column the rules read; `input_hash` is over these. Responses are not read at all."""

_CONSTANTS: Mapping[str, tuple[str, ...]] = {
    "work_mode": rules_work_mode.WORK_MODE_PATTERNS,
    "codebase_relation": rules_codebase_relation.CODEBASE_PATTERNS,
    "success_evidence": rules_success.SUCCESS_PATTERNS,
    "failure_evidence": rules_failure.FAILURE_PATTERNS,
    "outcome": (
        *rules_outcome.OUTCOME_PATTERNS,
        *rules_success.SUCCESS_PATTERNS,
        *rules_failure.FAILURE_PATTERNS,
    ),
    "reversibility": rules_reversibility.REVERSIBILITY_PATTERNS,
}
RULES_CLASSIFIERS: tuple[Classifier, ...] = tuple(c for c in CATALOG if c.name in _CONSTANTS)
"""The questions that rules can answer; every other one is asked of a model or of nobody."""

_SESSION_ROWS = {
    "raw_turns": "turns",
    "raw_human_acts": "acts",
    "raw_tool_calls": "calls",
    "raw_events": "events",
}


@lru_cache(maxsize=64)
def rules_fingerprint(classifier_name: str) -> str:
    """What asked: classifier, version of the rules, and every pattern and threshold they use."""
    parts = (
        classifier_name,
        RULES_VERSION,
        *_CONSTANTS[classifier_name],
        *rules_words.WORD_PATTERNS,
        *rules_calls.CALL_PATTERNS,
    )
    return f"rules-{classifier_name}-v{RULES_VERSION}-{_hash(parts)}"


def rules_label_tables() -> dict[str, pa.Schema]:
    """Schema of every label table that the rules write."""
    return label_tables(RULES_CLASSIFIERS)


NO_CALLS = CallSample(0.0)


def label_day(
    read_table: ReadTable, *, labelled_at: datetime | None = None, calls: CallSample = NO_CALLS
) -> dict[str, pa.Table]:
    """The rules' label tables of one date, sorted by key; every session of raw_sessions gets a row in each.

    Questions on tool calls have a row for each drawn call (`calls`) that the rules settle. A lone request to
    an API is no session: only its calls have rows. The same rows give the same tables: without `labelled_at`
    each label carries its session's end.
    """
    schemas = rules_label_tables()
    rows: LabelRows = {name: [] for name in schemas}
    framing = read_table("raw_sessions").select(["session_id", "surface"])
    surfaces = dict(zip(*(column.to_pylist() for column in framing.columns), strict=True))
    for session in sessions_of_day(read_table, columns=RULES_COLUMNS):
        drawn = [each.call for each in calls.drawn(session, surfaces[session.session_id])]
        at = labelled_at or session.ended_at
        for name, found in label_session(session, labelled_at=at, calls=drawn).items():
            rows[name].extend(found)
    return as_tables(rows, schemas)


def label_session(
    session: SessionRecord, *, labelled_at: datetime, calls: Collection[RawToolCall] = ()
) -> LabelRows:
    """The labels of one session: one row per classifier, one item row per signal; rows of these calls."""
    of_calls: LabelRows = {
        classifier.name: list(_call_rows(classifier, session, calls, labelled_at=labelled_at))
        for classifier in RULES_CLASSIFIERS
        if classifier.unit_kind == "tool_call"
    }
    if not session.is_session:
        return of_calls
    reading = Reading(session)
    success, failure = find_success_signals(reading), find_failure_signals(reading)
    success_score = score_success(_scored(success))
    failure_score = score_failure(_scored(failure))
    outcome = label_outcome(
        reading,
        success=(success_score.success_score, success),
        failure=(failure_score.failure_score, failure),
    )
    answers: dict[str, Answer] = {
        "work_mode": label_work_mode(reading),
        "codebase_relation": label_codebase_relation(reading),
        "outcome": outcome,
    }
    found = {"success_evidence": (success_score, success), "failure_evidence": (failure_score, failure)}
    input_hash = _input_hash(session)
    rows = of_calls
    for classifier in RULES_CLASSIFIERS:
        if classifier.name in of_calls:
            continue
        if classifier.name in answers:
            answer = answers[classifier.name].model_dump()
            evidence, values = (
                answer["evidence_record_ids"],
                [answer[n] for n in classifier.answer_schema.names],
            )
        else:
            score, signals = found[classifier.name]
            evidence, values = _cited(signals), list(score)
            rows[classifier.items_name] = _items(classifier, session, signals)
        row = _label_row(classifier, session, evidence, input_hash=input_hash, labelled_at=labelled_at)
        rows[classifier.name] = [(*row, *values)]
    return rows


def _call_rows(
    classifier: Classifier, session: SessionRecord, calls: Iterable[RawToolCall], *, labelled_at: datetime
) -> Iterable[tuple[Any, ...]]:
    """A row for each of the calls that the classifier's rule settles; of the others the rules say nothing."""
    assert classifier.rule is not None  # the only questions on calls that rules answer
    for call in calls:
        answer = classifier.rule(call)
        if answer is not None:
            row = _label_row(
                classifier,
                session,
                [call.record_id],
                input_hash=_hash([repr(_values(call, "raw_tool_calls"))]),
                labelled_at=labelled_at,
                unit_id=call_unit_id(call),
            )
            yield (*row, answer)


def _label_row(
    classifier: Classifier,
    session: SessionRecord,
    evidence: Iterable[str],
    *,
    input_hash: str,
    labelled_at: datetime,
    unit_id: str | None = None,
) -> LabelRow:
    return LabelRow(
        unit_kind=classifier.unit_kind,
        unit_id=unit_id or session.session_id,
        session_id=session.session_id,
        classifier=classifier.name,
        version=RULES_VERSION,
        fingerprint=rules_fingerprint(classifier.name),
        rendering="rows",
        labeller="rules",
        model=None,
        status="ok",
        evidence_record_ids=tuple(evidence),
        cited_evidence_count=None,
        rejected_evidence_count=None,
        coverage=None,
        input_hash=input_hash,
        replicate=0,
        request_id=None,
        batch_id=None,
        input_tokens=None,
        cache_creation_input_tokens=None,
        cache_read_input_tokens=None,
        output_tokens=None,
        cost_usd=None,
        labelled_at=labelled_at,
        is_stale=False,
    )


def _items(
    classifier: Classifier, session: SessionRecord, signals: tuple[Signal, ...]
) -> list[tuple[Any, ...]]:
    return [
        EvidenceItem(
            unit_id=session.session_id,
            fingerprint=rules_fingerprint(classifier.name),
            replicate=0,
            item_number=number,
            signal=signal.signal,
            is_hard=signal.signal in HARD_SIGNALS,
            record_id=signal.record_id,
            tool_use_id=signal.tool_use_id,
        )
        for number, signal in enumerate(signals)
    ]


def _scored(signals: Iterable[Signal]) -> list[tuple[str, str]]:
    return [(signal.signal, signal.record_id) for signal in signals]


def _cited(signals: Iterable[Signal]) -> list[str]:
    """At most five evidence ids, as every answer has; all of them are in the items."""
    return list(dict.fromkeys(signal.record_id for signal in signals))[:5]


def _input_hash(session: SessionRecord) -> str:
    """Hash of every value the rules read, in time order."""
    parts = [session.session_id]
    for table, attribute in _SESSION_ROWS.items():
        parts += [repr(_values(row, table)) for row in getattr(session, attribute)]
    return _hash(parts)


def _values(row: Any, table: str) -> list[Any]:
    return [_plain(getattr(row, name)) for name in RULES_COLUMNS[table]]


def _plain(value: Any) -> Any:
    return value.timestamp() if isinstance(value, datetime) else value


def _hash(parts: Iterable[str]) -> str:
    digest = blake2b(digest_size=8)
    for part in parts:
        digest.update(part.encode("utf-8", "replace"))
        digest.update(b"\x1f")
    return digest.hexdigest()
