"""What the fake API refuses: the checks of the real one that a sender can fail.

Each check returns nothing or raises `Refused` with the status and error type that the API answers with.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MODELS = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-4-5")
MAX_BATCH_REQUESTS = 100_000
MAX_BATCH_BYTES = 256 * 1024 * 1024
MAX_MESSAGE_BYTES = 32 * 1024 * 1024
API_VERSIONS = ("2023-06-01", "2026-10-21")
ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}

_CUSTOM_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MESSAGE_FIELDS = {"model", "max_tokens", "messages", "system", "output_config", "metadata", "thinking"}
_COUNTED_FIELDS = _MESSAGE_FIELDS - {"max_tokens", "metadata"}
_EFFORTS = {"low", "medium", "high", "xhigh", "max"}
_MAX_CACHE_MARKS = 4
_SCHEMA_KEYWORDS = {
    "type", "properties", "required", "additionalProperties", "items", "anyOf", "allOf", "enum", "const",
    "description", "title", "$ref", "$defs", "default", "format",
}  # fmt: skip


@dataclass
class Refused(Exception):  # noqa: N818 - it is an answer, not a mistake of the fake
    """The API says no. `message` is what its error object says."""

    status: int
    message: str

    @property
    def error_type(self) -> str:
        return ERROR_TYPES[self.status]


def check_headers(headers: Mapping[str, str]) -> None:
    """A key and a version of the API that is known."""
    token = headers.get("authorization", "").removeprefix("Bearer ")
    if not (headers.get("x-api-key") or token):
        raise Refused(401, "x-api-key header is required")
    if headers.get("anthropic-version") not in API_VERSIONS:
        raise Refused(400, "anthropic-version: a valid version header is required")


def check_message(params: Any, *, is_counting: bool = False) -> None:
    """The parameters of one message, or of a token count."""
    if not isinstance(params, dict):
        raise Refused(400, "the request body is not an object")
    allowed = _COUNTED_FIELDS if is_counting else _MESSAGE_FIELDS
    for name in sorted(set(params) - allowed):
        raise Refused(400, f"{name}: Extra inputs are not permitted")
    for name in ("model", "messages") if is_counting else ("model", "max_tokens", "messages"):
        if name not in params:
            raise Refused(400, f"{name}: Field required")
    if params["model"] not in MODELS:
        raise Refused(404, f"model: {params['model']}")
    if not is_counting and not (isinstance(params["max_tokens"], int) and params["max_tokens"] > 0):
        raise Refused(400, "max_tokens: Input should be greater than or equal to 1")
    _check_blocks(params)
    _check_output_config(params.get("output_config", {}))


def check_batch(body: Any, *, byte_count: int) -> None:
    """A batch as a whole. Items are checked when they are processed: a bad one is an errored item."""
    if byte_count > MAX_BATCH_BYTES:
        raise Refused(413, "Request exceeds the maximum size")
    if not isinstance(body, dict) or not isinstance(body.get("requests"), list):
        raise Refused(400, "requests: Field required")
    items: Sequence[Any] = body["requests"]
    if not items:
        raise Refused(400, "requests: List should have at least 1 item")
    if len(items) > MAX_BATCH_REQUESTS:
        raise Refused(413, "requests: List should have at most 100000 items")
    seen: set[str] = set()
    for number, item in enumerate(items):
        if not isinstance(item, dict) or set(item) != {"custom_id", "params"}:
            raise Refused(400, f"requests.{number}: custom_id and params are required")
        custom_id = item["custom_id"]
        if not isinstance(custom_id, str) or not _CUSTOM_ID.fullmatch(custom_id):
            raise Refused(400, f"requests.{number}.custom_id: String should match pattern")
        if custom_id in seen:
            raise Refused(400, f"requests.{number}.custom_id: must be unique")
        seen.add(custom_id)


def _check_blocks(params: Mapping[str, Any]) -> None:
    if not params["messages"] or params["messages"][0].get("role") != "user":
        raise Refused(400, "messages: first message must use the user role")
    blocks = [*text_blocks(params.get("system", [])), *text_blocks(params["messages"][0]["content"])]
    marks = 0
    for block in blocks:
        if block.get("type") != "text" or not isinstance(block.get("text"), str):
            raise Refused(400, "messages: this fake knows text blocks only")
        if not block["text"]:
            raise Refused(400, "messages: text content blocks must be non-empty")
        mark = block.get("cache_control")
        if mark is not None:
            marks += 1
            if mark.get("type") != "ephemeral" or mark.get("ttl", "5m") not in ("5m", "1h"):
                raise Refused(400, "cache_control: ephemeral, for 5m or 1h")
    if marks > _MAX_CACHE_MARKS:
        raise Refused(400, "a maximum of 4 blocks with cache_control may be provided")


def text_blocks(content: Any) -> list[dict[str, Any]]:
    """Content as blocks: a plain string is one text block."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if not isinstance(content, list) or not all(isinstance(block, dict) for block in content):
        raise Refused(400, "content: a string or a list of blocks")
    return content


def _check_output_config(config: Any) -> None:
    for name in sorted(set(config) - {"format", "effort"}):
        raise Refused(400, f"output_config.{name}: Extra inputs are not permitted")
    if config.get("effort") is not None and config["effort"] not in _EFFORTS:
        raise Refused(400, "output_config.effort: unknown")
    output_format = config.get("format")
    if output_format is not None:
        if output_format.get("type") != "json_schema" or not isinstance(output_format.get("schema"), dict):
            raise Refused(400, "output_config.format: json_schema with a schema")
        _check_schema(output_format["schema"], "output_config.format.schema")


def _check_schema(schema: Mapping[str, Any], place: str) -> None:
    """Objects are closed; bounds on numbers, lengths and counts are not supported."""
    for keyword in sorted(set(schema) - _SCHEMA_KEYWORDS):
        raise Refused(400, f"{place}: property '{keyword}' is not supported")
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        raise Refused(400, f"{place}: for 'object' type, 'additionalProperties' must be false")
    for name, inner in (schema.get("properties") or {}).items():
        _check_schema(inner, f"{place}.{name}")
    for inner in [*schema.get("anyOf", []), *schema.get("allOf", []), *(schema.get("$defs") or {}).values()]:
        _check_schema(inner, place)
    if "items" in schema:
        _check_schema(schema["items"], f"{place}.items")
