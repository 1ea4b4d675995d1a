"""The calls of tools in one thread, each with what came back, whichever records say it.

A call is joined by `call_id` with its output and with the event of its end; both tell the same result,
which is kept once. A command that went on in the background ends in a later call that looks after it.
"""

from orchestration.ingest.json_values import mapping_of, string_of
from orchestration.ingest.sources.codex.commands import command_line, command_of, commands_in_script
from orchestration.ingest.sources.codex.patches import applied_changes, patch_in, whole_change
from orchestration.ingest.sources.codex.threads import Entry
from orchestration.ingest.sources.codex.tool_call import Call, as_json, fields_in
from orchestration.ingest.sources.codex.tool_categories import CODE, CONTINUATIONS, PATCH, SHELL
from orchestration.ingest.sources.codex.tool_outputs import ToolOutput, duration_of, read_output


class CallReader:
    """Reads the calls of one thread; `calls` are in the order they were made."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.ended: Call | None = None
        self._by_id: dict[str, Call] = {}
        self._running: dict[str, Call] = {}
        self._searches_ended: list[Call] = []
        self._never_asks = False

    def read(self, entry: Entry) -> Call | None:
        """Read one record; the call that it makes, if it makes one. `ended` is the call that it ends."""
        kind, self.ended = entry.kind, None
        if kind == "turn_context":
            self._never_asks = entry.payload.get("approval_policy") == "never"
        if kind in ("function_call", "custom_tool_call", "local_shell_call", "tool_search_call"):
            return self._made(entry)
        if kind in ("function_call_output", "custom_tool_call_output", "tool_search_output"):
            self._returned(entry)
        elif kind in ("web_search_call", "image_generation_call"):
            return self._hosted(entry)
        elif kind == "web_search_end":
            return self._search_ended(entry)
        elif kind in (
            "exec_command_end",
            "patch_apply_end",
            "mcp_tool_call_end",
            "dynamic_tool_call_response",
        ):
            return self._ended(entry)
        elif kind == "collab_agent_spawn_end":
            self._spawned(entry)
        elif kind == "view_image_tool_call" and string_of(entry.payload.get("call_id")) not in self._by_id:
            return self._add(entry, "view_image", str(entry.payload.get("path") or ""))
        return None

    def _add(self, entry: Entry, name: str, asked: str, *, has_call: bool = True) -> Call:
        call_id = string_of(entry.payload.get("call_id")) or entry.record_id
        call = Call(call_id, entry, name, asked, turn_id=entry.turn_id, has_call=has_call)
        self.calls.append(call)
        self._by_id[call_id] = call
        return call

    def _made(self, entry: Entry) -> Call | None:
        payload = entry.payload
        call_id = string_of(payload.get("call_id"))
        known = self._by_id.get(call_id or "")
        if known is not None and known.output is None and known.has_call:
            entry.fate = "counted"  # begun by an event, or written again: one call
            return None
        name = string_of(payload.get("name")) or entry.kind.removesuffix("_call")
        asked = payload.get("arguments", payload.get("input", payload.get("action")))
        call = self._add(entry, name, asked if isinstance(asked, str) else as_json(asked))
        call.arguments = mapping_of(asked) or fields_in(call.asked)
        namespace = string_of(payload.get("namespace")) or ""
        if namespace.startswith("mcp__"):
            call.mcp_server = namespace.removeprefix("mcp__").strip("_")[:120]
        elif name.startswith("mcp__") and name.count("__") >= 2:
            call.mcp_server = name.split("__")[1][:120]
        self._read_input(call)
        return call

    @staticmethod
    def _read_input(call: Call) -> None:
        if call.name in SHELL:
            command = command_of(call.arguments)
            call.commands = [command] if command else []
            call.patch = patch_in(command) if command and "apply_patch" in command else None
        elif call.name in CODE:
            call.commands = commands_in_script(call.asked)
        elif call.name in PATCH:
            call.patch = patch_in(string_of(call.arguments.get("input")) or call.asked)
        elif call.name == "spawn_agent":
            call.agent_role = string_of(call.arguments.get("agent_type"))

    def _returned(self, entry: Entry) -> None:
        payload = entry.payload
        call_id = string_of(payload.get("call_id"))
        call = self._by_id.get(call_id or "")
        if call is None:
            call = self._add(entry, "unknown", "", has_call=False)
        elif call.output is not None:
            entry.fate = "counted"
            return
        value = as_json(payload["tools"]) if "tools" in payload else payload.get("output")
        output = read_output(value)
        if call.name in CODE and len(call.commands) == 1 and output.exit_code is None:
            output = _with_printed_code(output)
        call.output, call.result_entry = output, entry
        self.ended = call
        call.spawned_thread = call.spawned_thread or _agent_in(call, output.text)
        self._follow(call, output)

    def _follow(self, call: Call, output: ToolOutput) -> None:
        """Keep track of what goes on in the background, and give its end to the call that began it."""
        session = call.arguments.get("session_id", call.arguments.get("cell_id"))
        origin = self._running.get(str(session)) if call.name in CONTINUATIONS else None
        if origin is None:
            if output.running is not None:
                self._running[output.running] = call
                call.is_left_running = True
            return
        origin.later_text += output.text
        if output.running is None and output.error_kind in (None, "exit_code"):
            origin.is_left_running = False
            if origin.end_exit_code is None:
                origin.end_exit_code = output.exit_code
            self._running.pop(str(session), None)

    def _ended(self, entry: Entry) -> Call | None:
        """The event of an end. One that no call announces was made by a script: it is a call of its own."""
        payload = entry.payload
        call = self._by_id.get(string_of(payload.get("call_id")) or "")
        made = None
        if call is None:
            call = made = self._from_event(entry)
        if call.name == "unknown" and not call.has_call:
            return None
        call.end_seconds = duration_of(payload.get("duration"))
        code = payload.get("exit_code")
        if isinstance(code, int) and not isinstance(code, bool):
            call.end_exit_code = code
            call.is_left_running = False
            call.printed = string_of(payload.get("aggregated_output")) or ""
        if entry.kind == "patch_apply_end":
            call.changes = mapping_of(payload.get("changes"))
            call.applied = whole_change(applied_changes(call.changes), known_by="patch")
            call.end_error = "other" if payload.get("success") is False else None
        elif entry.kind == "mcp_tool_call_end":
            invocation = mapping_of(payload.get("invocation"))
            call.mcp_server = call.mcp_server or (string_of(invocation.get("server")) or "")[:120] or None
            call.end_error = "other" if "Err" in mapping_of(payload.get("result")) else None
        elif entry.kind == "dynamic_tool_call_response":
            call.end_error = "other" if payload.get("success") is False else None
        if payload.get("status") == "declined":
            call.end_error = "denied_by_rule" if self._never_asks else "denied_by_user"
        if call.result_entry is None:
            self.ended = call
            if made is not None:
                call.result_entry = entry
        return made

    def _from_event(self, entry: Entry) -> Call:
        payload = entry.payload
        if entry.kind == "patch_apply_end":
            call = self._add(entry, "apply_patch", as_json(list(mapping_of(payload.get("changes")))))
            call.printed = "\n".join(
                text for key in ("stdout", "stderr") if (text := string_of(payload.get(key)))
            )
            call.patch = ""
            return call
        if entry.kind == "exec_command_end":
            words = payload.get("command")
            listed = [word for word in words if isinstance(word, str)] if isinstance(words, list) else []
            command = command_line(listed) if listed else string_of(words) or ""
            call = self._add(entry, "exec_command", command)
            call.commands = [command] if command else []
            return call
        invocation = mapping_of(payload.get("invocation"))
        name = string_of(invocation.get("tool")) or string_of(payload.get("tool")) or "unknown_tool"
        return self._add(entry, name, as_json(invocation.get("arguments", payload.get("arguments"))))

    def _hosted(self, entry: Entry) -> Call | None:
        """A tool that runs where the model runs: no output comes back, its record is its end."""
        if entry.kind == "web_search_call":
            if self._searches_ended:
                self._searches_ended.pop(0)
                entry.fate = "counted"
                return None
            call = self._add(entry, "web_search", as_json(entry.payload.get("action")))
        else:
            call = self._add(entry, "image_generation", string_of(entry.payload.get("revised_prompt")) or "")
        call.result_entry = entry
        return call

    def _search_ended(self, entry: Entry) -> Call:
        query = string_of(entry.payload.get("query"))
        call = self._add(entry, "web_search", query or as_json(entry.payload.get("action")))
        call.result_entry = entry
        # A script's search has no record of the model's beside it.
        if not call.call_id.startswith("exec-"):
            self._searches_ended.append(call)
        return call

    def _spawned(self, entry: Entry) -> None:
        call = self._by_id.get(string_of(entry.payload.get("call_id")) or "")
        if call is not None:
            call.spawned_thread = string_of(entry.payload.get("new_thread_id")) or call.spawned_thread
            call.agent_role = string_of(entry.payload.get("new_agent_role")) or call.agent_role


def _agent_in(call: Call, text: str) -> str | None:
    if call.name != "spawn_agent":
        return None
    return string_of(fields_in(text).get("agent_id"))


def _with_printed_code(output: ToolOutput) -> ToolOutput:
    """A script that prints the whole result of its one command prints the exit code with it."""
    printed = fields_in(output.text)
    code = printed.get("exit_code")
    if not isinstance(code, int) or isinstance(code, bool) or not isinstance(printed.get("output"), str):
        return output
    return output._replace(
        text=printed["output"], exit_code=code, error_kind="exit_code" if code else output.error_kind
    )
