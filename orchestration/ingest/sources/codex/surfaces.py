"""Where a Codex session was run, and whether a person took part, as its entry point tells it.

Rollouts state no speaker: a prompt at the command line, the desktop application or an editor is presumed a
person's, a program's runs are marked by their entry point, and an entry point that is not listed presumes
nobody. Knows names, not records.
"""

from orchestration.ingest.rows import Surface

_BY_HAND = frozenset({"cli", "codex-tui", "codex-desktop", "codex-app", "chatgpt"})
_EDITORS = ("vscode", "vs-code", "cursor", "windsurf", "jetbrains", "xcode", "zed", "visual-studio")


def surface_of(entrypoint: str | None, *, has_acts: bool) -> Surface:
    """The surface of a session that was begun at an entry point."""
    name = (entrypoint or "").lower()
    if name.startswith("sdk") or name == "mcp":
        return "sdk"
    if "headless" in name:
        return "headless"
    if not has_acts:
        return "no_human_act"
    if any(editor in name for editor in _EDITORS):
        return "ide"
    return "interactive" if not name or name in _BY_HAND or "desktop" in name else "unknown"
