"""Drafts → records as they are shown: made safe, shortened by their rule, numbered, placed.

Numbers run over the whole session, so that a record has one short id in every rendering of it. Only the
drafts that are asked for are made safe: an excerpt needs no more than itself. Not here: what a draft
holds (record_drafts), the fence (subject).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property

from classifiers.session_record import SessionRecord
from classifiers.subject.condense import condense
from classifiers.subject.parts import FENCE_TOKENS, Limits, record_tokens
from classifiers.subject.record_drafts import ACTORS, Draft, drafts_of
from classifiers.subject.safe_text import SafeText
from classifiers.subject.subject import SubjectRecord
from classifiers.subject.token_estimate import ASCII_CHARS_PER_TOKEN, estimated_tokens
from classifiers.subject.visible_text import visible

_GOES_ON_TOKENS = 20
_LINE_SEARCH = 2_000
"""A piece of a very long text ends at the end of a line that is at most this many characters away."""


class ShownSession:
    """The drafts of one session with their numbers; `records` makes those that are asked for."""

    def __init__(self, session: SessionRecord) -> None:
        self.session = session
        self.drafts = drafts_of(session)
        self._counts: Counter[str] = Counter()
        self.short_ids: list[str] = []
        for draft in self.drafts:
            self._counts[draft.letter] += 1
            self.short_ids.append(f"{draft.letter}{self._counts[draft.letter]}")
        self._started_at = self.drafts[0].at if self.drafts else None
        self._turn_numbers = {turn.turn_id: turn.turn_number for turn in session.turns}

    def records(self, chosen: Iterable[int], *, safe: SafeText, limits: Limits) -> tuple[SubjectRecord, ...]:
        """The drafts at these places; where they fill more than a document, none is longer than a part."""
        whole = [self._record(at, safe) for at in chosen]
        if sum(map(record_tokens, whole)) + FENCE_TOKENS <= limits.max_tokens:
            return tuple(whole)
        numbers = Counter(self._counts)
        found: list[SubjectRecord] = []
        for record in whole:
            first, *others = _pieces(record, limits.part_tokens - FENCE_TOKENS)
            found.append(first)
            letter = record.short_id[0]
            for piece in others:
                numbers[letter] += 1
                place = f"{record.place} · {record.short_id} goes on"
                found.append(replace(piece, short_id=f"{letter}{numbers[letter]}", place=place))
        return tuple(found)

    def _record(self, at: int, safe: SafeText) -> SubjectRecord:
        draft = self.drafts[at]
        plain, hidden_count = visible(draft.text.strip("\n"))
        text = safe.redacted(plain)
        shown = condense(text, draft.rule, missing_count=draft.missing_count)
        # Cutting makes a new text: what it brings together is redacted as well.
        kept = safe.verified(text) if shown.text == text else safe.settled(shown.text)
        marks = [self._named(mark, draft) for mark in draft.marks]
        if hidden_count:
            marks.append(f"⟦{hidden_count:,} hidden characters left out⟧")
        char_count = len(text) + draft.missing_count
        return SubjectRecord(
            short_id=self.short_ids[at],
            record_id=draft.record_id,
            actor=ACTORS[draft.letter],
            text="\n".join([*([kept] if kept else []), *marks]),
            char_count=char_count,
            at=draft.at,
            turn_id=draft.turn_id,
            place=self._place(draft),
            left_out_count=char_count - shown.kept_count,
        )

    def _place(self, draft: Draft) -> str:
        """Turn, sub-agent, what it is, and when, from the session's first record on."""
        number = self._turn_numbers.get(draft.turn_id) if draft.turn_id is not None else None
        words = [f"turn {number}" if number is not None else "between turns"]
        if draft.agent_id is not None:
            words.append(self._subagents[draft.agent_id])
        if draft.note:
            words.append(self._named(draft.note, draft))
        return " · ".join([*words, self._elapsed(draft.at)])

    def _elapsed(self, at: datetime) -> str:
        assert self._started_at is not None  # there is a draft
        minutes = int((at - self._started_at).total_seconds() // 60)
        return f"+{minutes // 60}h{minutes % 60:02d}m"

    def _named(self, words: str, draft: Draft) -> str:
        if draft.letter == "c":
            return words
        return words.replace("{call}", self._calls.get(draft.call_id) or "a call that is not shown")

    @cached_property
    def _calls(self) -> dict[str | None, str]:
        """Short id of each call by its tool use id."""
        return {
            draft.call_id: short_id
            for draft, short_id in zip(self.drafts, self.short_ids, strict=True)
            if draft.letter == "c"
        }

    @cached_property
    def _subagents(self) -> dict[str, str]:
        """Each sub-agent by number in order of appearance, with its depth below the main conversation."""
        started_by = {call.spawned_agent_id: call.agent_id for call in self.session.calls}
        names: dict[str, str] = {}
        for draft in self.drafts:
            if draft.agent_id is None or draft.agent_id in names:
                continue
            depth, parent, seen = 1, started_by.get(draft.agent_id), {draft.agent_id}
            while parent is not None and parent not in seen:
                seen.add(parent)
                depth, parent = depth + 1, started_by.get(parent)
            names[draft.agent_id] = f"sub-agent {len(names) + 1} at depth {depth}"
        return names


def _pieces(record: SubjectRecord, max_tokens: int) -> Sequence[SubjectRecord]:
    """A record longer than a part, in pieces that together hold all of its text."""
    text, room = record.text, max_tokens - estimated_tokens(record.head) - _GOES_ON_TOKENS
    if record_tokens(record) <= max_tokens:
        return [record]
    first, *others = _slices(text, room)
    # What is shown in later pieces is theirs; marks and what is left out stay with the first.
    shown_later = min(sum(map(len, others)), record.char_count - record.left_out_count)
    return [
        replace(record, text=first, char_count=record.char_count - shown_later),
        *_shared(record, others, shown_later),
    ]


def _shared(record: SubjectRecord, texts: Sequence[str], char_count: int) -> Iterator[SubjectRecord]:
    for text in texts:
        own = min(len(text), char_count)
        char_count -= own
        yield replace(record, text=text, char_count=own, left_out_count=0)


def _slices(text: str, room: int) -> Iterator[str]:
    at = 0
    while at < len(text):
        size = int(room * ASCII_CHARS_PER_TOKEN)
        while size > 1 and _tokens(text[at : at + size]) > room:
            size = max(1, size * 3 // 4)
        if at + size < len(text):
            line_end = text.rfind("\n", at + max(1, size - _LINE_SEARCH), at + size)
            size = line_end + 1 - at if line_end > at else size
        yield text[at : at + size].removesuffix("\n")
        at += size


def _tokens(text: str) -> int:
    return estimated_tokens(text) + 2 + text.count("\n")
