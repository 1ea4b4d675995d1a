"""Rows of what agent and human did: responses, tool calls, human acts.

One function per row type; the values were read before (`responses`, `tool_results`, `human_acts`).
"""

from collections.abc import Iterator

from orchestration.ingest.json_values import mapping_of, string_of
from orchestration.ingest.redaction.kept_text import KeptText, byte_count
from orchestration.ingest.rows import Owner, RawHumanAct, RawResponse, RawSideUsage, RawToolCall
from orchestration.ingest.sources.claude_code.approvals import CallApproval
from orchestration.ingest.sources.claude_code.human_acts import Act
from orchestration.ingest.sources.claude_code.refusals import FAILURES
from orchestration.ingest.sources.claude_code.responses import Call, Response, input_text
from orchestration.ingest.sources.claude_code.tools import category_of
from orchestration.ingest.sources.claude_code.usage import SideUsage, read_side_usages, read_usage


def response_row(response: Response, owner: Owner, kept: KeptText) -> RawResponse:
    """The row of one response: all its lines' text, the usage that counts."""
    entry, usage = response.entry, response.usage
    message = entry.record["message"]
    text = "\n".join(response.texts)
    return RawResponse(
        response_id=response.response_id,
        session_id=owner.session_id,
        turn_id=entry.turn_id,
        user_id=owner.user_id,
        project_id=owner.project_id,
        source=owner.source,
        message_id=response.named.message_id,
        agent_id=entry.agent_id,
        record_id=entry.record_id,
        request_id=response.named.request_id,
        record_origin=entry.origin,
        model=string_of(message.get("model")),
        responded_at=entry.at,
        ended_at=response.ended_at,
        text=kept.whole(text) if text else None,
        text_word_count=len(text.split()),
        text_char_count=len(text),
        thinking_char_count=response.thinking_chars,
        tool_use_count=response.tool_uses,
        line_count=response.lines,
        **read_usage(usage)._asdict(),
        reasoning_tokens=None,
        stop_reason=response.stop_reason,
        service_tier=string_of(usage.get("service_tier")),
        speed=string_of(usage.get("speed")),
        cli_version=string_of(entry.record.get("version")),
        is_usage_final=response.is_usage_final,
        is_synthetic=response.is_synthetic,
        is_api_error=response.is_api_error,
        is_sidechain=entry.is_sidechain,
    )


def side_usages_of(response: Response) -> tuple[SideUsage, ...]:
    """Uses of other models for a response, whose tokens its own counts leave out."""
    if "iterations" not in response.usage:
        return ()
    record = response.entry.record
    model, advisor = string_of(record["message"].get("model")), string_of(record.get("advisorModel"))
    return tuple(read_side_usages(response.usage, model=model, advisor_model=advisor))


def side_usage_rows(response: Response, owner: Owner) -> Iterator[RawSideUsage]:
    """The rows of what other models did for a response."""
    entry, usage = response.entry, mapping_of(response.usage)
    for side in side_usages_of(response):
        yield RawSideUsage(
            session_id=owner.session_id,
            response_id=response.response_id,
            part_number=side.number,
            turn_id=entry.turn_id,
            user_id=owner.user_id,
            project_id=owner.project_id,
            source=owner.source,
            agent_id=entry.agent_id,
            part_kind=side.kind,
            model=side.model,
            **side.usage._asdict(),
            service_tier=string_of(usage.get("service_tier")),
            responded_at=entry.at,
            is_usage_final=response.is_usage_final,
            is_sidechain=entry.is_sidechain,
        )


def tool_call_row(call: Call, owner: Owner, kept: KeptText, approval: CallApproval) -> RawToolCall:
    """The row of one call with its result; input and result are cut to head and tail."""
    entry, result = call.entry, call.result
    asked = input_text(call) if call.has_call else None
    path = call.input.get("file_path") or call.input.get("notebook_path")
    path = path if isinstance(path, str) else None
    name = path.replace("\\", "/").rsplit("/", 1)[-1] if path else ""
    skill = call.input.get("skill") if call.name == "Skill" else None
    agent_type = call.input.get("subagent_type") or (result.subagent_type if result else None)
    return RawToolCall(
        tool_use_id=call.tool_use_id,
        occurrence=call.occurrence,
        session_id=owner.session_id,
        turn_id=entry.turn_id,
        user_id=owner.user_id,
        project_id=owner.project_id,
        source=owner.source,
        response_id=call.response.response_id if call.response else None,
        deployment_id=None,
        agent_id=entry.agent_id,
        record_id=entry.record_id,
        result_record_id=call.result_entry.record_id if call.result_entry else None,
        record_origin=entry.origin,
        tool_name=call.name[:120],
        tool_category=category_of(call.name, mcp_server=_mcp_server(call.name)),
        mcp_server=_mcp_server(call.name),
        called_at=entry.at,
        resulted_at=call.result_entry.at if call.result_entry else None,
        input_text=kept.cut(asked) if asked else None,
        input_byte_count=byte_count(asked) if asked is not None else None,
        result_text=kept.cut(result.text) if result and result.text else None,
        result_byte_count=byte_count(result.text) if result else None,
        error_kind=result.error_kind if result else None,
        exit_code=result.exit_code if result else None,
        file_path=kept.whole(path) if path else None,
        file_extension=name.rsplit(".", 1)[1].lower()[:20] if "." in name[1:] else None,
        lines_added=call.lines.added,
        lines_removed=call.lines.removed,
        lines_known_by=call.lines.known_by,
        spawned_agent_id=result.spawned_agent_id if result else None,
        subagent_type=agent_type[:120] if isinstance(agent_type, str) else None,
        skill_name=skill[:120] if isinstance(skill, str) else None,
        **approval._asdict(),
        is_error=result is not None and result.error_kind in FAILURES,
        is_new_file=call.lines.is_new_file,
        is_user_modified=result.is_user_modified if result else None,
        is_background=bool(result and result.is_background),
        is_interrupted=bool(result and result.is_interrupted),
        is_sidechain=entry.is_sidechain,
        has_call=call.has_call,
        has_result=result is not None,
        has_unknown_lines=call.has_unknown_lines,
    )


def human_act_row(act: Act, owner: Owner, kept: KeptText) -> RawHumanAct:
    """The row of one act; its words are kept whole."""
    text = act.text
    return RawHumanAct(
        act_id=act.act_id,
        session_id=owner.session_id,
        turn_id=act.entry.turn_id,
        user_id=owner.user_id,
        project_id=owner.project_id,
        source=owner.source,
        record_id=string_of(act.entry.record.get("uuid")),
        act_kind=act.kind,
        acted_at=act.entry.at,
        text=kept.whole(text) if text else text,
        word_count=len(text.split()) if text is not None else None,
        char_count=len(text) if text is not None else None,
        command_name=act.command_name[:120] if act.command_name else None,
        tool_use_id=act.tool_use_id,
        occurrence=act.occurrence,
        queue_outcome=act.queue_outcome,
        permission_mode=act.permission_mode,
        is_typed=act.is_typed,
        is_mid_run=act.is_mid_run,
        has_image=act.has_image,
    )


def _mcp_server(tool_name: str) -> str | None:
    parts = tool_name.split("__")
    return parts[1][:120] if len(parts) >= 3 and parts[0] == "mcp" else None
