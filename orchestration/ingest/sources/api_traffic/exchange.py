"""One line of a log read as an exchange: who asked what and when, and what the model answered.

Says which lines may be read at all, for the scan and the parser alike, and names an exchange and its customer
without their API key: no key, no text and no name of a gateway leaves this module but as a keyed hash or a
customer's own reference.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Literal

from orchestration.ingest.field_mapping import FieldNames, decoded, mapping_for
from orchestration.ingest.json_values import parse_time, string_of
from orchestration.ingest.pseudonyms import is_generic
from orchestration.ingest.read_lines import BadReason
from orchestration.ingest.sources.api_traffic.content import (
    Answer,
    Conversation,
    Message,
    answer_of,
    as_json,
    conversation_of,
    text_of,
)
from orchestration.ingest.sources.source import SourceOptions

STAMP_BYTES = 16

NOTHING_ASKED = Conversation((), "")
"""Of a line that holds an answer and no messages."""

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

    @property
    def asked(self) -> tuple[Message, ...]:
        """The messages without the beginning of the answer, where the request gave one."""
        return self.messages[:-1] if self._has_begun_answer else self.messages

    @property
    def answered(self) -> Message:
        """The answer as later requests have it, with the beginning that the request gave."""
        begun = self.messages[-1].blocks if self._has_begun_answer else ()
        return Message("assistant", (*begun, *self.answer.blocks))

    @property
    def _has_begun_answer(self) -> bool:
        return bool(self.messages) and self.messages[-1].role == "assistant"


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
    body, asked = _request_in(found)
    conversation = conversation_of(asked) if asked is not None else NOTHING_ASKED
    if conversation is None:
        return "malformed_record"
    answer = _answer_in(found)
    if answer is None:
        has_failed = "response" not in found or "error" in found or _is_error(found["response"])
        return "without_answer" if has_failed else "malformed_record"
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
        system="\n".join(filter(None, (stated, conversation.system))),
        messages=conversation.messages,
        answer=answer,
    )


def _request_in(found: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """The body of a request, and its messages as they are written; None where a line holds none.

    What a gateway calls the request may be the whole body, or the messages alone.
    """
    request = decoded(found.get("request"))
    if not isinstance(request, dict):
        return {}, found.get("messages", request)
    alone = request if "role" in request or "content" in request else None
    return request, found.get("messages", request.get("messages", request.get("input", alone)))


def _answer_in(found: dict[str, Any]) -> Answer | None:
    """The answer, with the usage that a gateway keeps outside; None where there is none that can be read."""
    answer = answer_of(found["response"]) if "response" in found else None
    return replace(answer, usage=_mapping(found["usage"])) if answer and "usage" in found else answer


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
