"""Rows of what agent, person and harness did: responses, tool calls, human acts, texts of the harness.

One function per row type; the values were read before.
"""

from collections.abc import Collection
from typing import Any

from orchestration.ingest.redaction.kept_text import KeptText, byte_count
from orchestration.ingest.rows import (
    Owner,
    RawHarnessText,
    RawHumanAct,
    RawResponse,
    RawToolCall,
    row_of,
)
from orchestration.ingest.sources.codex.responses import Response
from orchestration.ingest.sources.codex.talk import HarnessText
from orchestration.ingest.sources.codex.thread_reader import ReadThread
from orchestration.ingest.sources.codex.tool_call import Call, CallId
from orchestration.ingest.sources.codex.turn import Act


def response_row(response: Response, thread: ReadThread, owner: Owner, kept: KeptText) -> RawResponse:
    """The row of one response. Usage is final where a total of tokens follows it."""
    usage, text = response.usage, "\n".join(response.texts)
    row: RawResponse = row_of(
        RawResponse,
        owner,
        response_id=response.response_id,
        turn_id=thread.turn_of(response.turn_id),
        agent_id=thread.thread.agent_id,
        record_id=response.entry.record_id,
        record_origin="record",
        model=response.model,
        responded_at=response.entry.at,
        ended_at=response.ended_at,
        text=kept.whole(text) if text else None,
        text_word_count=len(text.split()),
        text_char_count=len(text),
        thinking_char_count=response.thinking_chars,
        tool_use_count=len(response.calls),
        line_count=response.lines,
        input_tokens=usage.input_tokens if usage else None,
        cache_creation_input_tokens=usage.cache_creation_input_tokens if usage else None,
        cache_read_input_tokens=usage.cache_read_input_tokens if usage else None,
        output_tokens=usage.output_tokens if usage else None,
        reasoning_tokens=usage.reasoning_tokens if usage else None,
        web_search_request_count=response.web_search_count,
        service_tier=response.service_tier,
        cli_version=thread.thread.meta.cli_version,
        is_usage_final=usage is not None and usage.output_tokens is not None,
        is_synthetic=False,
        is_api_error=False,
        is_sidechain=thread.is_sidechain,
    )
    return row


def tool_call_row(
    call: Call,
    call_id: CallId,
    thread: ReadThread,
    owner: Owner,
    kept: KeptText,
    *,
    told_threads: Collection[str],
) -> RawToolCall:
    """The row of one call with its result; input and result are cut to head and tail.

    `told_threads` are those whose files are there: what any other sub-agent changed nobody knows.
    """
    mode = thread.modes.get(call.turn_id)
    asked = (call.command or call.asked) if call.has_call else None
    path, change, result = call.asked_path, call.change, call.result_text
    name = path.replace("\\", "/").rsplit("/", 1)[-1] if path else ""
    row: RawToolCall = row_of(
        RawToolCall,
        owner,
        tool_use_id=call_id.tool_use_id,
        occurrence=call_id.occurrence,
        turn_id=thread.turn_of(call.turn_id),
        response_id=call.response_id,
        agent_id=thread.thread.agent_id,
        record_id=call.entry.record_id,
        result_record_id=call.result_entry.record_id if call.result_entry else None,
        record_origin="record",
        tool_name=call.name[:120],
        tool_category=call.category,
        mcp_server=call.mcp_server,
        called_at=call.entry.at,
        resulted_at=call.result_entry.at if call.result_entry else None,
        input_text=kept.cut(asked) if asked else None,
        input_byte_count=byte_count(asked) if asked is not None else None,
        result_text=kept.cut(result) if result else None,
        result_byte_count=byte_count(result) if call.has_result else None,
        error_kind=call.error_kind,
        exit_code=call.exit_code,
        file_path=kept.whole(path) if path else None,
        file_extension=name.rsplit(".", 1)[1].lower()[:20] if "." in name[1:] else None,
        lines_added=change.lines_added if change else None,
        lines_removed=change.lines_removed if change else None,
        lines_known_by=change.known_by if change else None,
        spawned_agent_id=call.spawned_thread,
        subagent_type=call.agent_role[:120] if call.agent_role else None,
        is_error=call.error_kind in ("exit_code", "other", "denied_by_rule"),
        is_new_file=change.is_new if change else None,
        is_background=call.is_left_running,
        is_interrupted=call.error_kind == "interrupted",
        is_sidechain=thread.is_sidechain,
        has_call=call.has_call,
        has_result=call.has_result,
        has_unknown_lines=_has_unknown_lines(call, told_threads),
        **_approval(call, mode),
    )
    return row


def _has_unknown_lines(call: Call, told_threads: Collection[str]) -> bool:
    if call.spawned_thread is not None:
        return call.spawned_thread not in told_threads
    return call.change is not None and call.change.known_by is None


def _approval(call: Call, mode: str | None) -> dict[str, Any]:
    """What is known of the decision on a call: a grant leaves no record, so that most are unknown."""
    by = {"denied_by_user": "user", "denied_by_rule": "rule"}.get(call.error_kind or "")
    if by is not None:
        return {"approval": "reject", "approval_basis": "inferred", "approved_by": by}
    if mode == "never" and call.has_result and call.error_kind != "interrupted":
        return {"approval": "accept", "approval_basis": "inferred", "approved_by": "permission_mode"}
    return {"approval_basis": "unknown"}


def human_act_row(act: Act, call_id: CallId | None, owner: Owner, kept: KeptText) -> RawHumanAct:
    """The row of one act; its words are kept whole."""
    text = act.text
    row: RawHumanAct = row_of(
        RawHumanAct,
        owner,
        act_id=act.act_id,
        turn_id=act.turn_id,
        record_id=act.entry.record_id,
        act_kind=act.kind,
        acted_at=act.entry.at,
        text=kept.whole(text) if text else text,
        word_count=len(text.split()) if text is not None else None,
        char_count=len(text) if text is not None else None,
        command_name=act.command_name,
        tool_use_id=call_id.tool_use_id if call_id else None,
        occurrence=call_id.occurrence if call_id else None,
        queue_outcome="delivered" if act.kind == "steering" else None,
        permission_mode=act.permission_mode,
        is_typed=act.kind != "answer",
        is_mid_run=act.is_mid_run,
        has_image=act.has_image,
    )
    return row


def harness_text_row(said: HarnessText, thread: ReadThread, owner: Owner, kept: KeptText) -> RawHarnessText:
    """The row of one text of the harness, cut to head and tail."""
    entry = said.entry
    row: RawHarnessText = row_of(
        RawHarnessText,
        owner,
        harness_text_id=f"{entry.record_id}:{said.number}" if said.number else entry.record_id,
        turn_id=thread.turn_of(entry.turn_id),
        agent_id=thread.thread.agent_id,
        record_id=entry.record_id,
        text_kind=said.kind,
        written_at=entry.at,
        text=kept.cut(said.text),
        byte_count=byte_count(said.text),
        is_sidechain=thread.is_sidechain,
    )
    return row
