"""A moment of a session as a duel shows it: the records before a prompt, and for the judge the end as well.

Whoever proposes a step sees nothing from the prompt on. Whoever judges sees the last records too, but no word
that the person said from the moment on, and not how the prompt's direction was first taken up: both would say
whose step is which. Not here: which prompts are moments (classifiers.next_step), the steps themselves.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

from classifiers.rules.reading import record_of_act
from classifiers.session_record import SessionRecord
from classifiers.subject.parts import FENCE_TOKENS, Limits, record_tokens
from classifiers.subject.safe_text import SafeText
from classifiers.subject.shown_records import ShownSession
from classifiers.subject.subject import SubjectRecord, fenced_blocks
from orchestration.ingest.redaction.kept_text import TextRedactor
from orchestration.ingest.rows import RawHumanAct

MOMENT_RENDERING = "moment 1"
"""Raised with every change of what is shown of a moment: part of the fingerprints of a duel."""

BEFORE_SHARE = 0.6
"""Part of the longest document that the records before a moment may fill; the end may fill the rest."""

END_SHARE = 0.5
"""Part of the records after a moment that counts as the end: the later half."""

_KINDS = ("prompt", "steering")


class MomentSubjects:
    """The moments of one session, each rendered when it is asked for."""

    def __init__(self, session: SessionRecord, *, redactor: TextRedactor, limits: Limits) -> None:
        self._session = session
        self._redactor = redactor
        self._limits = limits
        self._shown = ShownSession(session)
        self._before_tokens = int((limits.max_tokens - FENCE_TOKENS) * BEFORE_SHARE)
        self._end_tokens = limits.max_tokens - FENCE_TOKENS - self._before_tokens

    def act_of(self, record_id: str) -> RawHumanAct | None:
        """The prompt of a record, if it can be a moment: typed after the agent had begun to work."""
        found = self._prompts.get(record_id)
        return None if found is None else found[1]

    def before(self, record_id: str) -> str:
        """What whoever proposes or restates a step reads. Raises UnsendableSubjectError."""
        return fenced_blocks(self._before(record_id))

    def before_and_end(self, record_id: str) -> str:
        """What whoever judges reads. Raises UnsendableSubjectError."""
        place = self._place(record_id)
        after = range(place + 1, len(self._shown.drafts))
        last = [at for at in after[int(len(after) * (1 - END_SHARE)) :] if self._is_shown_at_end(at)]
        end = _last(self._records(last, record_id), self._end_tokens)
        gap = f"[x0] harness · the moment; {len(after) - len(end):,} later records are left out"
        return fenced_blocks([*self._before(record_id), (gap, ""), *((one.head, one.text) for one in end)])

    def words(self, record_id: str) -> str:
        """What the person said at the moment, made safe. Raises UnsendableSubjectError."""
        return self._records([self._place(record_id)], record_id)[0].text

    @cached_property
    def _prompts(self) -> Mapping[str, tuple[int, RawHumanAct]]:
        """Record → its place among the drafts and the act, of prompts that can be moments."""
        drafts = self._shown.drafts
        begun = next((at for at, draft in enumerate(drafts) if draft.letter in "ac"), len(drafts))
        typed = {
            record_of_act(act): act
            for act in self._session.acts
            if act.is_typed and act.act_kind in _KINDS and act.text and act.text.strip()
        }
        return {
            draft.record_id: (at, typed[draft.record_id])
            for at, draft in enumerate(drafts)
            if at > begun
            and draft.letter == "h"
            and draft.record_id in typed
            # What was said before in the same words is no new direction, and would be shown to who proposes.
            and not any(draft.text.strip() in earlier.text for earlier in drafts[:at])
        }

    def _place(self, record_id: str) -> int:
        return self._prompts[record_id][0]

    def _is_shown_at_end(self, at: int) -> bool:
        return self._shown.drafts[at].letter != "h"

    def _before(self, record_id: str) -> Sequence[tuple[str, str]]:
        """The first record and the last ones before the moment, with what is left out between them."""
        records = self._records(range(self._place(record_id)), record_id)
        kept = _last(records, self._before_tokens)
        if len(kept) == len(records):
            return [(one.head, one.text) for one in records]
        kept = _last(records[1:], self._before_tokens - record_tokens(records[0])) or kept
        gap = f"[x0] harness · {len(records) - len(kept) - 1:,} earlier records are left out"
        first = records[0]
        return [(first.head, first.text), (gap, ""), *((one.head, one.text) for one in kept)]

    def _records(self, places: Sequence[int], record_id: str) -> Sequence[SubjectRecord]:
        safe = SafeText(self._redactor, unit_id=f"{self._session.session_id}|{record_id}")
        return self._shown.records(places, safe=safe, limits=self._limits)


def _last(records: Sequence[SubjectRecord], room: int) -> list[SubjectRecord]:
    """The last records that fit."""
    kept: list[SubjectRecord] = []
    for record in reversed(records):
        room -= record_tokens(record)
        if room < 0:
            break
        kept.append(record)
    return kept[::-1]
