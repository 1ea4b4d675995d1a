"""What the hard facts of a tool call say: which command ran, whether it failed, what it changed.

Reads a call's category, input, status and file path; never what the agent wrote about it (a shell call's
`description`, for one) and never counts of lines. Programs and their categories live here.
"""

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from orchestration.ingest.call_input import CUT_COMMAND, command_of_input
from orchestration.ingest.rows import RawToolCall
from orchestration.ingest.shell_command import split_command, status_of_member

CommandKind = Literal["look", "git", "check", "operate", "data", "forge", "agent", "change", "other"]

LOOKS = frozenset({"read", "search"})
"""Categories of tools that only look."""
COUNTED_ERRORS = frozenset({"exit_code", "other"})
"""Errors of the tool itself; a denial, an interrupt or a neighbour's failure is none."""

_KINDS: tuple[tuple[CommandKind, str], ...] = (
    (
        "look",
        r"(?:cd|pwd|ls|cat|head|tail|grep|egrep|rg|ag|find|fd|tree|wc|sort|uniq|cut|tr|which|type|file"
        r"|stat|du|df|diff|echo|printf"
        r"|sleep|true|false|test|\[|date|whoami|env|export|less|more|nl|ps|pgrep|lsof|man|source|history"
        r"|kill|pkill|wait"
        r"|jq|yq|awk|base64|xargs|basename|dirname|realpath|for|while|if|fi|do|done|sed(?! .*-i)"
        r"|(?:npm|pnpm|yarn|pip3?|cargo|brew|gem) (?:ls|list|outdated|view|info|why|show|whoami|search)"
        r"|git (?:-\S+ \S+ )*(?:status|log|diff|show|branch|blame|rev-parse|ls-files|remote|grep|describe"
        r"|fetch|stash list))(?= |$)",
    ),
    (
        "check",
        r"(?:(?:npx|pnpm|yarn|bun|uv run|poetry run|python3? -m) )?(?:tsc|mypy|pyright|ruff|eslint"
        r"|prettier|flake8|pylint|black|biome"
        r"|golangci-lint|shellcheck|swiftlint|rubocop|credo|dialyzer)(?= |$)"
        r"|(?:npm|pnpm|yarn|bun|mise|just|task|nx|turbo)(?: run| -\S+)* (?:\S*build\S*|\S*lint\S*"
        r"|\S*check\S*|compile|fmt)(?= |$)"
        r"|(?:go (?:build|vet)|cargo (?:build|check|clippy)|mix (?:compile|format|credo|dialyzer)"
        r"|swift build|xcodebuild|dotnet build"
        r"|(?:\./)?gradlew? \S*(?:build|assemble|check)\S*|(?:\./)?mvnw? \S*(?:compile|verify|package)"
        r"|make(?: (?:all|build|lint|check|fmt))?"
        r"|cmake|gcc|clang|g\+\+|javac|python3? -m py_compile|node --check|bash -n)(?= |$)",
    ),
    (
        "operate",
        r"(?:kubectl|helm|docker|docker-compose|podman|terraform|tofu|pulumi|ansible\S*|aws|gcloud|az"
        r"|flyctl|fly|vercel|netlify|heroku|railway"
        r"|wrangler|supabase|ssh|scp|rsync|systemctl|service|launchctl|journalctl|pm2|nginx|crontab|brew"
        r"|apt|apt-get|dnf|yum|pacman|gh (?:run|workflow|release|secret))(?= |$)",
    ),
    ("forge", r"(?:gh|glab)(?= |$)"),
    ("agent", r"(?:claude|codex|gemini|aider|opencode)(?= |$)"),
    (
        "data",
        r"(?:psql|mysql|sqlite3|duckdb|bq|clickhouse\S*|mongosh?|redis-cli|snowsql|spark-\w+|jupyter"
        r"|Rscript|R|xsv|mlr|csvcut|dbt)(?= |$)",
    ),
    ("git", r"git(?= |$)"),
    ("change", r"(?:sed .*-i|patch|tee|mv|cp|rm)(?= |$)"),
)
_KIND = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS)
_GIT_CHANGES = re.compile(r"git (?:-\S+ \S+ )*(?:apply|am|cherry-pick|merge|rebase)(?= |$)")
_REDIRECTS = re.compile(r"(?<![0-9&<>=-])>{1,2} ?(?!&|/dev/null|/tmp/)[\w./~\"'$]")
_DOCUMENT = re.compile(r"\.(?:md|mdx|rst|txt|adoc)$", re.I)
_NOT_CODEBASE = re.compile(r"(?:^|[/\\])(?:\.claude|tmp|\.cursor|scratchpad)(?:[/\\]|$)")
CALL_PATTERNS = (
    *(f"{kind}:{pattern}" for kind, pattern in _KINDS),
    *(p.pattern for p in (_GIT_CHANGES, _REDIRECTS, CUT_COMMAND, _DOCUMENT, _NOT_CODEBASE)),
    *(",".join(sorted(words)) for words in (LOOKS, COUNTED_ERRORS)),
)
"""Part of the rules' fingerprint."""


