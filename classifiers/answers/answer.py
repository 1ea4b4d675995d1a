"""The base of every answer model: what a labeller may say, and where each label's meaning is written.

A label's meaning stands once, in the `MEANINGS` of its catalog entry, and reaches the JSON schema (and
with it a prompt) through the field's description. Not here: the questions themselves, or any label.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.types import JsonValue


class Answer(BaseModel):
    """A typed answer. Unknown keys are an error; the input is never printed in one."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


RecordId = Annotated[str, Field(min_length=1, description="Id of a record of this session.")]

RISING: dict[str, JsonValue] = {"is_rising": True}
"""Marks a field (`json_schema_extra`) whose labels stand in rising order, the opt-out apart."""

FORCED = "The answer again; the likeliest label where the answer is not_inferable."
"""The description of every `forced_` field: study C forces one option, so its rates are of these."""


def with_meanings(lead: str, meanings: Mapping[Any, str]) -> str:
    """The description of a field: what is asked, then every label with its meaning, in order."""
    return "\n".join([lead, *(f"- {label}: {meaning}" for label, meaning in meanings.items())])
