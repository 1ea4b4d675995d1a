"""Raw rows of one session written by hand: each step comes a minute after the one before.

A builder for tests of labellers: it makes rows, and knows nothing of what they should be labelled.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from classifiers.session_record import SessionRecord
from orchestration.ingest.rows import RawEvent, RawHarnessText, RawHumanAct, RawResponse, RawToolCall, RawTurn
from orchestration.ingest.sources.claude_code.tools import category_of

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OWNER = {"session_id": "s1", "user_id": "user_a", "project_id": "project_a", "source": "claude_code"}


def row(row_type: type[Any], **values: Any) -> Any:
    """A row with what is given; flags that are not given are false, everything else is null."""
    hints = row_type.__annotations__
    filled = {name: False if hints[name] is bool else None for name in row_type._fields}
    return row_type(**(filled | {k: v for k, v in OWNER.items() if k in filled} | values))


class SessionRows:
    """Rows in the making. Every method returns the id of what it added."""

    def __init__(self) -> None:
        self.turns: list[RawTurn] = []
        self.acts: list[RawHumanAct] = []
        self.calls: list[RawToolCall] = []
        self.events: list[RawEvent] = []
        self.responses: list[RawResponse] = []
        self.harness_texts: list[RawHarnessText] = []
        self.minutes = 0

    def tick(self) -> datetime:
        self.minutes += 1
        return START + timedelta(minutes=self.minutes)

    def says(self, text: str, *, kind: str = "prompt", works: bool = True, ends: str = "completed") -> str:
        """A human act; unless it is steering or feedback, it opens a turn in which the agent works."""
        at, act_id = self.tick(), f"act{self.minutes}"
        self.acts.append(
            row(
                RawHumanAct,
                act_id=act_id,
                record_id=f"r-{act_id}",
                act_kind=kind,
                acted_at=at,
                text=text,
                is_typed=kind in ("prompt", "steering"),
            )
        )
        if kind not in ("steering", "denial_feedback"):
            self.turns.append(
                row(
                    RawTurn,
                    turn_id=f"r-{act_id}",
                    opening_act_id=act_id,
                    opened_by=kind,
                    started_at=at,
                    ended_at=at,
                    turn_number=len(self.turns) + 1,
                    end_reason=ends,
                    has_agent_work=works,
                )
            )
        return act_id

    def calls_tool(self, name: str, tool_input: str | None = None, **values: Any) -> str:
        """A tool call that ends well unless `values` say otherwise."""
        at, call_id = self.tick(), f"toolu{self.minutes}"
        values = {"has_call": True, "has_result": True} | values
        self.calls.append(
            row(
                RawToolCall,
                tool_use_id=call_id,
                occurrence=1,
                record_id=f"r-{call_id}",
                result_record_id=f"rr-{call_id}",
                tool_name=name,
                tool_category=category_of(name, mcp_server=values.get("mcp_server")),
                called_at=at,
                input_text=tool_input,
                **values,
            )
        )
        return call_id

    def runs(self, command: str, *, exit_code: int | None = 0, description: str = "", **values: Any) -> str:
        """A shell call; a non-zero exit code makes it an error."""
        tool_input = orjson.dumps({"command": command, "description": description}).decode()
        if exit_code:
            values |= {"is_error": True, "error_kind": "exit_code"}
        return self.calls_tool("Bash", tool_input, exit_code=exit_code, **values)

    def edits(self, path: str = "/repo/app.py", **values: Any) -> str:
        values = {"file_path": path, "is_new_file": False, "lines_added": 3, "lines_removed": 1} | values
        return self.calls_tool("Edit", None, **values)

    def happens(self, kind: str, *, tool_use_id: str | None = None, **values: Any) -> str:
        at, event_id = self.tick(), f"{kind}{self.minutes}"
        values = {"is_success": True, "evidence": "command_output", "record_id": f"r-{event_id}"} | values
        self.events.append(
            row(
                RawEvent,
                event_id=event_id,
                tool_use_id=tool_use_id,
                occurrence=None if tool_use_id is None else 1,
                event_kind=kind,
                occurred_at=at,
                **values,
            )
        )
        return event_id

    def tests_run(self, *, passes: bool | None, command: str = "pytest") -> str:
        call_id = self.runs(command, exit_code=0 if passes else 1)
        return self.happens("test_run", tool_use_id=call_id, is_success=passes)

    def commits(self, sha: str = "abc1234") -> str:
        call_id = self.runs("git commit -m work")
        return self.happens("commit", tool_use_id=call_id, commit_sha=sha)

    def agent_says(self, text: str) -> str:
        at, message_id = self.tick(), f"msg{self.minutes}"
        self.responses.append(
            row(
                RawResponse,
                response_id=message_id,
                record_id=f"r-{message_id}",
                record_origin="record",
                responded_at=at,
                ended_at=at,
                text=text,
            )
        )
        return message_id

    def harness_says(self, text: str, *, kind: str = "injected", **values: Any) -> str:
        at, text_id = self.tick(), f"r-text{self.minutes}"
        values = {"record_id": text_id, "byte_count": len(text.encode())} | values
        self.harness_texts.append(
            row(RawHarnessText, harness_text_id=text_id, text_kind=kind, written_at=at, text=text, **values)
        )
        return text_id

    def record(self) -> SessionRecord:
        return SessionRecord(
            session_id="s1",
            source="claude_code",
            ended_at=START + timedelta(minutes=self.minutes),
            turns=tuple(self.turns),
            acts=tuple(self.acts),
            calls=tuple(self.calls),
            events=tuple(self.events),
            responses=tuple(self.responses),
            harness_texts=tuple(self.harness_texts),
        )
