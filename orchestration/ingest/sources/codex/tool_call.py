"""One tool call with what is known of its end, and what follows from both.

Which records tell it is `tool_calls.py`'s; here is only what a call is.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from orchestration.ingest.json_values import mapping_of
from orchestration.ingest.rows import ToolCategory, ToolErrorKind
from orchestration.ingest.sources.codex.patches import Change, asked_changes, whole_change
from orchestration.ingest.sources.codex.threads import Entry
from orchestration.ingest.sources.codex.tool_categories import CONTINUATIONS, QUESTIONS, category_of
from orchestration.ingest.sources.codex.tool_outputs import ToolOutput


class CallId(NamedTuple):
    """The key of a call's row in its session: a gateway may give an id twice."""

    tool_use_id: str
    occurrence: int

    @property
    def text(self) -> str:
        return self.tool_use_id if self.occurrence == 1 else f"{self.tool_use_id}#{self.occurrence}"


@dataclass(slots=True)
class Call:
    """One tool call with what is known of its end."""

    call_id: str
    entry: Entry
    name: str
    asked: str
    arguments: dict[str, Any] = field(default_factory=dict)
    mcp_server: str | None = None
    commands: list[str] = field(default_factory=list)
    patch: str | None = None
    output: ToolOutput | None = None
    result_entry: Entry | None = None
    end_exit_code: int | None = None
    end_seconds: float | None = None
    end_error: ToolErrorKind | None = None
    applied: Change | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    printed: str = ""
    later_text: str = ""
    is_left_running: bool = False
    spawned_thread: str | None = None
    agent_role: str | None = None
    response_id: str | None = None
    turn_id: str | None = None
    has_call: bool = True

    @property
    def category(self) -> ToolCategory:
        return category_of(
            self.name,
            mcp_server=self.mcp_server,
            has_commands=bool(self.commands),
            is_patch=self.patch is not None,
        )

    @property
    def has_result(self) -> bool:
        return self.result_entry is not None

    @property
    def exit_code(self) -> int | None:
        """The command's; a look at one that still ran has none of its own."""
        if self.name in CONTINUATIONS:
            return None
        if self.end_exit_code is not None:
            return self.end_exit_code
        return self.output.exit_code if self.output else None

    @property
    def error_kind(self) -> ToolErrorKind | None:
        """How it failed. A refusal or interruption that the output states outranks the exit code."""
        stated = self.output.error_kind if self.output else None
        if stated in ("denied_by_user", "denied_by_rule", "interrupted"):
            return stated
        if self.name in CONTINUATIONS:  # the command that it looks after has failed, not the look
            return stated if stated != "exit_code" else None
        return self.end_error or ("exit_code" if self.exit_code else stated)

    @property
    def wall_seconds(self) -> float | None:
        """How long the tool itself ran."""
        if self.end_seconds is not None:
            return self.end_seconds
        return self.output.wall_seconds if self.output else None

    @property
    def command(self) -> str | None:
        return "\n".join(self.commands) if self.commands else None

    @property
    def result_text(self) -> str:
        """All that came back, also later; what the event of the end printed where there is no output."""
        return (self.output.text if self.output else self.printed) + self.later_text

    @property
    def change(self) -> Change | None:
        """What it changed; nothing where it failed."""
        if self.error_kind is not None:
            return None
        if self.applied is not None or self.patch is None:
            return self.applied
        return whole_change(asked_changes(self.patch), known_by="input")

    @property
    def asked_path(self) -> str | None:
        """The file it was to change or read."""
        if self.applied is not None:
            return self.applied.path
        if self.patch is not None:
            change = whole_change(asked_changes(self.patch), known_by="input")
            return change.path if change else None
        named = (self.arguments.get(key) for key in ("path", "file_path", "dir_path"))
        return next((path for path in named if isinstance(path, str)), None)

    @property
    def word_count(self) -> int:
        """Words that the agent wrote into the call."""
        texts = [value for value in self.arguments.values() if isinstance(value, str)]
        return sum(len(text.split()) for text in texts or [self.command or self.asked])


def is_question(call: Call) -> bool:
    """Whether the call asks the person something and waits."""
    return call.name in QUESTIONS


def answers_in(call: Call) -> str | None:
    """What a person answered to a question of the agent; None where nobody did."""
    if not is_question(call) or call.output is None or call.error_kind is not None:
        return None
    answers = mapping_of(fields_in(call.output.text).get("answers"))
    texts: list[str] = []
    for answer in answers.values():
        chosen = answer.get("answers") if isinstance(answer, dict) else answer
        texts += [
            text for text in (chosen if isinstance(chosen, list) else [chosen]) if isinstance(text, str)
        ]
    return "\n".join(texts) or None


def fields_in(text: str) -> dict[str, Any]:
    """The object that a text holds; empty where it holds none."""
    if not text.lstrip().startswith("{"):
        return {}
    try:
        return mapping_of(orjson.loads(text))
    except orjson.JSONDecodeError:
        return {}


def as_json(value: Any) -> str:
    """A value as JSON text; empty where there is none."""
    if value is None:
        return ""
    try:
        return orjson.dumps(value).decode()
    except (TypeError, orjson.JSONEncodeError):
        return ""
