"""Rows of what was said in exchanges: answers, tool calls, and texts of the requests, a function each."""

from typing import NamedTuple

from orchestration.ingest.json_values import count_of, mapping_of, string_of
from orchestration.ingest.redaction.kept_text import KeptText, byte_count
from orchestration.ingest.rows import (
    HarnessTextKind,
    Owner,
    RawHarnessText,
    RawResponse,
    RawToolCall,
    row_of,
)
from orchestration.ingest.sources.api_traffic.calls import Call
from orchestration.ingest.sources.api_traffic.content import CALLS, THOUGHTS, texts_in, usage_of
from orchestration.ingest.sources.api_traffic.exchange import Exchange
from orchestration.ingest.sources.api_traffic.tool_categories import category_of, mcp_server_of


class ContextText(NamedTuple):
    """A text of a request, with its place among the request's texts."""

    exchange: Exchange
    number: int
    kind: HarnessTextKind
    text: str


def response_row(exchange: Exchange, response_id: str, owner: Owner, kept: KeptText) -> RawResponse:
    """The row of one answer."""
    answer = exchange.answer
    text, usage = texts_in(answer.blocks), usage_of(answer.usage)
    thoughts = [
        string_of(block.get("thinking")) or string_of(block.get("text")) or ""
        for block in answer.blocks
        if block.get("type") in THOUGHTS
    ]
    searched = mapping_of(answer.usage.get("server_tool_use"))
    row: RawResponse = row_of(
        RawResponse,
        owner,
        response_id=response_id,
        message_id=answer.response_id,
        record_id=exchange.stamp,
        request_id=exchange.request_id,
        record_origin="record",
        model=exchange.model,
        responded_at=exchange.at,
        ended_at=exchange.ended_at,
        text=kept.whole(text) if text else None,
        text_word_count=len(text.split()),
        text_char_count=len(text),
        thinking_char_count=sum(map(len, thoughts)),
        tool_use_count=sum(block.get("type") in CALLS for block in answer.blocks),
        line_count=1,
        web_search_request_count=count_of(searched.get("web_search_requests")),
        web_fetch_request_count=count_of(searched.get("web_fetch_requests")),
        stop_reason=answer.stop_reason,
        service_tier=string_of(answer.usage.get("service_tier")),
        is_usage_final=usage.output_tokens is not None,
        is_synthetic=False,
        is_api_error=False,
        is_sidechain=False,
        **usage._asdict(),
    )
    return row


def tool_call_row(
    call: Call, response_id: str, deployment_id: str, owner: Owner, kept: KeptText
) -> RawToolCall:
    """The row of one call; its result is known where a request of the same session brings it."""
    server = mcp_server_of(call.tool_name)
    category = category_of(call.tool_name, mcp_server=server)
    asked, path, result = call.asked, call.path, call.result_text
    name = path.replace("\\", "/").rsplit("/", 1)[-1] if path else ""
    row: RawToolCall = row_of(
        RawToolCall,
        owner,
        tool_use_id=call.call_id,
        occurrence=call.occurrence,
        response_id=response_id,
        deployment_id=deployment_id,
        record_id=call.exchange.stamp,
        record_origin="record",
        tool_name=call.tool_name[:120],
        tool_category=category,
        mcp_server=server,
        called_at=call.exchange.ended_at,
        resulted_at=call.resulted_at,
        input_text=kept.cut(asked) if asked else None,
        input_byte_count=byte_count(asked),
        result_text=kept.cut(result) if result else None,
        result_byte_count=byte_count(result) if call.result is not None else None,
        error_kind="other" if call.has_failed else None,
        file_path=kept.whole(path) if path else None,
        file_extension=name.rsplit(".", 1)[1].lower()[:20] if "." in name[1:] else None,
        approval_basis="unknown",
        is_error=call.has_failed,
        is_background=False,
        is_interrupted=False,
        is_sidechain=False,
        has_call=True,
        has_result=call.result is not None,
        has_unknown_lines=category == "edit" and not call.has_failed,
    )
    return row


def harness_text_row(said: ContextText, owner: Owner, kept: KeptText) -> RawHarnessText:
    """The row of one text of a request, cut to head and tail."""
    row: RawHarnessText = row_of(
        RawHarnessText,
        owner,
        harness_text_id=f"{said.exchange.stamp}:{said.number:04d}",
        record_id=said.exchange.stamp,
        text_kind=said.kind,
        written_at=said.exchange.at,
        text=kept.cut(said.text),
        byte_count=byte_count(said.text),
        is_sidechain=False,
    )
    return row
