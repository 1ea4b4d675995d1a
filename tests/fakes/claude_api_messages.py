"""How the fake makes a message: the answer's text, the faults in it, its stop reason and its tokens."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from tests.fakes.claude_api_answers import asked, asked_fields, in_output_schema
from tests.fakes.claude_api_cache import Usage, token_count
from tests.fakes.claude_api_faults import Fault

Answer = Callable[[str, str, str, str], dict[str, Any]]
"""(question name, step, document, question) → the fields of the typed answer."""

THINKING_MODELS = ("claude-haiku-5-5",)
"""Models that think unless told otherwise: their first block is thinking, and it counts as output."""

_THOUGHT = "The records are read before the question is answered. " * 4
_STOP_REASONS = {"max_tokens": "max_tokens", "context_exceeded": "model_context_window_exceeded"}


def user_texts(params: Mapping[str, Any]) -> tuple[str, str]:
    """Document and question: the last block is the question, the one before it the document."""
    content = params["messages"][0]["content"]
    texts = [content] if isinstance(content, str) else [block["text"] for block in content]
    return (texts[-2] if len(texts) > 1 else "", texts[-1])


def made_message(
    params: Mapping[str, Any],
    *,
    number: int,
    answer: Answer,
    usage: Usage,
    fault: Fault | None,
    is_batch: bool,
) -> tuple[dict[str, Any], Usage]:
    """The message as JSON, and its tokens with the output counted."""
    kind = fault.kind if fault else None
    document, question = user_texts(params)
    name, step = asked(question)
    output = in_output_schema(answer(name, step, document, question))
    text = "" if kind == "refusal" else _text(output, question, kind)
    blocks = [{"type": "text", "text": text}] if text else []
    if params["model"] in THINKING_MODELS or kind == "thinking_first":
        blocks.insert(0, {"type": "thinking", "thinking": _THOUGHT, "signature": "c2lnbmF0dXJl"})
    tokens = max(1, sum(token_count(block.get("text") or block["thinking"]) for block in blocks))
    is_cut = tokens > params["max_tokens"] or kind == "max_tokens"
    stop_reason = "max_tokens" if is_cut else _STOP_REASONS.get(str(kind), "end_turn")
    if kind == "refusal":
        stop_reason = "refusal"
    spent = replace(usage, output_tokens=params["max_tokens"] if is_cut else tokens)
    return {
        "id": f"msg_{blake2b(f'{number}'.encode(), digest_size=12).hexdigest()}",
        "type": "message",
        "role": "assistant",
        "model": params["model"],
        "content": blocks,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "stop_details": _refused() if kind == "refusal" else None,
        "usage": spent.as_json(service_tier="batch" if is_batch else "standard"),
    }, spent


def _text(output: dict[str, Any], question: str, kind: str | None) -> str:
    if kind == "wrong_enum":
        closed = {one.name for top in asked_fields(question) for one in [top, *top.fields] if one.options}
        for fields in [output["fields"], *(item["fields"] for item in output["items"])]:
            for one in fields:
                if one["name"] in closed:
                    one["value"] = "unheard_of"
    if kind == "missing_field":
        for fields in [output["fields"], *(item["fields"] for item in output["items"])]:
            del fields[-1:]
    text = json.dumps(output)
    if kind in ("max_tokens", "context_exceeded"):
        return text[: len(text) // 2]
    return f"Here is the answer: {text}" if kind == "invalid_json" else text


def _refused() -> dict[str, Any]:
    return {"type": "refusal", "category": "cyber", "explanation": None}
