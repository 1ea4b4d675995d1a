"""Claude Code's tools: the one list of their names, what kind each is, and whether it can run long.

A name that is in no row is of category `other` and cannot run long; it is counted as drift. Tools of MCP
servers are known by their prefix. Knows names only.
"""

from orchestration.ingest.rows import ToolCategory

_TOOLS: tuple[tuple[ToolCategory, bool, tuple[str, ...]], ...] = (
    # category, can it run long, names
    ("shell", True, ("Bash", "PowerShell")),
    ("read", False, ("Read", "LS", "NotebookRead")),
    ("search", False, ("Grep", "Glob", "LSP", "ToolSearch")),
    ("edit", False, ("Edit", "MultiEdit", "Write", "NotebookEdit")),
    ("web", True, ("WebFetch", "WebSearch")),
    ("subagent", True, ("Task", "Agent", "Workflow")),
    ("subagent", False, ("SendMessage",)),
    ("question", False, ("AskUserQuestion",)),
    ("plan", False, ("EnterPlanMode", "ExitPlanMode", "exit_plan_mode")),
    ("todo", False, ("TodoRead", "TodoWrite", "TaskCreate", "TaskUpdate", "TaskList", "TaskGet")),
    ("skill", False, ("Skill", "SlashCommand")),
    ("background", True, ("TaskOutput", "AgentOutputTool", "Monitor")),  # AgentOutputTool: its name in 2.0
    ("background", False, ("BashOutput", "KillShell", "KillBash", "TaskStop", "ScheduleWakeup")),
    ("background", False, ("CronCreate", "CronDelete", "CronList")),
    ("mcp", True, ("ListMcpResourcesTool", "ReadMcpResourceTool", "WaitForMcpServers")),
    ("other", True, ("Sleep", "REPL")),
    ("other", False, ("EnterWorktree", "ExitWorktree", "ReportFindings", "StructuredOutput")),
)
_CATEGORY = {name: category for category, _, names in _TOOLS for name in names}


def _names(category: ToolCategory) -> frozenset[str]:
    return frozenset(name for name, own in _CATEGORY.items() if own == category)


FILE_TOOLS = _names("edit")
"""Tools that change a file."""

SHELL_TOOLS = _names("shell")

AGENT_TOOLS = frozenset({"Task", "Agent"})
"""Tools that start a sub-agent and, unless it runs in the background, wait for it."""

READ_ONLY_AGENTS = frozenset({"Explore", "Plan", "claude-code-guide", "statusline-setup"})
"""Built-in sub-agents whose tools change no project file."""

LONG_TOOLS = frozenset(name for _, is_long, names in _TOOLS if is_long for name in names)
"""Tools that wait for something outside the harness. Only these fill a gap between two records."""

SHORT_TOOLS = frozenset(_CATEGORY) - LONG_TOOLS
"""Tools that answer at once: a long wait for one is a wait for a person, or a sleeping machine."""


def category_of(tool_name: str, *, mcp_server: str | None) -> ToolCategory:
    """The category of a call by its tool's name; `other` for a name that is not known."""
    return "mcp" if mcp_server is not None else _CATEGORY.get(tool_name, "other")


def can_run_long(tool_name: str) -> bool:
    """Whether a tool may have been running through a gap.

    A name in no row cannot: counting an unknown wait as work would overstate the agent's work without
    bound, and leaving it out understates it by one call.
    """
    return tool_name in LONG_TOOLS or tool_name.startswith("mcp__")


def is_known_tool(tool_name: str) -> bool:
    """Whether the list knows the name; tools of MCP servers are known by their prefix."""
    return tool_name in _CATEGORY or tool_name.startswith("mcp__")
