"""The envelope: what all questions on one subject share to the byte, so that the subject is cached once.

System text, output schema, model and effort: changing any of them invalidates a prompt cache (decision 6).
The output schema is therefore one for every question, a list of named values; each question's own typed
schema is rendered into its text and validates the answer afterwards (read_response).
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

Effort = Literal["low", "medium", "high", "xhigh", "max"]
SYSTEM_FILE = Path(__file__).parent.parent / "prompts" / "system.md"

_VALUE = {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}, {"type": "null"}]}
_FIELDS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "value": _VALUE},
        "required": ["name", "value"],
        "additionalProperties": False,
    },
}
OUTPUT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "evidence_record_ids": {"type": "array", "items": {"type": "string"}},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"fields": _FIELDS},
                "required": ["fields"],
                "additionalProperties": False,
            },
        },
        "fields": _FIELDS,
    },
    "required": ["evidence_record_ids", "items", "fields"],
    "additionalProperties": False,
}
"""Evidence first, then the rows of a list answer, then the scalar values: evidence before the verdict."""


@dataclass(frozen=True)
class Envelope:
    """Who is asked, and how hard they think. `max_output_tokens` bounds what an answer may cost."""

    model: str
    effort: Effort | None
    max_output_tokens: int

    @property
    def identity(self) -> str:
        """What a fingerprint holds of it; the bound on the output changes no answer that fits."""
        return json.dumps([self.model, self.effort, system_text(), OUTPUT_SCHEMA], sort_keys=True)


@lru_cache(maxsize=1)
def system_text() -> str:
    """The system text, the same for every question."""
    return SYSTEM_FILE.read_text(encoding="utf-8").strip()
