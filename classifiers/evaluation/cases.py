"""Judged cases: `cases.jsonl` of a catalog entry, each a small session with the answer that is expected.

Cases are regression tests of a question, written by hand; they validate nothing (METHODS §4.7). A case
becomes a real transcript and goes through the real parser, in memory. Not here: comparing (evaluate).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

import orjson
from pydantic import ValidationError

from classifiers.asking.eligibility import SessionFrame, units_of
from classifiers.call_units import EVERY_CALL, call_unit_id
from classifiers.classifier import Classifier
from classifiers.evaluation.case_steps import CaseLine, Split, Step
from classifiers.evaluation.case_transcript import START, records_of
from classifiers.session_record import SessionRecord
from orchestration.ingest.read_lines import LineCounts, read_lines
from orchestration.ingest.redaction.redact import Redactor
from orchestration.ingest.rows import Owner, RawSession, RawToolCall
from orchestration.ingest.sources.claude_code.assemble import AssembleOptions, assemble_session
from orchestration.ingest.sources.claude_code.timeline import FileRecords, build_timeline

CASES_FILE = "cases.jsonl"
_SOURCE = "claude_code"
_CLOSING_LAG = timedelta(hours=72)
_ARCHIVED_AT = START + timedelta(days=30)
_TEXT_CUT_BYTES = 8_000


class CasesError(Exception):
    """A file of cases cannot be used; the message names file, line and what is wrong with it."""


@dataclass(frozen=True)
class Case:
    """One judged session. `expected` holds what is compared, by field; `note` says why."""

    case_id: str
    split: Split
    is_adversarial: bool
    note: str
    steps: tuple[Step, ...] = field(repr=False)
    expected: Mapping[str, Any]

    @cached_property
    def frame(self) -> SessionFrame:
        """The session as it would be landed, with what decides on its eligibility."""
        return _frame(self)

    @property
    def session(self) -> SessionRecord:
        """The session's rows; its id is the case's."""
        return self.frame.session

    def unit_id(self, classifier: Classifier) -> str:
        """The unit that is judged: the session, or its last turn or call that the classifier asks about.

        Raises CasesError where the session has no such unit.
        """
        drawn = EVERY_CALL.drawn(self.session, self.frame.surface)
        units = list(units_of(classifier, self.session, drawn))
        if not units:
            needed = ", ".join(sorted(classifier.turn_ends))
            missing = f"no turn ends in one of {needed}" if needed else "the session has no tool call"
            raise CasesError(f"{classifier.name}, {self.case_id}: {missing}. Change the steps of the case.")
        return units[-1].unit_id

    def call(self, classifier: Classifier) -> RawToolCall:
        """The tool call that is judged."""
        unit_id = self.unit_id(classifier)
        return next(call for call in self.session.calls if call_unit_id(call) == unit_id)


def read_cases(classifier: Classifier) -> tuple[Case, ...]:
    """The cases of a classifier, in file order; raises CasesError for the first line that is wrong."""
    path = classifier.folder / CASES_FILE
    if not path.is_file():
        raise CasesError(f"{path}: is missing. Every classifier has judged cases; see CONTRIBUTING.")
    found: dict[str, Case] = {}
    for number, line in _lines(path.read_bytes()):
        case = _case(line, f"{path}, line {number}")
        if case.case_id in found:
            raise CasesError(f"{path}, line {number}: {case.case_id} stands there twice")
        found[case.case_id] = case
    return tuple(found.values())


def transcript_of(case: Case) -> bytes:
    """The case as the lines of one transcript file."""
    records = records_of(case.case_id, case.steps)
    return b"".join(orjson.dumps(record) + b"\n" for record in records)


def _lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    return ((number, line) for number, line in enumerate(content.splitlines(), 1) if line.strip())


def _case(line: bytes, place: str) -> Case:
    try:
        read = CaseLine.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the line"
        raise CasesError(f"{place}: {where}: {first['msg']}") from None
    return Case(read.case_id, read.split, read.is_adversarial, read.note, read.session, read.expected)


def _frame(case: Case) -> SessionFrame:
    """Transcript bytes → records → timeline → rows, by the functions that parse a real date."""
    records = [
        (piece.byte_offset, piece.record)
        for piece in read_lines(transcript_of(case), LineCounts())
        if piece.record is not None
    ]
    file = FileRecords(content_hash=case.case_id, source=_SOURCE, is_sidechain=False, records=records)
    tables = assemble_session(
        build_timeline([file], session_id=case.case_id),
        owner=Owner(case.case_id, None, None, _SOURCE),
        aliases=(case.case_id,),
        archived_at=_ARCHIVED_AT,
        options=AssembleOptions(Redactor(), _TEXT_CUT_BYTES, _CLOSING_LAG),
    ).tables
    (row,) = (RawSession._make(values) for values in tables["raw_sessions"])
    session = SessionRecord(
        session_id=row.session_id,
        source=row.source,
        ended_at=row.ended_at,
        turns=tuple(tables.get("raw_turns", ())),  # type: ignore[arg-type]
        acts=tuple(tables.get("raw_human_acts", ())),  # type: ignore[arg-type]
        calls=tuple(tables.get("raw_tool_calls", ())),  # type: ignore[arg-type]
        events=tuple(tables.get("raw_events", ())),  # type: ignore[arg-type]
        responses=tuple(tables.get("raw_responses", ())),  # type: ignore[arg-type]
        harness_texts=tuple(tables.get("raw_harness_texts", ())),  # type: ignore[arg-type]
    )
    return SessionFrame(session, row.surface)
