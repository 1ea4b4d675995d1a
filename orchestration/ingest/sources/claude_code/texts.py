"""The texts that Claude Code and its hosts put into transcripts in their own words: one table.

A row is how a text begins, what it is, whose it is, the CLI versions in which it was seen, and where. The
rows are tried in their order, and only where a record does not state what it is. Not here: what follows from
a text (`who_speaks`, `refusals`).
"""

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from orchestration.ingest.rows import ToolErrorKind

TextKind = Literal[
    "compaction_summary",
    "interrupt",
    "command",
    "command_output",
    "caveat",
    "shell_input",
    "shell_output",
    "notification",
    "machine_message",
    "plan_implementation",
    "hook",
]
Whose = Literal["person", "agent", "harness", "rule", "classifier", "hook", "nobody"]


class RecordText(NamedTuple):
    """How a text in a user record, the queue or an attachment begins, where the record states nothing."""

    start: str
    kind: TextKind
    whose: Whose
    first_seen: str | None
    last_seen: str | None
    seen_in: str


class ResultText(NamedTuple):
    """How the result of a call that did not run begins. `words` in the pattern are the person's own.

    `stops` says that the text tells the agent to stop and wait.
    """

    pattern: str
    error_kind: ToolErrorKind
    whose: Whose
    first_seen: str | None
    last_seen: str | None
    seen_in: str
    stops: bool = False


_CLI = "Claude Code CLI"
RECORD_TEXTS: tuple[RecordText, ...] = (
    RecordText(
        "This session is being continued from a previous conversation",
        "compaction_summary", "harness", "2.0.76", None, _CLI,
    ),
    RecordText("[Request interrupted by user", "interrupt", "person", "1.0.17", None, _CLI),
    RecordText("<command-name>", "command", "person", "1.0.17", None, _CLI),
    RecordText("<command-message>", "command", "person", "2.0.64", None, _CLI),
    RecordText("<user-memory-input>", "command", "person", None, None, f"{_CLI}, what begins with #"),
    RecordText("<local-command-stdout>", "command_output", "harness", "1.0.17", None, _CLI),
    RecordText("<local-command-stderr>", "command_output", "harness", "2.0.64", None, _CLI),
    RecordText("<local-command-caveat>", "caveat", "harness", "2.0.76", None, _CLI),
    RecordText("Caveat: The messages below", "caveat", "harness", "1.0.17", "2.0.76", _CLI),
    RecordText("<bash-input>", "shell_input", "person", "1.0.17", None, _CLI),
    RecordText("<bash-stdout>", "shell_output", "harness", "1.0.17", None, _CLI),
    RecordText("<bash-stderr>", "shell_output", "harness", "1.0.17", None, _CLI),
    RecordText("<task-notification>", "notification", "harness", "2.1.5", None, _CLI),
    RecordText('{"task_id"', "notification", "harness", "2.0.76", "2.1.22", f"{_CLI}, queue"),
    RecordText("<teammate-message", "machine_message", "agent", "2.1.32", None, "agent teams"),
    RecordText("<cross-session-message", "machine_message", "agent", "2.1.224", None, "messages of peers"),
    RecordText("<peer-message", "machine_message", "agent", "2.1.224", None, "messages of peers"),
    RecordText(
        "Another Claude session sent a message", "machine_message", "agent", "2.1.63", None,
        "agent teams, messages of peers",
    ),
    RecordText("<agent-message", "machine_message", "agent", "2.1.224", None, "messages of peers"),
    RecordText("<scheduled-task", "machine_message", "harness", "2.1.100", None, "scheduled tasks"),
    RecordText("<scheduled-wakeup", "machine_message", "harness", "2.1.218", None, "scheduled wake-ups"),
    RecordText("<<autonomous-loop", "machine_message", "harness", "2.1.218", None, "the loop skill"),
    RecordText("[SYSTEM NOTIFICATION", "machine_message", "harness", "2.1.218", None, "scheduled tasks"),
    RecordText("Implement the following plan:", "plan_implementation", "harness", "2.1.5", None, _CLI),
    RecordText("Operation stopped by hook", "hook", "hook", "2.0.64", None, _CLI),
    RecordText("Stop hook feedback", "hook", "hook", "2.0.64", None, _CLI),
    RecordText("SubagentStop hook feedback", "hook", "hook", "2.1.170", None, _CLI),
)  # fmt: skip

