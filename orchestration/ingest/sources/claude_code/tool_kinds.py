"""What kind of tool a name is: which change a file, and which can run long.

Closed lists: `is_known_tool` says whether a name is in one of them, so that others can be counted as
drift. Knows names only.
"""

FILE_TOOLS = frozenset({"Edit", "Write", "MultiEdit", "NotebookEdit"})
"""Tools that change a file."""

SHELL_TOOLS = frozenset({"Bash", "PowerShell"})

AGENT_TOOLS = frozenset({"Task", "Agent"})
"""Tools that start a sub-agent and, unless it runs in the background, wait for it."""

READ_ONLY_AGENTS = frozenset({"Explore", "Plan", "claude-code-guide", "statusline-setup"})
"""Built-in sub-agents whose tools change no project file."""

LONG_TOOLS = (
    SHELL_TOOLS
    | AGENT_TOOLS
    | {
        "Workflow",
        "WebFetch",
        "WebSearch",
        "Monitor",
        "TaskOutput",
        "AgentOutputTool",  # TaskOutput's name in 2.0
        "Sleep",
        "REPL",
        "ListMcpResourcesTool",
        "ReadMcpResourceTool",
        "WaitForMcpServers",
    }
)
"""Tools that wait for something outside the harness. Only these fill a gap between two records."""

SHORT_TOOLS = FILE_TOOLS | {
    "Read",
    "LS",
    "NotebookRead",
    "Grep",
    "Glob",
    "LSP",
    "ToolSearch",
    "AskUserQuestion",
    "EnterPlanMode",
    "ExitPlanMode",
    "EnterWorktree",
    "ExitWorktree",
    "TodoRead",
    "TodoWrite",
    "TaskCreate",
    "TaskUpdate",
    "TaskList",
    "TaskGet",
    "TaskStop",
    "Skill",
    "SlashCommand",
    "SendMessage",
    "BashOutput",
    "KillShell",
    "KillBash",
    "ScheduleWakeup",
    "CronCreate",
    "CronDelete",
    "CronList",
    "ReportFindings",
    "StructuredOutput",
}
"""Tools that answer at once: a long wait for one is a wait for a person, or a sleeping machine."""


def can_run_long(tool_name: str) -> bool:
    """Whether a tool may have been running through a gap.

    A name in neither list cannot: counting an unknown wait as work would overstate the agent's work
    without bound, and leaving it out understates it by one call.
    """
    return tool_name in LONG_TOOLS or tool_name.startswith("mcp__")


def is_known_tool(tool_name: str) -> bool:
    """Whether the lists know the name; tools of MCP servers are known by their prefix."""
    return can_run_long(tool_name) or tool_name in SHORT_TOOLS
