"""What each version of the Claude Code CLI writes: the feature timeline of the transcript format.

Knows versions and nothing of sessions. A feature is a boolean of `Features`; whoever writes a record
asks the boolean and never compares version numbers itself.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

VERSIONS = (
    "1.0.17",
    "2.0.76",
    "2.1.5",
    "2.1.20",
    "2.1.37",
    "2.1.63",
    "2.1.81",
    "2.1.100",
    "2.1.150",
    "2.1.210",
)
"""The versions of the demo, oldest first; each stands for a stretch of the format's history."""

VersionNumber = tuple[int, ...]
UsageKind = Literal[
    "lower_bound",  # no stop_reason, output_tokens mostly the placeholder of the message start
    "last_line",  # placeholder on the first lines, final figures and stop_reason on the last
    "every_line",  # the same final figures on every line
]

_MODELS: tuple[tuple[VersionNumber, str], ...] = (
    ((2, 1, 200), "claude-opus-4-8"),
    ((2, 1, 100), "claude-opus-4-7"),
    ((2, 1, 60), "claude-opus-4-6"),
    ((2, 0, 0), "claude-opus-4-5-20251101"),
    ((0, 0, 0), "claude-sonnet-4-20250514"),
)


@dataclass(frozen=True)
class Features:
    """The features of one CLI version; the comments give the versions in which each is seen."""

    version: str
    number: VersionNumber
    model: str
    usage: UsageKind  # lower_bound < 2.1.60 ≤ last_line < 2.1.97 ≤ every_line
    agent_tool: str  # Task, later Agent
    agent_id_digits: int  # 7, later 17
    has_git_branch: bool  # 2.0.64+ (with snapshots and stop_hook_summary)
    has_slug: bool  # 2.0.64–2.1.119
    has_thinking_metadata: bool  # to 2.1.45
    has_todos: bool  # 2.0.64–2.1.62
    has_summary_records: bool  # 2.0.76–2.1.22
    has_turn_duration: bool  # 2.1.1+ (with sourceToolAssistantUUID)
    has_message_count: bool  # 2.1.91+
    has_progress: bool  # 2.1.11–2.1.81
    has_permission_mode: bool  # 2.1.15+
    has_task_tools: bool  # TaskCreate instead of TodoWrite: 2.1.16+
    has_pr_link: bool  # 2.1.29+
    has_plan_content: bool  # 2.1.29–2.1.80
    has_caller: bool  # 2.1.38+ (with iterations)
    is_thinking_hidden: bool  # 2.1.78+
    has_prompt_id: bool  # 2.1.76+ (the envelope's keys then close the record)
    has_entrypoint: bool  # 2.1.78+
    has_attachments: bool  # 2.1.91+ (with last-prompt and permission-mode records)
    has_origin: bool  # 2.1.112+
    has_ai_title: bool  # 2.1.121+
    has_mode_records: bool  # 2.1.150+ (with interruptedMessageId and gitOperation)
    has_prompt_source: bool  # 2.1.168+
    has_second_session_id: bool  # 2.1.199+
    has_subagent_folder: bool  # <sessionId>/subagents/ instead of beside the file
    has_local_command_records: bool  # system/local_command: 2.1.6+


def parse_version(version: str) -> VersionNumber:
    """`2.1.37` → `(2, 1, 37)`."""
    return tuple(int(part) for part in version.split("."))


def _usage_kind(number: VersionNumber) -> UsageKind:
    if number < (2, 1, 60):
        return "lower_bound"
    return "last_line" if number < (2, 1, 97) else "every_line"


@lru_cache(maxsize=64)
def features_of(version: str) -> Features:
    """The features of a version; any version works, not only those of the demo."""
    n = parse_version(version)
    return Features(
        version=version,
        number=n,
        model=next(model for first, model in _MODELS if n >= first),
        usage=_usage_kind(n),
        agent_tool="Agent" if n >= (2, 1, 63) else "Task",
        agent_id_digits=17 if n >= (2, 1, 39) else 7,
        has_git_branch=n >= (2, 0, 64),
        has_slug=(2, 0, 64) <= n <= (2, 1, 119),
        has_thinking_metadata=(2, 0, 64) <= n <= (2, 1, 45),
        has_todos=(2, 0, 64) <= n <= (2, 1, 62),
        has_summary_records=(2, 0, 76) <= n <= (2, 1, 22),
        has_turn_duration=n >= (2, 1, 1),
        has_message_count=n >= (2, 1, 91),
        has_progress=(2, 1, 11) <= n <= (2, 1, 81),
        has_permission_mode=n >= (2, 1, 15),
        has_task_tools=n >= (2, 1, 16),
        has_pr_link=n >= (2, 1, 29),
        has_plan_content=(2, 1, 29) <= n <= (2, 1, 80),
        has_caller=n >= (2, 1, 38),
        is_thinking_hidden=n >= (2, 1, 78),
        has_prompt_id=n >= (2, 1, 76),
        has_entrypoint=n >= (2, 1, 78),
        has_attachments=n >= (2, 1, 91),
        has_origin=n >= (2, 1, 112),
        has_ai_title=n >= (2, 1, 121),
        has_mode_records=n >= (2, 1, 150),
        has_prompt_source=n >= (2, 1, 168),
        has_second_session_id=n >= (2, 1, 199),
        has_subagent_folder=n >= (2, 1, 14),
        has_local_command_records=n >= (2, 1, 6),
    )