_REFUSED = r"The user (?:doesn't|does not|didn't) want to (?:proceed with this tool use|take this action)"
_WORDS_AFTER = r"(?:said|reason[^:]{0,60}|feedback[^:]{0,60}|comments?|message|instructions?[^:]{0,60}):"
_SUB_AGENT = r"Permission for this tool use was denied"
_NOT_ASKED = r"[.:] [Ii]t requires (?:interactive )?approval"
_VERB = (
    r"(?:denied|rejected|declined|refused|disapproved|dismissed|vetoed|cancell?ed|skipped"
    r"|did(?: not|n['’]t) (?:approve|allow|permit|accept|grant|want|give)"
    r"|does(?: not|n['’]t) (?:approve|allow|permit|accept|want)|chose not to)"
)
_PERSON_DID = rf"(?:the )?(?:user|human) (?:has |explicitly )*{_VERB}\b"
_THING = (
    r"(?:permission|approval|access|tool|tool use|tool call|request|action|command|edit|change|operation)"
)
_BY_PERSON = (
    rf"(?:(?:the |this )?{_THING} (?:request )?)?(?:(?:was|is|has been) )?"
    r"(?:denied|rejected|declined|refused|cancell?ed|disallowed|dismissed|not (?:approved|allowed|permitted))"
    r" by (?:the )?(?:user|human|operator)\b"
)
_HOST_WORDS = r"[^:]{0,160}?(?::|\s[–—-]{1,2})\s+(?P<words>\S.*)"
_HOSTS = "SDK hosts, VS Code, ACP adapters, desktop apps"
_HOOK_EVENT = r"(?:PreToolUse|PermissionRequest)(?::[^\s]+)?"

