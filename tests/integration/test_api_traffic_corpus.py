"""Real logs of gateways and recorded traffic against a plain count of what they hold.

They are in the folders `agents` and `api` of the corpus that SESSIONMART_CORPUS names, else fixtures take
their place; nothing is skipped. Files that are no log are taken apart into lines here, as an export would.
"""

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.exchanges import LINKING, START, parse_logs
from tests.parsed import Tables, assert_accounted

FIXTURES = Path(__file__).parents[1] / "fixtures" / "api_traffic"
NOW = datetime(2030, 1, 1, tzinfo=UTC)
Lines = list[dict[str, Any]]


def corpus(*parts: str) -> list[Path]:
    named = os.environ.get("SESSIONMART_CORPUS")
    return sorted(Path(named, *parts[:-1]).glob(parts[-1])) if named else []


def fixture(situation: str) -> Lines:
    return [json.loads(line) for line in (FIXTURES / situation / "log.jsonl").read_text().splitlines()]


def litellm() -> Lines:
    return [json.loads(path.read_text()) for path in corpus("agents", "litellm", "*.json")] or fixture(
        "litellm_standard_logging"
    )


def langfuse() -> Lines:
    traces = [json.loads(path.read_text()) for path in corpus("agents", "langfuse", "*.trace.json")]
    return [line for trace in traces for line in trace["observations"]] or fixture("langfuse_observations")


def cline_recordings() -> Lines:
    """Answers that were streamed; the recordings hold no bodies of requests."""
    found = [
        exchange
        for path in corpus("agents", "cline", "cli-*.json")
        for exchange in json.loads(path.read_text())
        if exchange["path"].endswith("/chat/completions")
    ]
    return [_streamed(exchange["response"]) for exchange in found] or fixture("one_conversation")


def _streamed(text: str) -> dict[str, Any]:
    """One answer put together from its chunks."""
    chunks = [json.loads(part[6:]) for part in text.split("\n\n") if part.startswith("data: {")]
    said, calls, stop = "", dict[int, dict[str, Any]](), None
    for chunk in chunks:
        for choice in chunk.get("choices", []):
            stop = choice.get("finish_reason") or stop
            said += choice["delta"].get("content") or ""
            for part in choice["delta"].get("tool_calls", []):
                call = calls.setdefault(part["index"], {"id": "", "function": {"name": "", "arguments": ""}})
                call["id"] += part.get("id") or ""
                for name in ("name", "arguments"):
                    call["function"][name] += part["function"].get(name) or ""
    message = {"role": "assistant", "content": said, "tool_calls": list(calls.values())}
    usage = next((chunk["usage"] for chunk in chunks if chunk.get("usage")), {})
    return {
        "time": START.isoformat(),
        "api_key": "cline",
        "request": {"messages": []},
        "response": {
            "id": chunks[0]["id"], "model": chunks[0]["model"], "usage": usage,
            "choices": [{"message": message, "finish_reason": stop}],
        },
    }  # fmt: skip


def cline_session() -> Lines:
    """A session of Cline taken back to its requests."""
    (path,) = corpus("agents", "cline", "session.messages.json") or [None]
    if path is None:
        return fixture("one_conversation")
    told = json.loads(path.read_text())
    messages = [{"role": one["role"], "content": one["content"]} for one in told["messages"]]
    return [
        {
            "time": told["messages"][place]["ts"],
            "api_key": "cline",
            "request": {"system": told["system_prompt"], "messages": messages[:place]},
            "response": {"id": told["messages"][place]["id"], **message},
        }
        for place, message in enumerate(messages)
        if message["role"] == "assistant"
    ]


def docent() -> Lines:
    """Runs of an agent by calls of the Messages API; long texts are attachments."""
    lines = [
        {
            "time": event["timestamp"],
            "api_key": "docent",
            "customer": f"sample {number}",
            "request": _attached(event["call"]["request"], sample["attachments"]),
            "response": _attached(event["call"]["response"], sample["attachments"]),
        }
        for path in corpus("api", "docent-ctf-runs.json")
        for number, sample in enumerate(json.loads(path.read_text())["samples"])
        for event in sample["events"]
        if event["event"] == "model"
    ]
    return lines or fixture("one_conversation")


def _attached(value: Any, attachments: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _attached(each, attachments) for key, each in value.items()}
    if isinstance(value, list):
        return [_attached(each, attachments) for each in value]
    return attachments[value[13:]] if isinstance(value, str) and value.startswith("attachment://") else value


LOGS: dict[str, Callable[[], Lines]] = {
    "litellm": litellm, "langfuse": langfuse, "cline_recordings": cline_recordings,
    "cline_session": cline_session, "docent": docent,
}  # fmt: skip


def answers_in(line: dict[str, Any]) -> Iterator[Any]:
    """The answer of a line in whatever place a gateway has it."""
    for name in ("response", "output"):
        value = line.get(name)
        yield json.loads(value) if isinstance(value, str) and value[:1] in ("{", "[") else value


def calls_in(value: Any) -> set[str]:
    """Ids of tool calls anywhere in an answer, in any shape."""
    if isinstance(value, list):
        return {found for each in value for found in calls_in(each)}
    if not isinstance(value, dict):
        return set()
    own = set()
    if value.get("type") in ("tool_use", "function_call"):
        own = {str(value.get("call_id") or value.get("id"))}
    elif isinstance(value.get("function"), dict) and "arguments" in value["function"]:
        own = {str(value["id"])}
    return own | {found for each in value.values() for found in calls_in(each)}


def expected_calls(lines: Lines) -> set[str]:
    generations = [line for line in lines if line.get("type", "GENERATION") == "GENERATION"]
    return {found for line in generations for answer in answers_in(line) for found in calls_in(answer)}


def parsed(tmp_path: Path, lines: Lines, *, is_linked: bool) -> Tables:
    options = LINKING if is_linked else None
    return parse_logs(tmp_path, lines, options=options, now=NOW, start_date=date(2025, 1, 1))


@pytest.mark.parametrize("name", LOGS)
@pytest.mark.parametrize("is_linked", [False, True], ids=["alone", "linked"])
def test_every_call_of_a_real_log_is_a_row_once(tmp_path: Path, name: str, is_linked: bool) -> None:
    lines = LOGS[name]()
    tables = parsed(tmp_path, lines, is_linked=is_linked)
    assert_accounted(tables)
    assert [row["reason"] for row in tables.quarantined_lines] == []
    assert tables.set_aside_sessions == []
    assert tables.drift == []
    assert sorted(row["tool_use_id"] for row in tables.tool_calls) == sorted(expected_calls(lines))
    assert all(row["deployment_id"] for row in tables.tool_calls)


def test_recorded_runs_are_found_again_as_sessions(tmp_path: Path) -> None:
    """Every run of the agent, and the session of Cline, is one; every call but the last has its result."""
    for name in ("docent", "cline_session"):
        lines = LOGS[name]()
        tables = parsed(tmp_path, lines, is_linked=True)
        assert len(tables.sessions) == len({line.get("customer") for line in lines}), name
        assert sum(row["has_result"] for row in tables.tool_calls) >= len(tables.tool_calls) - len(
            tables.sessions
        )