class Command(NamedTuple):
    """One member of a shell call, its kind, and whether it succeeded where the exit code settles it."""

    text: str
    kind: CommandKind
    is_success: bool | None


def command_text(call: RawToolCall) -> str:
    """The command of a shell call; empty for other tools. The input may be cut in the middle."""
    return command_of_input(call.input_text or "") if call.tool_category == "shell" else ""


def commands_of(call: RawToolCall) -> tuple[Command, ...]:
    """The members of a shell call with kind and status; empty for other tools."""
    text = command_text(call)
    return _commands(text, call.exit_code if call.has_result else None) if text else ()


@lru_cache(maxsize=8192)
def _commands(text: str, exit_code: int | None) -> tuple[Command, ...]:
    members = split_command(text)
    return tuple(
        Command(member.text, _kind_of(member.text), status_of_member(members, at, exit_code))
        for at, member in enumerate(members)
    )


@lru_cache(maxsize=16384)
def _kind_of(command: str) -> CommandKind:
    if _GIT_CHANGES.match(command):
        return "change"
    for kind, pattern in _KIND:
        if pattern.match(command):
            return "change" if kind == "look" and _REDIRECTS.search(command) else kind
    return "other"


def is_failed(call: RawToolCall) -> bool:
    """Whether the tool itself failed."""
    return call.is_error and (call.error_kind is None or call.error_kind in COUNTED_ERRORS)


def is_done(call: RawToolCall) -> bool:
    """Whether the call ended well in the foreground; one that was denied or cancelled did nothing."""
    is_refused = call.error_kind is not None
    return call.has_result and not (call.is_error or is_refused or call.is_interrupted or call.is_background)


def is_effective(call: RawToolCall) -> bool:
    """Whether the call does something: neither looks, searches, plans nor delegates.

    A look that fails (`grep` without a match, a file that is not there) is no failure of the work.
    """
    if call.tool_category == "edit":
        return True
    return any(command.kind != "look" for command in commands_of(call))


def changes_files(call: RawToolCall) -> bool:
    """Whether the call changed a file, by an editing tool or in the shell."""
    if not is_done(call):
        return False
    return call.tool_category == "edit" or any(command.kind == "change" for command in commands_of(call))


def changes_code(call: RawToolCall) -> bool:
    """As `changes_files`, without documents and the agent's own notes."""
    if not changes_files(call):
        return False
    path = call.file_path
    return path is None or not (_DOCUMENT.search(path) or _NOT_CODEBASE.search(path))


def is_in_codebase(path: str | None) -> bool:
    """Whether a path is neither scratch nor the agent's own notes."""
    return bool(path) and not _NOT_CODEBASE.search(path or "")


def attempt_of(call: RawToolCall) -> str | None:
    """What a call tries: two calls with the same value try the same thing. None where that is unknown."""
    if call.tool_category == "edit":
        return f"{call.tool_name} {call.file_path}" if call.file_path else None
    command = " ".join(command_text(call).split())
    return f"{call.tool_name} {command}" if command else None
