"""An answer to an earlier version of a question, read with today's answer model: held labels stay readable.

A question may drop a field or gain a forced one without losing what was paid for: fields that are gone are
left out, and a forced label that was not asked repeats the answer, or is null where the answer is the
opt-out. Anything else that does not fit is no answer. Not here: answers to the question as it is asked
(read_response).
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, get_args

from pydantic import BaseModel, create_model

from classifiers.answers.answer import Answer
from classifiers.label_rows.read_response import typed_answer

FORCED_PREFIX = "forced_"
OPT_OUT = "not_inferable"


def earlier_answer(answer_type: type[Answer], list_field: str | None, answer: Mapping[str, Any]) -> Answer:
    """The output of a message to an earlier version; raises InvalidAnswerError where it cannot be read."""
    fields = _known(answer["fields"], answer_type)
    given = {one["name"]: one["value"] for one in fields}
    missing = []
    for name in answer_type.model_fields:
        if name.startswith(FORCED_PREFIX) and name not in given:
            value = given.get(name.removeprefix(FORCED_PREFIX))
            fields.append({"name": name, "value": None if value == OPT_OUT else value})
            missing.append(name)
    items = answer["items"]
    if list_field is not None:
        (element,) = get_args(answer_type.model_fields[list_field].annotation)
        items = [{"fields": _known(item["fields"], element)} for item in items]
    return typed_answer(
        _without_forced(answer_type, tuple(missing)), list_field, {**answer, "fields": fields, "items": items}
    )


def _known(fields: list[dict[str, Any]], model: type[BaseModel]) -> list[dict[str, Any]]:
    return [one for one in fields if one["name"] in model.model_fields]


@lru_cache(maxsize=32)
def _without_forced(answer_type: type[Answer], missing: tuple[str, ...]) -> type[Answer]:
    """The answer model with forced labels that may be null; its own rules hold all the same."""
    if not missing:
        return answer_type
    optional: dict[str, Any] = {
        name: (answer_type.model_fields[name].annotation | None, None)  # type: ignore[operator]
        for name in missing
    }
    return create_model(answer_type.__name__, __base__=answer_type, **optional)
