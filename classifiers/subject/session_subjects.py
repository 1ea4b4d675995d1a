"""The subjects of one session, each rendered once and only if it is asked for.

The redaction before sending fails closed: a subject that cannot be sent safely is None here, and its
requests are never made.
"""

from collections.abc import Mapping, Sequence

from classifiers.asking.eligibility import SessionFrame
from classifiers.asking.questionnaire import STUDY_C
from classifiers.label_row import Rendering
from classifiers.subject.parts import Limits, document, judged_document, part_document
from classifiers.subject.render_call import TOOL_CALL, CallSubjects
from classifiers.subject.render_session import render_session
from classifiers.subject.render_turn import render_first_prompt, render_turns
from classifiers.subject.safe_text import UnsendableSubjectError
from classifiers.subject.study_c import render_study_c
from classifiers.subject.subject import Part, Subject
from orchestration.ingest.redaction.redact import Redactor

UNSENDABLE = "unsendable"
NOTHING_TO_SHOW = "nothing_to_show"
NEVER_SENT = frozenset({UNSENDABLE, NOTHING_TO_SHOW})
"""Error types of requests that never left; the first would have, without the last redaction."""
EVERY_UNIT = ""
"""Stands where a rendering makes the subjects of all its units at once."""


class SessionSubjects:
    """Renders one session on demand. `turn_ends`: how a turn must end for a turn-level question."""

    def __init__(
        self, frame: SessionFrame, *, redactor: Redactor, limits: Limits, turn_ends: frozenset[str]
    ) -> None:
        self._session = frame.session
        self._redactor = redactor
        self._limits = limits
        self._turn_ends = turn_ends
        self._rendered: dict[tuple[Rendering, str], Mapping[str, Subject]] = {}
        self._documents: dict[int, str] = {}
        self._refused: set[tuple[Rendering, str]] = set()
        self._calls: CallSubjects | None = None

    def of(self, rendering: Rendering, unit_id: str) -> Subject | None:
        """The subject of a unit; None where it must not be sent, or there is nothing to show."""
        # Of a session a few calls are asked about: each is rendered, and refused, by itself.
        key = (rendering, unit_id if rendering == TOOL_CALL else EVERY_UNIT)
        if key not in self._rendered:
            try:
                self._rendered[key] = self._render(*key)
            except UnsendableSubjectError:
                self._rendered[key] = {}
                self._refused.add(key)
        return self._rendered[key].get(unit_id)

    def why_missing(self, rendering: Rendering, unit_id: str) -> str:
        """Why `of` gave nothing: an error type of the ledger."""
        is_refused = not self._refused.isdisjoint({(rendering, EVERY_UNIT), (rendering, unit_id)})
        return UNSENDABLE if is_refused else NOTHING_TO_SHOW

    def seen(self, rendering: Rendering) -> Subject | None:
        """The subject of the session itself, if it was rendered."""
        return self._rendered.get((rendering, EVERY_UNIT), {}).get(self._session.session_id)

    def document(self, subject: Subject) -> str:
        """The subject's text, the same string for every question on it."""
        if id(subject) not in self._documents:
            self._documents[id(subject)] = document(subject)
        return self._documents[id(subject)]

    def judged_document(self, subject: Subject, observations: Mapping[int, Sequence[tuple[str, str]]]) -> str:
        """What is judged of a long subject: its observations, first and last part; empty if unsendable."""
        if id(subject) not in self._documents:
            try:
                text = judged_document(subject, observations, redactor=self._redactor, limits=self._limits)
            except UnsendableSubjectError:
                text = ""
            self._documents[id(subject)] = text
        return self._documents[id(subject)]

    def part_document(self, subject: Subject, part: Part) -> str:
        return part_document(subject, part)

    def _render(self, rendering: Rendering, unit_id: str) -> Mapping[str, Subject]:
        session, redactor, limits = self._session, self._redactor, self._limits
        if rendering == TOOL_CALL:
            self._calls = self._calls or CallSubjects(session, redactor=redactor, limits=limits)
            call = self._calls.of(unit_id)
            return {} if call is None else {unit_id: call}
        if rendering == "turn":
            turns = render_turns(session, ends=self._turn_ends, redactor=redactor, limits=limits)
            return {subject.unit_id: subject for subject in turns}
        if rendering == "first_prompt":
            found = render_first_prompt(session, redactor=redactor, limits=limits)
        elif rendering == STUDY_C:
            found = render_study_c(session, redactor=redactor, limits=limits)
        else:
            found = render_session(session, redactor=redactor, limits=limits)
        return {} if found is None else {found.unit_id: found}
