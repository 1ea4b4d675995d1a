"""Rows of one session → what stands in each record of its text: whose it is, which text, which rule cuts it.

Nothing is redacted, shortened or numbered here (shown_records); which events become words is said in
event_words. Wording in notes and marks is the renderer's own: no text from outside may stand in them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import orjson

from classifiers.rules.reading import record_of_act, record_of_event, record_of_result
from classifiers.session_record import SessionRecord
from classifiers.subject.condense import (
    HARNESS_TEXT,
    SUBAGENT_TEXT,
    CondenseRule,
    harness_rule,
    input_rule,
    result_rule,
)
from classifiers.subject.event_words import fact_of, mark_of
from classifiers.subject.subject import Actor
from orchestration.ingest.rows import (
    EventKind,
    HarnessTextKind,
    HumanActKind,
    RawEvent,
    RawHarnessText,
    RawHumanAct,
    RawResponse,
    RawToolCall,
    ToolErrorKind,
)

Letter = Literal["h", "x", "a", "c", "t"]

ACTORS: dict[Letter, Actor] = {"x": "harness", "h": "human", "a": "agent", "c": "agent", "t": "tool"}
"""Whose a record is, by the letter of its short id. Records of one moment are shown in this order: that a
call was refused comes before what the person said with it."""

_ACT_NOTES: dict[HumanActKind, str] = {
    "prompt": "typed prompt",
    "steering": "typed while the agent worked",
    "command": "command",
    "shell_command": "shell command run by the person",
    "answer": "answer to {call}",
    "plan_accepted": "verdict on the plan of {call}",
    "plan_rejected": "verdict on the plan of {call}",
    "denial_feedback": "feedback on refusing {call}",
    "plan_implementation": "prompt written by the program",
}
_ACT_MARKS: dict[HumanActKind, str] = {
    "plan_accepted": "⟦accepted the plan⟧",
    "plan_rejected": "⟦sent the plan back⟧",
    "plan_implementation": "⟦the person accepted a plan, and the program wrote this prompt⟧",
}
_HARNESS_NOTES: dict[HarnessTextKind, str] = {
    "compaction_summary": "summary of what came before",
    "caveat": "note on local commands",
    "command_output": "output of a local command",
    "shell_output": "output of a shell command of the person",
    "notification": "notice of a background task",
    "machine_message": "message of another agent or of a schedule",
    "hook": "feedback of a hook",
    "reminder": "reminder",
    "editor": "note of the editor",
    "interrupt": "marker of an interruption",
    "warmup": "warm-up",
    "system_prompt": "system prompt",
    "request_message": "message in the request",
    "earlier_answer": "earlier answer of the agent in the request",
    "earlier_result": "earlier result of a tool in the request",
    "injected": "text put in by the program",
}
_ENDINGS: dict[ToolErrorKind | None, str] = {
    "denied_by_rule": " · refused by a rule",
    "denied_by_classifier": " · refused by the safety check",
    "denied_by_hook": " · refused by a hook",
    "no_surface": " · refused because nobody could be asked",
    "collateral": " · cancelled because a parallel call failed",
}
_VERDICTS = frozenset({"answer", "plan_accepted", "plan_rejected", "denial_feedback"})
_CUT_IN_LAKE = " bytes left out …]"


@dataclass(frozen=True)
class Draft:
    """One record before it is made safe. `text` is from outside; `rule` None: it is never shortened.

    `missing_count`: bytes of the text that the lake does not hold. `call_id` is the tool call that the
    record is (`c`) or refers to; `{call}` in note and marks stands for that call's short id. `event_kind`
    is set where the record is an event.
    """

    letter: Letter
    record_id: str
    at: datetime
    turn_id: str | None
    text: str = field(default="", repr=False)
    rule: CondenseRule | None = None
    missing_count: int = 0
    note: str = ""
    marks: tuple[str, ...] = ()
    call_id: str | None = None
    agent_id: str | None = None
    event_kind: EventKind | None = None


def drafts_of(session: SessionRecord) -> tuple[Draft, ...]:
    """Everything of a session that is shown, in time order."""
    verdicts = {act.tool_use_id for act in session.acts if act.act_kind in _VERDICTS} - {None}
    refusals = {e.tool_use_id for e in session.events if e.event_kind in ("denial", "plan_stopped")} - {None}
    facts = _facts_by_call(session.events)
    found = [*map(_act, session.acts), *map(_harness_text, filter(_is_shown, session.harness_texts))]
    for response in session.responses:
        found += _response(response)
    for call in session.calls:
        if call.has_call:
            found.append(_call(call))
        is_told_elsewhere = call.tool_use_id in verdicts or (
            call.error_kind == "denied_by_user" and call.tool_use_id in refusals
        )
        if call.has_result and not is_told_elsewhere:
            found.append(_result(call, facts.pop(call.tool_use_id, [])))
    in_text = {response.record_id for response in session.responses}
    for event in session.events:
        if event.tool_use_id in facts or (mark_of(event) is not None and event.record_id not in in_text):
            found.append(_event(event))
    return tuple(sorted(found, key=_in_time))


def _in_time(draft: Draft) -> tuple[datetime, int, str, str]:
    return draft.at, list(ACTORS).index(draft.letter), draft.record_id, draft.call_id or ""


def _facts_by_call(events: tuple[RawEvent, ...]) -> dict[str, list[str]]:
    """Marks for what a call did, by call."""
    facts: dict[str, list[str]] = {}
    for event in events:
        fact = fact_of(event)
        if fact is not None and event.tool_use_id is not None:
            facts.setdefault(event.tool_use_id, []).append(fact)
    return facts


def _act(act: RawHumanAct) -> Draft:
    is_by_program = act.act_kind == "plan_implementation"
    text = act.text or ""
    if act.act_kind == "command" and not text.startswith("/"):
        text = f"/{act.command_name or ''} {text}".rstrip()
    elif act.act_kind == "shell_command":
        text = f"! {text}"
    marks = [_ACT_MARKS[act.act_kind]] if act.act_kind in _ACT_MARKS else []
    if act.has_image:
        marks.append("⟦image⟧")
    if not text and not marks:
        marks.append("⟦no text⟧")
    return Draft(
        letter="x" if is_by_program else "h",
        record_id=record_of_act(act),
        at=act.acted_at,
        turn_id=act.turn_id,
        text=text,
        rule=HARNESS_TEXT if is_by_program else None,
        note=_ACT_NOTES[act.act_kind],
        marks=tuple(marks),
        call_id=act.tool_use_id,
    )


def _is_shown(text: RawHarnessText) -> bool:
    """An interruption of the main conversation is told by its event, and one after a refusal by that."""
    return text.text_kind != "interrupt" or text.is_sidechain


def _harness_text(text: RawHarnessText) -> Draft:
    return Draft(
        letter="x",
        record_id=text.harness_text_id,
        at=text.written_at,
        turn_id=text.turn_id,
        text=text.text,
        rule=harness_rule(text.text_kind),
        missing_count=_missing(text.text, text.byte_count),
        note=_HARNESS_NOTES[text.text_kind],
        agent_id=_agent(text),
    )


def _response(response: RawResponse) -> Iterator[Draft]:
    """What the agent wrote; what the program wrote in its place is the harness's. Nothing for no text."""
    if not response.text or not response.text.strip():
        return
    is_by_program = response.is_synthetic or response.is_api_error
    rule = HARNESS_TEXT if is_by_program else SUBAGENT_TEXT if response.is_sidechain else None
    yield Draft(
        letter="x" if is_by_program else "a",
        record_id=response.record_id,
        at=response.responded_at,
        turn_id=response.turn_id,
        text=response.text,
        rule=rule,
        note="message of the program" if is_by_program else "",
        agent_id=_agent(response),
        event_kind="api_error" if response.is_api_error else None,
    )


