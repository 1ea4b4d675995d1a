"""What the `session_meta` records of a rollout say: which thread it is, whose child, from which surface."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from orchestration.ingest.json_values import mapping_of, string_of

AGENT = "codex"
"""The coding agent that writes this source's transcripts."""

_SURFACES = {"cli": "cli", "exec": "headless-exec", "mcp": "sdk-mcp", "appserver": "sdk-app-server"}
"""By the `source` of a thread: `codex exec` is the mode without a person, `mcp` another agent's tool."""


class ThreadMeta(NamedTuple):
    """One thread. `parents` are the threads that it was spawned, forked or reviewed from.

    `is_sidechain`: nobody types in it, another agent wrote its brief.
    """

    thread_id: str
    parents: tuple[str, ...]
    is_sidechain: bool
    agent_role: str | None
    entrypoint: str | None
    cli_version: str | None
    cwd: str | None


def metas_in(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The payloads of the `session_meta` records that name a thread, in file order."""
    return [
        record["payload"]
        for record in records
        if record.get("type") == "session_meta" and thread_id_of(record) is not None
    ]


def thread_id_of(record: dict[str, Any]) -> str | None:
    """The thread that a `session_meta` record names."""
    payload = record.get("payload")
    return string_of(payload.get("id")) or None if isinstance(payload, dict) else None


def read_meta(payload: dict[str, Any]) -> ThreadMeta:
    """The thread of a `session_meta` payload."""
    thread_id = string_of(payload.get("id")) or ""
    source = payload.get("source")
    subagent = source.get("subagent") if isinstance(source, dict) else None
    spawn = mapping_of(mapping_of(subagent).get("thread_spawn"))
    named = (
        payload.get("forked_from_id"),
        spawn.get("parent_thread_id"),
        payload.get("parent_thread_id"),
        payload.get("session_id"),
    )
    parents = {name for name in named if isinstance(name, str) and name and name != thread_id}
    return ThreadMeta(
        thread_id=thread_id,
        parents=tuple(sorted(parents)),
        is_sidechain=subagent is not None,
        agent_role=string_of(spawn.get("agent_role"))
        or string_of(payload.get("agent_role"))
        or string_of(subagent),
        entrypoint=_entrypoint(source, string_of(payload.get("originator"))),
        cli_version=string_of(payload.get("cli_version")) or None,
        cwd=string_of(payload.get("cwd")) or None,
    )


def _entrypoint(source: Any, originator: str | None) -> str | None:
    """Where the thread was begun. Editors and the desktop app share one `source`."""
    slug = (originator or "").strip().lower().replace(" ", "-").replace("_", "-")
    if isinstance(source, str):
        name = source.lower().replace("_", "")
        if name in _SURFACES:
            return _SURFACES[name]
        if name == "vscode":
            return slug if slug and slug != "codex-vscode" else "codex-vscode"
        return name[:60] or None
    if isinstance(source, dict) and "subagent" in source:
        return "headless-exec" if slug == "codex-exec" else "cli" if slug.startswith("codex-tui") else None
    custom = string_of(mapping_of(source).get("custom"))
    return custom[:60] if custom else None
