"""A played session written as Codex writes it: the same scene, the same truth, another agent's records.

Translates the lines of a played transcript. A scene with something that rollouts do not have (a plan put
up for approval, a slash command, a refusal with feedback) is not translated: `as_rollout` returns None.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from orchestration.demo.population import AUTO_MODES
from orchestration.demo.transcript import Record
from orchestration.demo.truth import SessionTruth, TurnTruth

CLI_VERSION = "0.140.0"
MODEL = "gpt-5.5"

_SKIPPED = frozenset(
    {
        "file-history-snapshot", "permission-mode", "last-prompt", "ai-title", "mode", "progress", "pr-link",
        "attachment",
    }
)  # fmt: skip
_ENDS = frozenset({"completed", "question", "interrupted", "session_end"})
_LOOKS = {
    "Read": "sed -n '1,240p' {file_path}",
    "Grep": "rg -n '{pattern}'",
    "Glob": "rg --files -g '{pattern}'",
}
_TODOS = frozenset({"TodoWrite", "TaskCreate", "TaskUpdate"})


class _NotSeenInRolloutsError(Exception):
    """The scene holds something that no rollout does."""


@dataclass
class _Rollout:
    """The records so far; `total` is the running total of tokens."""

    lines: list[bytes] = field(default_factory=list)
    total: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(
            ("input_tokens", "cached_input_tokens", "cache_write_input_tokens", "output_tokens"), 0
        )
    )
    calls: dict[str, Record] = field(default_factory=dict)
    last_at: str = ""

    def add(self, at: str, kind: str, payload: Record) -> None:
        self.lines.append(orjson.dumps({"timestamp": at, "type": kind, "payload": payload}))
        self.last_at = max(self.last_at, at)

    def event(self, at: str, kind: str, **payload: Any) -> None:
        self.add(at, "event_msg", {"type": kind, **payload})

    def item(self, at: str, kind: str, **payload: Any) -> None:
        self.add(at, "response_item", {"type": kind, **payload})


def as_rollout(
    lines: Sequence[bytes], truth: SessionTruth, *, mode: str
) -> tuple[list[bytes], SessionTruth] | None:
    """The session's rollout and its truth as one; None where rollouts cannot tell it."""
    try:
        policy = "never" if mode in AUTO_MODES else "on-request"
        rollout = _Rollout()
        _write(rollout, lines, truth, policy)
        return rollout.lines, _truth_of(rollout, truth, policy)
    except _NotSeenInRolloutsError:
        return None


def _write(rollout: _Rollout, lines: Sequence[bytes], truth: SessionTruth, policy: str) -> None:
    is_tellable = all(turn.opened_by == "prompt" and turn.end_reason in _ENDS for turn in truth.turns)
    if not truth.turns or not is_tellable or truth.aliases or truth.counts.denial_count:
        raise _NotSeenInRolloutsError
    if truth.tool_errors.keys() - {"exit_code", "other"}:
        raise _NotSeenInRolloutsError
    first = truth.turns[0].started_at
    meta = {"id": truth.session_id, "timestamp": first, "cwd": truth.cwd, "originator": "codex-tui"}
    rollout.add(first, "session_meta", {**meta, "cli_version": CLI_VERSION, "source": "cli"})
    records = list(_records(lines))
    for number, turn in enumerate(truth.turns):
        following = truth.turns[number + 1].started_at if number + 1 < len(truth.turns) else "9"
        own = [record for record in records if turn.started_at <= record["timestamp"] < following]
        _write_turn(rollout, own, turn, f"{truth.session_id[:24]}{number:012x}", policy, truth.cwd)


def _records(lines: Sequence[bytes]) -> Iterator[Record]:
    for line in lines:
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            raise _NotSeenInRolloutsError from None
        if record["type"] in _SKIPPED or record.get("subtype") in ("turn_duration", "stop_hook_summary"):
            continue
        is_told = record["type"] in ("user", "assistant") or record.get("subtype") == "api_error"
        if not is_told and record.get("operation") not in ("enqueue", "remove"):
            raise _NotSeenInRolloutsError
        yield record


