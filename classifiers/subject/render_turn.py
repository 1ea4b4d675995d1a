"""Excerpts: the end of a turn with what the human said next, and the first typed prompt alone.

A record has the same short id as in the whole session. Not here: the whole session (render_session).
"""

from dataclasses import replace

from classifiers.session_record import SessionRecord
from classifiers.subject.parts import Limits
from classifiers.subject.record_drafts import Draft
from classifiers.subject.render_session import subject_of
from classifiers.subject.safe_text import SafeText
from classifiers.subject.shown_records import ShownSession
from classifiers.subject.subject import Subject
from orchestration.ingest.redaction.kept_text import TextRedactor
from orchestration.ingest.rows import EventKind, RawTurn

RECORDS_BEFORE_STOP = 2
"""As METHODS §3.2 has it: the stop record, at most two before it, and the next record of the human."""

_STOPPED_BY: frozenset[EventKind] = frozenset({"interrupt", "denial", "plan_stopped"})
_FAILED: frozenset[EventKind] = frozenset({"api_error"})


def render_turns(
    session: SessionRecord, *, ends: frozenset[str], redactor: TextRedactor, limits: Limits
) -> list[Subject]:
    """The end of each turn in which the agent worked and that ended so; one subject per turn."""
    shown = ShownSession(session)
    subjects = []
    for turn in session.turns:
        if turn.end_reason not in ends or not turn.has_agent_work:
            continue
        chosen, stop = _excerpt(shown.drafts, turn)
        if stop is None:
            continue
        safe = SafeText(redactor, unit_id=turn.turn_id)
        records = [
            replace(record, place=f"{record.place} · the turn ends here")
            if record.short_id == shown.short_ids[stop]
            else record
            for record in shown.records(chosen, safe=safe, limits=limits)
        ]
        subjects.append(
            subject_of(
                session, records, limits=limits, rendering="turn", unit_kind="turn", unit_id=turn.turn_id
            )
        )
    return subjects


def render_first_prompt(session: SessionRecord, *, redactor: TextRedactor, limits: Limits) -> Subject | None:
    """The first prompt that a person typed, alone; None where the session has none with text."""
    shown = ShownSession(session)
    first = next(
        (act for act in session.acts if act.act_kind == "prompt" and act.is_typed and act.text), None
    )
    if first is None:
        return None
    at = next(
        at
        for at, draft in enumerate(shown.drafts)
        if draft.letter == "h" and draft.at == first.acted_at and draft.text == first.text
    )
    safe = SafeText(redactor, unit_id=session.session_id)
    records = shown.records([at], safe=safe, limits=limits)
    return subject_of(session, records, limits=limits, rendering="first_prompt")


def _excerpt(drafts: tuple[Draft, ...], turn: RawTurn) -> tuple[list[int], int | None]:
    """Places of the records to show, and of the stop record among them; None where the turn shows none."""
    own = [at for at, draft in enumerate(drafts) if draft.turn_id == turn.turn_id and draft.agent_id is None]
    stop = next((at for at in reversed(own) if _can_be_stop(drafts[at], turn)), None)
    if stop is None:
        return [], None
    before = [at for at in own if at < stop][-RECORDS_BEFORE_STOP:]
    after = range(stop + 1, len(drafts))
    following = next((at for at in after if drafts[at].letter == "h"), None)
    until = len(drafts) if following is None else following
    verdicts = [at for at in after if at < until and drafts[at].event_kind == "plan_stopped" and at in own]
    return [*before, stop, *verdicts, *([] if following is None else [following])], stop


def _can_be_stop(draft: Draft, turn: RawTurn) -> bool:
    """What the agent or a tool did last, or what stopped them; notices of the program stop nobody."""
    if draft.letter == "x":
        return draft.event_kind in (_STOPPED_BY if turn.end_reason == "interrupted" else _FAILED)
    return draft.letter != "h"
