"""From the API's message to an answer: what came back, as a status and a typed value.

A refusal, a cut-off or an unreadable answer is a status, never an exception. Knows the message as JSON and
the shared output schema, nothing of the SDK, and keeps the model's words out of every error.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from classifiers.answers.answer import Answer

ReadStatus = Literal["ok", "refused", "truncated", "invalid"]
InvalidReason = Literal["stop_reason", "no_text", "not_json", "not_the_output_schema"]
AnswerT = TypeVar("AnswerT", bound=Answer)

_STATUSES: dict[str, ReadStatus] = {
    "end_turn": "ok",
    "refusal": "refused",
    "max_tokens": "truncated",
    "model_context_window_exceeded": "truncated",
}
_EVIDENCE = "evidence_record_ids"


class InvalidAnswerError(Exception):
    """The answer does not fit its question. Names fields and rules broken, never what was answered."""


@dataclass(frozen=True)
class ReadMessage:
    """What one message holds. `answer` is the output object where the status is ok, and None elsewhere.

    `reason` says more: the stop reason of what is refused or truncated, why an answer is invalid.
    """

    status: ReadStatus
    answer: dict[str, Any] | None = field(repr=False)
    reason: str | None


def read_message(message: Mapping[str, Any]) -> ReadMessage:
    """The status of a message, and its output where it ended by itself.

    Blocks are chosen by type, because the first may be thinking. Whether the output fits the question is
    for `typed_answer` to say.
    """
    stop_reason = message.get("stop_reason")
    status = _STATUSES.get(str(stop_reason), "invalid")
    if status in ("refused", "truncated"):
        return ReadMessage(status, None, str(stop_reason))
    if status == "invalid":
        return _invalid("stop_reason")
    text = "".join(block["text"] for block in message["content"] if block["type"] == "text")
    if not text.strip():
        return _invalid("no_text")
    try:
        output = json.loads(text)
    except ValueError:
        return _invalid("not_json")
    return ReadMessage("ok", output, None) if _has_output_form(output) else _invalid("not_the_output_schema")


def typed_answer(answer_type: type[AnswerT], list_field: str | None, answer: Mapping[str, Any]) -> AnswerT:
    """The output of a message as the answer its question asks for; raises InvalidAnswerError.

    `list_field` is the answer's list of items, if it has one. Evidence ids beside an answer that keeps its
    evidence in its items are left out.
    """
    values = _named(answer["fields"])
    if list_field is not None:
        values[list_field] = [_named(item["fields"]) for item in answer["items"]]
    elif answer["items"]:
        raise InvalidAnswerError("items where the question has no list")
    if _EVIDENCE in answer_type.model_fields:
        values[_EVIDENCE] = answer[_EVIDENCE]
    try:
        return answer_type.model_validate(values)
    except ValidationError as error:
        raise InvalidAnswerError(_broken_rules(error, answer_type)) from None


def _invalid(reason: InvalidReason) -> ReadMessage:
    return ReadMessage("invalid", None, reason)


def _has_output_form(output: object) -> bool:
    """Whether a parsed output has the form of `envelope.OUTPUT_SCHEMA`, which a proxy may not enforce."""
    if not isinstance(output, dict) or set(output) != {_EVIDENCE, "items", "fields"}:
        return False
    ids, items = output[_EVIDENCE], output["items"]
    return (
        isinstance(ids, list)
        and all(isinstance(record_id, str) for record_id in ids)
        and isinstance(items, list)
        and all(
            isinstance(item, dict) and set(item) == {"fields"} and _are_fields(item["fields"])
            for item in items
        )
        and _are_fields(output["fields"])
    )


def _are_fields(fields: object) -> bool:
    return isinstance(fields, list) and all(
        isinstance(one, dict) and set(one) == {"name", "value"} and isinstance(one["name"], str)
        for one in fields
    )


def _named(fields: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Names and values; a name given twice has no value. JSON's 3.0 is the whole number 3."""
    values: dict[str, Any] = {}
    for one in fields:
        if one["name"] in values:
            raise InvalidAnswerError("a field is given twice")
        value = one["value"]
        is_whole = isinstance(value, float) and value.is_integer()
        values[one["name"]] = int(value) if is_whole else value
    return values


def _broken_rules(error: ValidationError, answer_type: type[Answer]) -> str:
    """Field and rule of each mistake. A name that the model made up is its own words: it is not shown."""
    known = _field_names(answer_type)
    rules = []
    for mistake in error.errors(include_url=False, include_context=False, include_input=False):
        place = [str(part) if isinstance(part, int) or part in known else "?" for part in mistake["loc"]]
        rules.append(f"{'.'.join(place)}: {mistake['type']}")
    return "; ".join(rules)


def _field_names(model: type[BaseModel]) -> set[str]:
    """Names of a model's fields and of the fields of its items."""
    names = set(model.model_fields)
    for one in model.model_fields.values():
        for member in get_args(one.annotation):
            if isinstance(member, type) and issubclass(member, BaseModel):
                names |= _field_names(member)
    return names