def _write_turn(
    rollout: _Rollout, records: list[Record], turn: TurnTruth, turn_id: str, policy: str, cwd: str
) -> None:
    at = turn.started_at
    rollout.event(at, "task_started", turn_id=turn_id, model_context_window=258_400)
    settings = {"turn_id": turn_id, "cwd": cwd, "approval_policy": policy, "model": MODEL}
    rollout.add(at, "turn_context", {**settings, "sandbox_policy": {"type": "workspace-write"}})
    last_message: str | None = None
    usage: Record = {}
    for record in records:
        message_id = record["message"].get("id") if record["type"] == "assistant" else None
        if last_message is not None and message_id != last_message:
            _count_tokens(rollout, usage)
        last_message = message_id
        if message_id is not None:
            usage = record["message"]["usage"] | {"at": record["timestamp"]}
        _write_record(rollout, record)
    if last_message is not None:
        _count_tokens(rollout, usage)
    if turn.end_reason == "interrupted":
        rollout.event(turn.ended_at, "turn_aborted", turn_id=turn_id, reason="interrupted")
    elif turn.end_reason != "session_end":
        milliseconds = round(turn.wall_seconds * 1000)
        rollout.event(turn.ended_at, "task_complete", turn_id=turn_id, duration_ms=milliseconds)


def _write_record(rollout: _Rollout, record: Record) -> None:
    at = record["timestamp"]
    if record["type"] == "system":
        rollout.event(at, "stream_error", message="stream disconnected", codex_error_info="server_overloaded")
    elif record["type"] == "queue-operation":
        if record["operation"] == "enqueue":
            _say(rollout, at, record["content"])
    elif record["type"] == "assistant":
        if record.get("isApiErrorMessage") is not None or record["message"]["model"] == "<synthetic>":
            raise _NotSeenInRolloutsError
        for block in record["message"]["content"]:
            _write_block(rollout, at, block)
    else:
        _write_user(rollout, at, record)


def _say(rollout: _Rollout, at: str, text: str) -> None:
    rollout.item(at, "message", role="user", content=[{"type": "input_text", "text": text}])
    rollout.event(at, "user_message", message=text, images=[], local_images=[])


