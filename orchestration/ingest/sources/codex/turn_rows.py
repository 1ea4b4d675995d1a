"""Rows of turns: each with the sums of the responses, calls, acts and marks that belong to it.

A turn of the main conversation counts the work of the sub-agents it spawned; a sub-agent's own turn is a
row too (`is_sidechain`) and counts its own work.
"""

from collections import Counter, defaultdict

from orchestration.ingest.rows import Owner, RawTurn, row_of
from orchestration.ingest.sources.codex.responses import Response, output_tokens_of
from orchestration.ingest.sources.codex.thread_reader import ReadThread
from orchestration.ingest.sources.codex.tool_call import Call, is_question
from orchestration.ingest.sources.codex.turn import Turn


def turn_rows(threads: list[ReadThread], owner: Owner) -> list[RawTurn]:
    """Rows of all turns: those of the main conversation first, each kind in time order."""
    calls: dict[str | None, list[Call]] = defaultdict(list)
    responses: dict[str | None, list[Response]] = defaultdict(list)
    marks, steering = Counter[tuple[str | None, str]](), Counter[str | None]()
    for thread in threads:
        for call in thread.calls:
            for turn_id in {call.turn_id, thread.turn_of(call.turn_id)}:
                calls[turn_id].append(call)
        for response in thread.responses:
            for turn_id in {response.turn_id, thread.turn_of(response.turn_id)}:
                responses[turn_id].append(response)
        for mark in thread.turn_reader.marks:
            for turn_id in {mark.turn_id, thread.turn_of(mark.turn_id)}:
                marks[(turn_id, mark.kind)] += 1
        steering.update(act.turn_id for act in thread.turn_reader.talk.acts if act.kind == "steering")
    turns = sorted(
        (turn for thread in threads for turn in thread.turns),
        key=lambda turn: (turn.is_sidechain, turn.started_at, turn.turn_id),
    )
    return [
        _turn_row(number, turn, owner, calls[turn.turn_id], responses[turn.turn_id], marks, steering)
        for number, turn in enumerate(turns, start=1)
    ]


def _turn_row(
    number: int,
    turn: Turn,
    owner: Owner,
    calls: list[Call],
    responses: list[Response],
    marks: Counter[tuple[str | None, str]],
    steering: Counter[str | None],
) -> RawTurn:
    root = [response for response in responses if not response.entry.thread.meta.is_sidechain]
    root_calls = [call for call in calls if not call.entry.thread.meta.is_sidechain]
    own = responses if turn.is_sidechain else root
    row: RawTurn = row_of(
        RawTurn,
        owner,
        turn_id=turn.turn_id,
        opening_act_id=turn.opening_act.act_id if turn.opening_act else None,
        opened_by=turn.opened_by,
        turn_number=number,
        started_at=turn.started_at,
        ended_at=turn.ended_at,
        end_reason=turn.end_reason or "completed",
        wall_seconds=turn.wall_seconds,
        net_seconds=turn.net_seconds,
        reported_seconds=turn.reported_seconds,
        response_count=len(responses),
        tool_call_count=len(calls),
        root_tool_call_count=len(root_calls),
        tool_error_count=sum(call.error_kind in ("exit_code", "other", "denied_by_rule") for call in calls),
        steering_count=steering[turn.turn_id],
        interrupt_count=marks[(turn.turn_id, "interrupt")],
        denial_count=marks[(turn.turn_id, "denial")],
        clarification_count=sum(map(is_question, root_calls)) + (turn.end_reason == "question"),
        compaction_count=turn.compactions,
        agent_word_count=sum(len(text.split()) for response in own for text in response.texts),
        tool_input_word_count=sum(call.word_count for call in (calls if turn.is_sidechain else root_calls)),
        output_tokens=output_tokens_of(responses),
        permission_mode=turn.permission_mode,
        model=turn.model,
        speed=turn.speed,
        cli_version=turn.entry.thread.meta.cli_version,
        is_usage_final=all(response.usage is not None for response in responses) if responses else None,
        is_background=turn.is_sidechain,
        is_sidechain=turn.is_sidechain,
        has_agent_work=turn.has_agent_work,
    )
    return row