RESULT_TEXTS: tuple[ResultText, ...] = (
    ResultText(
        rf"{_REFUSED}.*?{_WORDS_AFTER}\s*(?P<words>\S.*)",
        "denied_by_user", "person", "1.0.17", None, f"{_CLI} (the user said), VS Code and SDK hosts (reason)",
    ),
    ResultText(
        rf"{_REFUSED}.*?{_WORDS_AFTER}", "denied_by_user", "person", "2.1.210", None, "VS Code, no words",
    ),
    ResultText(_REFUSED, "denied_by_user", "person", "1.0.17", None, _CLI, stops=True),
    ResultText(
        "User rejected tool use", "denied_by_user", "person", "1.0.17", None, f"{_CLI}, toolUseResult",
        stops=True,
    ),
    ResultText("User chose to stay in plan mode", "denied_by_user", "person", "2.1.2", None, _CLI),
    ResultText(
        r"The agent proposed a plan that was rejected by the user", "denied_by_user", "person",
        "2.1.76", None, _CLI,
    ),
    ResultText(
        _SUB_AGENT + _NOT_ASKED, "no_surface", "nobody", "2.1.231", None, "headless runs, background agents"
    ),
    ResultText(
        rf"{_SUB_AGENT}.*?{_WORDS_AFTER}\s*(?P<words>\S.*)",
        "denied_by_user", "person", "2.1.76", None, "sub-agents",
    ),
    ResultText(_SUB_AGENT, "denied_by_user", "person", "2.1.76", None, "sub-agents"),
    ResultText(
        r"\[Request interrupted by user|Tool use aborted|(?:The )?(?:tool|request|operation|call) (?:was )?"
        r"interrupted by (?:the )?user", "interrupted", "person", "1.0.17", None, f"{_CLI}, ACP adapters",
    ),
    ResultText(
        r"Sibling tool call errored|Cancelled: parallel tool call|Streaming fallback - tool execution"
        r"|\[?Tool result missing due to internal error",
        "collateral", "harness", "2.0.76", None, _CLI,
    ),
    ResultText(
        r"Permission for this action (?:was|has been) denied by the .{0,40}?auto[- ]mode"
        r"|Permission for this action (?:was|has been) denied\. Reason:"
        r"|(?:Tool use )?[Dd]enied by auto[- ]mode"
        r"|Auto[- ]mode (?:could not evaluate|classifier|denied|blocked)"
        r"|\S{1,80} is temporarily unavailable, so auto mode cannot determine",
        "denied_by_classifier", "classifier", "2.1.120", None, "auto mode",
    ),
    ResultText(
        rf"{_HOOK_EVENT} (?:\[[^\]]{{0,300}}\] )?hook "
        r"(?:error|block|denied|stopped|returned blocking error|prevented)"
        rf"|Hook {_HOOK_EVENT} (?:denied|blocked|stopped|prevented)"
        r"|(?:[\w ]{0,40} )?(?:denied|blocked|rejected|stopped|prevented) by (?:an? |the )?"
        rf"(?:{_HOOK_EVENT} )?hook",
        "denied_by_hook", "hook", "2.0.64", None, _CLI,
    ),
    ResultText(
        r"Permission to use .*?auto-denied \(prompts unavailable\)"
        r"|Claude requested permissions? to .*?n[o']t (?:been )?granted"
        r"|This (?:\w+ )?command (?:requires approval|contains multiple operations)"
        r"|(?:Answer questions|Exit plan mode)\?\Z"
        r"|Tool permission (?:request failed|stream closed)|.{0,120}?permission prompts are not available",
        "no_surface", "nobody", "1.0.17", None, "headless runs, background agents, hosts that went away",
    ),
    ResultText(
        r"Permission to (?:use|read|edit|write|access|run) .*?\b(?:auto-)?denied"
        r"|Permission for this \w+ was denied by a built-in"
        r"|File is in a directory that is (?:denied|ignored) by|.{1,300}? was blocked by a deny rule"
        r"|.{1,300}? was blocked\. For security, ", "denied_by_rule", "rule", "1.0.17", None, _CLI,
    ),
    ResultText(
        rf"(?i:{_PERSON_DID}{_HOST_WORDS})", "denied_by_user", "person", None, None, _HOSTS
    ),
    ResultText(rf"(?i:{_PERSON_DID})", "denied_by_user", "person", None, None, _HOSTS),
    ResultText(rf"(?i:{_BY_PERSON}{_HOST_WORDS})", "denied_by_user", "person", None, None, _HOSTS),
    ResultText(rf"(?i:{_BY_PERSON})", "denied_by_user", "person", None, None, _HOSTS),
)  # fmt: skip

NOBODY_REFUSED = "Error: undefined"
"""`toolUseResult` where a request found nobody, and the harness says all the same that the person refused."""

PLAN_FOR_LEAD = "Your plan has been submitted to the team lead"
"""How the result of a plan begins that a teammate handed in to the agent that leads the team."""

NO_REFUSALS = re.compile(
    r"(?:Error: )?(?:Exit code -?\d|E(?:ACCES|PERM|ROFS)\b|InputValidationError|Request failed with status)"
    r"|.{0,200}?\b(?:EACCES|EPERM|ENOENT)\b"
)
"""Failures of tools that use the words of a refusal: the operating system's, a command's, a server's."""

REFUSAL_WORDS = re.compile(
    r"\b(refus|reject|deni|deny|declin|disallow|disapprov|forbid|forbidden|permission|approv|not allowed"
    r"|not permitted|unauthori|blocked)",
    re.I,
)
"""What a refusal in words that no row has would say."""


def record_text(head: str, kinds: Iterable[TextKind] | None = None) -> RecordText | None:
    """The row by which a text begins, among some kinds; None where the table has none."""
    for row in RECORD_TEXTS:
        if head.startswith(row.start) and (kinds is None or row.kind in kinds):
            return row
    return None


def starts_of(kind: TextKind) -> tuple[str, ...]:
    """How the texts of a kind begin."""
    return tuple(row.start for row in RECORD_TEXTS if row.kind == kind)
