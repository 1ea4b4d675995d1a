"""One line of a log read as an exchange: who asked what and when, and what the model answered.

Says which lines may be read at all, for the scan and the parser alike, and names an exchange and its customer
without their API key: no key, no text and no name of a gateway leaves this module but as a keyed hash or a
customer's own reference.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Literal

from orchestration.ingest.json_values import parse_time, string_of
from orchestration.ingest.pseudonyms import is_generic
from orchestration.ingest.read_lines import BadReason
from orchestration.ingest.sources.api_traffic.content import (
    Answer,
    Message,
    answer_of,
    as_json,
    conversation_of,
    text_of,
)
from orchestration.ingest.sources.api_traffic.field_names import FieldNames, decoded, mapping_for
from orchestration.ingest.sources.source import SourceOptions

STAMP_BYTES = 16

OtherLine = Literal[
    "not_a_request",  # another kind of line of a known gateway: a span, a tool's run
    "without_answer",  # the request failed, or the gateway keeps no contents
]


@dataclass(frozen=True)
class Exchange:
    """One request with its answer. `customer` is a reference or a hash of the API key; None: nobody known."""

    stamp: str
    at: datetime
    ended_at: datetime
    customer: str | None
    key_hash: str
    request_id: str | None
    model: str | None
    system: str
    messages: tuple[Message, ...] = field(repr=False)
    answer: Answer = field(repr=False)


def read_exchange(
    record: dict[str, Any],
    known: Iterable[FieldNames],
    options: SourceOptions,
    *,
    earliest: datetime,
    latest: datetime,
) -> Exchange | OtherLine | BadReason:
    """The exchange of a line; else what other line it is, or why it is quarantined."""
    mapping = mapping_for(record, known)
    if mapping is None:
        return "malformed_record"
    found = mapping.read(record)
    at = _time_of(found.get("time"))
    if at is None:
        return "malformed_record"
    if not earliest <= at <= latest:
        return "implausible_time"
    if not mapping.is_request(record):
        return "not_a_request"
    request = decoded(found.get("request"))
    body = request if isinstance(request, dict) else {}
    # A whole request may be the body, or its messages alone.
    asked = found.get(
        "messages", body.get("messages", body.get("input", request if "role" in body else None))
    )
    if asked is None and not isinstance(request, dict):
        asked = request
    conversation = conversation_of(asked) if asked is not None else None
    if conversation is None and asked is not None:
        return "malformed_record"
    if "response" not in found:
        return "without_answer"
    answer = answer_of(found["response"])
    if answer is None:
        return "without_answer" if found.get("error") or _is_error(found["response"]) else "malformed_record"
    if "usage" in found:
        answer = Answer(
            answer.response_id, answer.model, answer.blocks, answer.stop_reason, _mapping(found["usage"])
        )
    ended_at = _time_of(found.get("end_time"))
    stated = text_of(decoded(found.get("system", body.get("system", body.get("instructions")))))
    api_key, reference = _name_of(found.get("api_key")), _name_of(found.get("customer"))
    request_id = _name_of(found.get("exchange_id"))
    hashed = _hash_of(options, "key", api_key or reference or "")
    return Exchange(
        stamp=_stamp_of(options, hashed, reference, at, request_id, answer),
        at=at,
        ended_at=ended_at if ended_at is not None and at <= ended_at <= latest else at,
        customer=_customer_of(reference, hashed if api_key else None),
        key_hash=hashed,
        request_id=request_id,
        model=answer.model or string_of(found.get("model", body.get("model"))),
        system="\n".join(filter(None, (stated, conversation.system if conversation else ""))),
        messages=conversation.messages if conversation else (),
        answer=answer,
    )


def _mapping(value: Any) -> dict[str, Any]:
    read = decoded(value)
    return read if isinstance(read, dict) else {}


def _is_error(response: Any) -> bool:
    read = _mapping(response)
    return read.get("type") == "error" or "error" in read


def _time_of(value: Any) -> datetime | None:
    """An ISO time, or seconds or milliseconds since 1970."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1e14:
        return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
    return parse_time(value)


def _name_of(value: Any) -> str | None:
    """A name or number as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    text = string_of(value)
    return (text.strip() or None) if text else None


def _customer_of(reference: str | None, key_hash: str | None) -> str | None:
    """The name of a customer: as the log refers to it, else by its API key's hash.

    A reference that many would share (`test`) is still one customer of this log.
    """
    if reference is not None:
        return f"customer {reference}" if is_generic(reference) else reference
    return f"key-{key_hash}" if key_hash is not None else None


def _stamp_of(
    options: SourceOptions,
    key_hash: str,
    reference: str | None,
    at: datetime,
    request_id: str | None,
    answer: Answer,
) -> str:
    """The id of an exchange: the same wherever it was logged, and no other's."""
    said = as_json(list(answer.blocks))
    parts = (key_hash, reference, at.isoformat(), request_id, answer.response_id, said)
    return f"exchange-{_hash_of(options, 'exchange', repr(parts), size=STAMP_BYTES)}"


def _hash_of(options: SourceOptions, kind: str, text: str, *, size: int = 8) -> str:
    data = text.encode("utf-8", "replace")
    return blake2b(data, key=options.key, digest_size=size, person=kind.encode()).hexdigest()
