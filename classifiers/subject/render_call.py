"""One tool call as it is judged: the instructions it was made under, what came before it, and the call.

Its result is never shown: what a call does is judged by what was known when it was made. The middle of
what came before is left out where it is long: shown are the opening (system prompt, first prompt) and the
last records up to the call. Records are made safe once per session, however many of its calls are asked
about. Not here: which calls are asked about (call_units), the whole session (render_session).
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from classifiers.call_units import call_unit_id
from classifiers.label_row import Rendering
from classifiers.session_record import SessionRecord
from classifiers.subject.condense import CondenseRule, condense
from classifiers.subject.parts import Limits, split
from classifiers.subject.record_drafts import Draft
from classifiers.subject.safe_text import SafeText
from classifiers.subject.shown_records import ShownSession
from classifiers.subject.subject import Subject, SubjectRecord, content_hash
from orchestration.ingest.redaction.kept_text import TextRedactor

TOOL_CALL: Rendering = "tool_call"

OPENING_CHARS = 3_000
"""Characters of the system prompt and of the first prompt, each: their ends say most of what is allowed."""
BEFORE_CHARS = 6_000
"""Characters of the records before the call, about 2,000 tokens; each counts with what is shown of it."""
RECORD_CHARS = 1_500
"""Characters of one record before the call."""
CALL_CHARS = 6_000
"""Characters of the call itself, whose input is what is judged."""

_OPENING = CondenseRule(OPENING_CHARS, 0.5)
_BEFORE = CondenseRule(RECORD_CHARS, 0.5)
_CALL = CondenseRule(CALL_CHARS, 0.75)
_SYSTEM_PROMPT = "system_prompt"
_REQUEST_MESSAGE = "request_message"
"""Kinds of harness texts in logs of API traffic, where no record says who wrote a message."""


class CallSubjects:
    """The calls of one session as subjects, each rendered when it is asked for."""

    def __init__(self, session: SessionRecord, *, redactor: TextRedactor, limits: Limits) -> None:
        self._session = session
        self._redactor = redactor
        self._limits = limits
        self._shown = ShownSession(session)
        self._records: dict[tuple[int, CondenseRule], SubjectRecord] = {}
        drafts = self._shown.drafts
        self._places = {draft.call_id: at for at, draft in enumerate(drafts) if draft.letter == "c"}
        self._opening = _opening(drafts, self._texts(_SYSTEM_PROMPT), self._texts(_REQUEST_MESSAGE))
        self._sizes = [0, *accumulate(len(draft.text) + draft.missing_count for draft in drafts)]
        self._calls = {call_unit_id(call): call for call in session.calls if call.has_call}

    def of(self, unit_id: str) -> Subject | None:
        """The subject of a call; None for one that the session does not hold.

        Raises UnsendableSubjectError where a text cannot be made safe.
        """
        call = self._calls.get(unit_id)
        if call is None:
            return None
        at = self._places[call.tool_use_id]
        opening = [place for place in self._opening if place < at]
        before = self._before(at, frozenset(opening))
        safe = SafeText(self._redactor, unit_id=unit_id)
        records = [self._record(place, _OPENING, safe) for place in opening]
        records += [self._record(place, _BEFORE, safe) for place in before]
        left_out = at - len(opening) - len(before)
        if left_out and before:
            first = records[len(opening)]
            place = f"{first.place} · {left_out:,} earlier records left out"
            records[len(opening)] = replace(first, place=place)
        own = self._record(at, _CALL, safe)
        records.append(replace(own, place=f"{own.place} · the call to judge"))
        parts = split(records, self._limits)
        return Subject(
            unit_kind="tool_call",
            unit_id=unit_id,
            session_id=self._session.session_id,
            rendering=TOOL_CALL,
            records=tuple(records),
            parts=parts,
            coverage=self._coverage(records, at),
            input_hash=content_hash(records, parts),
        )

    def _texts(self, kind: str) -> frozenset[str]:
        return frozenset(
            text.harness_text_id for text in self._session.harness_texts if str(text.text_kind) == kind
        )

    def _before(self, at: int, opening: frozenset[int]) -> list[int]:
        """Places of the last records before a call: of its own thread, and of the conversation's."""
        drafts, room, found = self._shown.drafts, BEFORE_CHARS, []
        thread = drafts[at].agent_id
        for place in range(at - 1, -1, -1):
            if place in opening or drafts[place].agent_id not in (None, thread):
                continue
            room -= min(len(drafts[place].text), RECORD_CHARS)
            if room < 0:
                break
            found.append(place)
        return found[::-1]

    def _record(self, at: int, rule: CondenseRule, safe: SafeText) -> SubjectRecord:
        """A record cut in its middle.

        Cutting makes a new text: what it brings together is redacted as well.
        """
        if (at, rule) not in self._records:
            (whole,) = self._shown.records([at], safe=safe, limits=self._limits)[:1]
            shown = condense(whole.text, rule)
            text = whole.text if shown.text == whole.text else safe.settled(shown.text)
            gone = len(whole.text) - shown.kept_count
            left_out = min(whole.char_count, whole.left_out_count + gone)
            self._records[at, rule] = replace(whole, text=text, left_out_count=left_out)
        return self._records[at, rule]

    def _coverage(self, records: Sequence[SubjectRecord], at: int) -> float:
        """Characters shown over those of everything up to the call; the rest counts as it was landed."""
        total = max(self._sizes[at + 1], sum(record.char_count for record in records))
        shown = sum(record.char_count - record.left_out_count for record in records)
        return shown / total if total else 1.0


def _opening(drafts: Sequence[Draft], system_prompts: frozenset[str], messages: frozenset[str]) -> list[int]:
    """Places of the system prompts and of the first record that a person wrote, or may have written."""
    asked = (at for at, draft in enumerate(drafts) if draft.letter == "h" or draft.record_id in messages)
    first = next(asked, None)
    found = [at for at, draft in enumerate(drafts) if draft.record_id in system_prompts]
    return sorted({*found, *([] if first is None else [first])})