def _write_user(rollout: _Rollout, at: str, record: Record) -> None:
    content = record["message"]["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    kinds = {block["type"] for block in blocks}
    if kinds == {"tool_result"}:
        for block in blocks:
            _write_result(rollout, at, block, record.get("toolUseResult"))
        return
    text = "\n".join(block.get("text", "") for block in blocks)
    if kinds != {"text"} or record.get("isMeta") or text.lstrip().startswith("<"):
        raise _NotSeenInRolloutsError
    if not text.startswith("[Request interrupted"):  # an interruption is told by the turn's end
        _say(rollout, at, text)


def _write_block(rollout: _Rollout, at: str, block: Record) -> None:
    if block["type"] == "thinking":
        summary = [{"type": "summary_text", "text": block["thinking"]}] if block["thinking"] else []
        rollout.item(at, "reasoning", summary=summary, encrypted_content="gAAA")
    elif block["type"] == "text":
        rollout.event(at, "agent_message", message=block["text"])
        content = [{"type": "output_text", "text": block["text"]}]
        rollout.item(at, "message", role="assistant", content=content)
    elif block["type"] == "tool_use":
        rollout.calls[block["id"]] = block
        if block["name"] in ("Edit", "Write"):
            patch = _patch(block["name"], block["input"])
            call = {"call_id": block["id"], "name": "apply_patch", "input": patch}
            rollout.item(at, "custom_tool_call", status="completed", **call)
            return
        name, arguments, more = _asked(block)
        text = orjson.dumps(arguments).decode()
        rollout.item(at, "function_call", name=name, arguments=text, call_id=block["id"], **more)
    else:
        raise _NotSeenInRolloutsError


def _asked(block: Record) -> tuple[str, Record, Record]:
    """The tool that Codex has for a call of a played scene, with its arguments."""
    name, asked = block["name"], block["input"]
    if name == "Bash":
        return "exec_command", {"cmd": asked["command"]}, {}
    if name in _LOOKS:
        return "exec_command", {"cmd": _LOOKS[name].format(**asked)}, {}
    if name in _TODOS:
        return "update_plan", {"plan": [{"step": "the next step", "status": "pending"}]}, {}
    if name.startswith("mcp__"):
        _, server, tool = name.split("__", 2)
        return tool, asked, {"namespace": f"mcp__{server}"}
    raise _NotSeenInRolloutsError


def _patch(name: str, asked: Record) -> str:
    """An edit of a played scene in the grammar of `apply_patch`."""
    if name == "Write":
        body = [f"*** Add File: {asked['file_path']}", *_prefixed("+", asked["content"])]
    else:
        old, new = _prefixed("-", asked["old_string"]), _prefixed("+", asked["new_string"])
        body = [f"*** Update File: {asked['file_path']}", "@@", *old, *new]
    return "\n".join(["*** Begin Patch", *body, "*** End Patch"])


def _prefixed(sign: str, text: str) -> list[str]:
    return [sign + line for line in text.removesuffix("\n").split("\n")] if text else []


def _write_result(rollout: _Rollout, at: str, block: Record, detail: Any) -> None:
    call = rollout.calls.get(block["tool_use_id"])
    if call is None or not isinstance(block["content"], str):
        raise _NotSeenInRolloutsError
    call_id, text = call["id"], block["content"]
    if call["name"] in ("Edit", "Write"):
        _write_patch_result(rollout, at, call, detail, is_error=block.get("is_error") is True)
        return
    if call["name"] in _TODOS or call["name"].startswith("mcp__"):
        failed = block.get("is_error") is True
        output: Any = {"content": text, "success": False} if failed else text
        rollout.item(at, "function_call_output", call_id=call_id, output=output)
        return
    code = 0
    if block.get("is_error") is True:
        head, _, rest = text.partition("\n")
        stated = head.removeprefix("Exit code ")
        code, text = (int(stated), rest) if stated.isdigit() else (1, text)
    frame = f"Chunk ID: 0a1b2c\nProcess exited with code {code}\nOutput:\n"
    rollout.item(at, "function_call_output", call_id=call_id, output=frame + text)


def _write_patch_result(rollout: _Rollout, at: str, call: Record, detail: Any, *, is_error: bool) -> None:
    path, call_id = call["input"]["file_path"], call["id"]
    if is_error:
        text = f"apply_patch verification failed: Failed to find expected lines in {path}"
        rollout.item(at, "custom_tool_call_output", call_id=call_id, output=text)
        return
    if detail.get("type") == "create":
        change: Record = {"type": "add", "content": detail["content"]}
    else:
        hunks = [line for hunk in detail["structuredPatch"] for line in hunk["lines"]]
        change = {"type": "update", "unified_diff": "\n".join(["@@ -1 +1 @@", *hunks]), "move_path": None}
    rollout.event(at, "patch_apply_end", call_id=call_id, success=True, changes={path: change})
    text = f"Exit code: 0\nOutput:\nSuccess. Updated the following files:\nM {path}\n"
    rollout.item(at, "custom_tool_call_output", call_id=call_id, output=text)


def _count_tokens(rollout: _Rollout, usage: Record) -> None:
    """The total after one more response. Codex's input holds what was read from the cache and written."""
    read, written = usage["cache_read_input_tokens"], usage["cache_creation_input_tokens"]
    used = (usage["input_tokens"] + read + written, read, written, usage["output_tokens"])
    for key, tokens in zip(rollout.total, used, strict=True):
        rollout.total[key] += tokens
    total = rollout.total | {"total_tokens": rollout.total["input_tokens"] + rollout.total["output_tokens"]}
    rollout.event(usage["at"], "token_count", info={"total_token_usage": total}, rate_limits=None)


def _truth_of(rollout: _Rollout, truth: SessionTruth, policy: str) -> SessionTruth:
    """The truth of the same scene as a rollout: another version, surface, modes and kinds of errors."""
    turns = tuple(replace(turn, permission_mode=policy, is_mode_stated=True) for turn in truth.turns)
    errors = dict(truth.tool_errors)
    failed_looks = _failed_looks(rollout)
    if failed_looks:
        errors["other"] -= failed_looks
        errors["exit_code"] = errors.get("exit_code", 0) + failed_looks
    has_calls = any(turn.tool_call_count for turn in turns)
    return replace(
        truth,
        agent="codex",
        cli_version=CLI_VERSION,
        entrypoint="cli",
        is_cleared_start=False,
        is_full_auto=(policy == "never") if has_calls else None,
        is_usage_final=True,
        ended_at=rollout.last_at,
        started_at=truth.turns[0].started_at,
        tool_errors=dict(sorted((kind, number) for kind, number in errors.items() if number)),
        turns=turns,
    )


def _failed_looks(rollout: _Rollout) -> int:
    """Reads and searches that failed: Codex looks with the shell, so that they end with an exit code."""
    looks = {call_id for call_id, call in rollout.calls.items() if call["name"] in _LOOKS}
    return sum(
        b"exited with code 1" in line and orjson.loads(line)["payload"].get("call_id") in looks
        for line in rollout.lines
    )
