"""Rows of turns: each with the sums of the responses, calls, acts and marks that belong to it."""

from collections import Counter, defaultdict
from typing import Any

from orchestration.ingest.json_values import count_of
from orchestration.ingest.rows import Owner, RawTurn
from orchestration.ingest.sources.claude_code.human_acts import Talk
from orchestration.ingest.sources.claude_code.refusals import FAILURES
from orchestration.ingest.sources.claude_code.responses import Call, Response, Work, input_word_count
from orchestration.ingest.sources.claude_code.turn import Mark, Turn
from orchestration.ingest.sources.claude_code.turns import BACKGROUND_OPENERS
from orchestration.ingest.sources.claude_code.work_rows import side_usages_of


def turn_rows(turns: list[Turn], marks: list[Mark], work: Work, talk: Talk, owner: Owner) -> list[RawTurn]:
    """Turn rows with the sums of what belongs to each."""
    calls, responses = defaultdict(list), defaultdict(list)
    for call in work.calls.values():
        calls[call.entry.turn_id].append(call)
    for response in work.responses:
        if not response.is_synthetic:
            responses[response.entry.turn_id].append(response)
    counted = Counter((mark.turn_id, mark.kind) for mark in marks)
    steering = Counter(
        act.entry.turn_id for act in talk.acts.values() if act.is_mid_run and act.kind == "steering"
    )
    return [
        turn_row(number, turn, owner, calls[turn.turn_id], responses[turn.turn_id], counted, steering)
        for number, turn in enumerate(turns, start=1)
    ]


def turn_row(
    number: int,
    turn: Turn,
    owner: Owner,
    calls: list[Call],
    responses: list[Response],
    marks: Counter[tuple[str | None, Any]],
    steering: Counter[str | None],
) -> RawTurn:
    tokens = [count_of(response.usage.get("output_tokens")) for response in responses]
    # What an advisor wrote for a response is work of the turn; a session's sum holds it too.
    tokens += [side.usage.output_tokens for response in responses for side in side_usages_of(response)]
    known = [token for token in tokens if token is not None]
    root = [response for response in responses if not response.entry.is_sidechain]
    questions = sum(call.name == "AskUserQuestion" and not call.entry.is_sidechain for call in calls)
    if turn.end_reason == "question" and turn.waiting is None:
        questions += 1
    return RawTurn(
        turn_id=turn.turn_id,
        session_id=owner.session_id,
        user_id=owner.user_id,
        project_id=owner.project_id,
        source=owner.source,
        opening_act_id=turn.opening_act.act_id if turn.opening_act else None,
        opened_by=turn.opened_by,
        turn_number=number,
        started_at=turn.started_at,
        ended_at=max(turn.started_at, turn.ended_at),
        end_reason=turn.end_reason or "completed",
        wall_seconds=turn.wall_seconds,
        net_seconds=turn.net_seconds,
        reported_seconds=turn.reported_seconds,
        response_count=len(responses),
        tool_call_count=len(calls),
        root_tool_call_count=sum(not call.entry.is_sidechain for call in calls),
        tool_error_count=sum(
            call.result is not None and call.result.error_kind in FAILURES for call in calls
        ),
        steering_count=steering[turn.turn_id],
        interrupt_count=marks[(turn.turn_id, "interrupt")],
        denial_count=marks[(turn.turn_id, "denial")],
        clarification_count=questions,
        compaction_count=turn.compactions,
        agent_word_count=sum(len(text.split()) for response in root for text in response.texts),
        tool_input_word_count=sum(input_word_count(call) for call in calls if not call.entry.is_sidechain),
        output_tokens=sum(known) if known else None,
        permission_mode=turn.permission_mode,
        model=turn.model,
        speed=turn.speed,
        cli_version=turn.version,
        is_usage_final=all(response.is_usage_final for response in responses) if responses else None,
        is_background=turn.opened_by in BACKGROUND_OPENERS,
        is_sidechain=False,
        has_agent_work=turn.has_agent_work,
    )
