"""Codex's tools by category: the one list of their names.

MCP tools are told by their server; a script (`exec`) and a shell call by what they run.
"""

from orchestration.ingest.rows import ToolCategory

SHELL = frozenset({"shell", "shell_command", "local_shell", "container.exec", "exec_command", "unified_exec"})
CODE = frozenset({"exec"})
"""Scripts that call other tools, `tools.exec_command({cmd: …})` among them (from CLI 0.144)."""
CONTINUATIONS = frozenset({"write_stdin", "wait"})
"""Calls that look after a command or script that still runs."""
PATCH = frozenset({"apply_patch"})
QUESTIONS = frozenset({"request_user_input"})
SPAWNS = frozenset({"spawn_agent"})

_CATEGORIES: dict[ToolCategory, frozenset[str]] = {
    "shell": SHELL,
    "background": CONTINUATIONS,
    "edit": PATCH,
    "question": QUESTIONS,
    "subagent": SPAWNS
    | {
        "wait_agent", "close_agent", "send_input", "resume_agent", "list_agents", "send_message",
        "followup_task", "interrupt_agent", "spawn_agents_on_csv", "report_agent_job_result",
    },
    "read": frozenset({"read_file", "view_image", "list_dir"}),
    "search": frozenset({"grep_files", "tool_search", "tool_search_call", "tool_suggest"}),
    "web": frozenset({"web_search"}),
    "todo": frozenset({"update_plan", "create_goal", "get_goal", "update_goal"}),
    "mcp": frozenset({"list_mcp_resources", "list_mcp_resource_templates", "read_mcp_resource"}),
}  # fmt: skip
_OF_TOOL = {name: category for category, names in _CATEGORIES.items() for name in names}

LONG_RUNNING: frozenset[ToolCategory] = frozenset({"subagent", "web", "mcp", "background"})
"""What may fill a gap by itself. A command or patch states how long it ran."""


def category_of(
    tool_name: str, *, mcp_server: str | None, has_commands: bool, is_patch: bool
) -> ToolCategory:
    """The category of a call, by its tool and by what it was given."""
    if mcp_server is not None:
        return "mcp"
    if is_patch and tool_name in SHELL | CODE | PATCH:
        return "edit"
    if tool_name in CODE:
        return "shell" if has_commands else "other"
    return _OF_TOOL.get(tool_name, "other")
