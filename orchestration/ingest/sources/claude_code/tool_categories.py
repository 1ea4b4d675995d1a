"""Claude Code's tools by category: the one list of their names. MCP tools are told by their server."""

from orchestration.ingest.rows import ToolCategory

_CATEGORIES: dict[ToolCategory, tuple[str, ...]] = {
    "shell": ("Bash", "PowerShell"),
    "read": ("Read", "LS", "NotebookRead"),
    "search": ("Grep", "Glob", "LSP", "ToolSearch"),
    "edit": ("Edit", "MultiEdit", "Write", "NotebookEdit"),
    "web": ("WebFetch", "WebSearch"),
    "subagent": ("Task", "Agent", "SendMessage", "Workflow"),
    "question": ("AskUserQuestion",),
    "plan": ("EnterPlanMode", "ExitPlanMode", "exit_plan_mode"),
    "todo": ("TodoWrite", "TaskCreate", "TaskUpdate", "TaskList", "TaskGet"),
    "skill": ("Skill", "SlashCommand"),
    "background": (
        "BashOutput", "KillShell", "KillBash", "TaskOutput", "TaskStop", "Monitor", "ScheduleWakeup",
    ),
    "mcp": ("ListMcpResourcesTool", "ReadMcpResourceTool"),
}  # fmt: skip
_OF_TOOL = {name: category for category, names in _CATEGORIES.items() for name in names}


def category_of(tool_name: str, *, mcp_server: str | None) -> ToolCategory:
    """The category of a call by its tool's name; `other` for a name that is not known."""
    return "mcp" if mcp_server is not None else _OF_TOOL.get(tool_name, "other")