def _call(call: RawToolCall) -> Draft:
    asked = call.input_text or ""
    return Draft(
        letter="c",
        record_id=call.record_id,
        at=call.called_at,
        turn_id=call.turn_id,
        text=f"{call.tool_name}\n{_fields(asked)}".rstrip(),
        rule=input_rule(call),
        missing_count=_missing(asked, call.input_byte_count),
        note="tool call",
        marks=() if call.has_result else ("⟦no result in the transcript⟧",),
        call_id=call.tool_use_id,
        agent_id=_agent(call),
    )


def _result(call: RawToolCall, facts: list[str]) -> Draft:
    result = call.result_text or ""
    note = "result of {call}" if call.has_call else "result of a call that is not in the transcript"
    return Draft(
        letter="t",
        record_id=record_of_result(call),
        at=call.resulted_at or call.called_at,
        turn_id=call.turn_id,
        text=result,
        rule=result_rule(call),
        missing_count=_missing(result, call.result_byte_count),
        note=f"{note}{_ended(call)}",
        marks=(*(() if result else ("⟦no output⟧",)), *facts),
        call_id=call.tool_use_id,
        agent_id=_agent(call),
    )


def _event(event: RawEvent) -> Draft:
    return Draft(
        letter="x",
        record_id=record_of_event(event),
        at=event.occurred_at,
        turn_id=event.turn_id,
        marks=(mark_of(event) or fact_of(event) or "",),
        call_id=event.tool_use_id,
        agent_id=_agent(event),
        event_kind=event.event_kind,
    )


def _agent(row: RawResponse | RawToolCall | RawEvent | RawHarnessText) -> str | None:
    """The sub-agent a row belongs to; None for the main conversation."""
    return (row.agent_id or "unknown") if row.is_sidechain else None


def _ended(call: RawToolCall) -> str:
    """How a call ended, as the end of a head line."""
    if call.is_background:
        return " · in the background"
    if call.error_kind == "interrupted" or call.is_interrupted:
        return " · interrupted"
    if call.error_kind == "denied_by_user":
        return " · refused by the person"
    if call.error_kind in _ENDINGS:
        return _ENDINGS[call.error_kind]
    if call.exit_code is not None:
        return f" · exit code {call.exit_code}"
    return " · failed" if call.is_error else ""


def _fields(asked: str) -> str:
    """A call's input line by line; one that the lake cut in the middle stays as it is."""
    try:
        values = orjson.loads(asked)
    except orjson.JSONDecodeError:
        return asked
    if not isinstance(values, dict):
        return asked
    return "\n".join(f"{name}: {_value(value)}" for name, value in values.items())


def _value(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _missing(kept: str, stated_bytes: int | None) -> int:
    """Bytes that the lake's own cut left out of a text; it says so in the text, and the size proves it."""
    if stated_bytes is None or _CUT_IN_LAKE not in kept:
        return 0
    return max(0, stated_bytes - len(kept.encode(errors="replace")))
