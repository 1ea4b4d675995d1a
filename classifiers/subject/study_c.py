"""The second rendering: cut as study C's appendix says, to see what reading less does to a label.

Each turn is cut in its middle to 5,000 characters, then the session to 25,000; here human and agent text
is cut too. What is left of the whole rendering keeps its short ids. Not here: the whole session.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from classifiers.session_record import SessionRecord
from classifiers.subject.condense import left_out_mark
from classifiers.subject.parts import Limits
from classifiers.subject.render_session import subject_of
from classifiers.subject.safe_text import SafeText
from classifiers.subject.shown_records import ShownSession
from classifiers.subject.subject import Subject, SubjectRecord
from orchestration.ingest.redaction.kept_text import TextRedactor

TURN_CHARS = 5_000
SESSION_CHARS = 25_000


def render_study_c(session: SessionRecord, *, redactor: TextRedactor, limits: Limits) -> Subject:
    """The session, cut twice; raises UnsendableSubjectError where a text cannot be made safe."""
    shown = ShownSession(session)
    safe = SafeText(redactor, unit_id=session.session_id)
    whole = shown.records(range(len(shown.drafts)), safe=safe, limits=limits)
    turns = [list(turn) for _, turn in groupby(whole, key=lambda record: record.turn_id)]
    cut = middle_cut([record for turn in turns for record in middle_cut(turn, TURN_CHARS)], SESSION_CHARS)
    before = {record.short_id: record.text for record in whole}
    records = [
        record if record.text == before[record.short_id] else replace(record, text=safe.settled(record.text))
        for record in cut
    ]
    return subject_of(session, records, limits=limits, rendering="study_c", of=whole)


def middle_cut(records: Sequence[SubjectRecord], limit: int) -> list[SubjectRecord]:
    """The first and the last half of `limit` characters of the records' texts; where it is cut, a mark."""
    size = sum(len(record.text) for record in records)
    if size <= limit:
        return list(records)
    first, last = limit // 2, size - limit // 2
    mark = left_out_mark(size - limit)
    found: list[SubjectRecord] = []
    stop = 0
    for record in records:
        start, stop = stop, stop + len(record.text)
        if start >= last or stop < first:
            found.append(record)
            continue
        head = _before_open_mark(record.text[: max(0, first - start)])
        tail = _after_open_mark(record.text[last - start :]) if stop > last else ""
        holds_cut = start < first <= stop
        if holds_cut or tail:
            found.append(_cut_to(record, [head, mark if holds_cut else "", tail]))
    return found


def _cut_to(record: SubjectRecord, pieces: list[str]) -> SubjectRecord:
    kept_count = len(pieces[0]) + len(pieces[-1])
    left_out = max(record.left_out_count, record.char_count - kept_count)
    return replace(record, text="\n".join(filter(None, pieces)), left_out_count=left_out)


def _before_open_mark(head: str) -> str:
    """The head without a mark of the renderer that the cut would leave open."""
    opened = head.rfind("⟦")
    return head[:opened] if opened > head.rfind("⟧") else head


def _after_open_mark(tail: str) -> str:
    closed, opened = tail.find("⟧"), tail.find("⟦")
    return tail[closed + 1 :] if closed >= 0 and (opened < 0 or closed < opened) else tail
