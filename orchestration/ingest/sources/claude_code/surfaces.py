"""Where a session was run, and whether a person took part: decided by who was there, not by what started it.

A person is there where a record states one (whatever the entry point), and is
presumed where a prompt came in at the command line, the desktop or an editor. A session that a program began
and a person went on with is the person's. Which surfaces are study C's frame is said in dbt.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from orchestration.ingest.rows import Surface
from orchestration.ingest.sources.claude_code.human_acts import Act
from orchestration.ingest.sources.claude_code.stated_voice import is_person
from orchestration.ingest.sources.claude_code.timeline import Entry
from orchestration.ingest.sources.claude_code.turn import Turn

Start = Literal["hand", "ide", "sdk", "headless", "action", "unknown"]
"""What an entry point says of who starts a session there."""

_BY_HAND = frozenset({"cli", "claude-desktop"})
_EDITORS = (
    "vscode",
    "jetbrains",
    "intellij",
    "cursor",
    "windsurf",
    "zed",
    "xcode",
    "neovim",
    "visual-studio",
)
_REMOTE_CONTROL = "sdk-cli"
"""Where a person is who runs a session from claude.ai; a program's session states no person."""
_BYPASSING = "bypassPermissions"


def start_of(entrypoint: str | None) -> Start | None:
    """Who starts a session at an entry point; None where the version records none (before 2.1.78)."""
    if entrypoint is None:
        return None
    name = entrypoint.lower()
    if name in _BY_HAND or name.startswith("remote"):
        return "hand"
    if name.startswith("sdk") or name == "mcp":
        return "sdk"
    if "headless" in name:
        return "headless"
    if "action" in name:
        return "action"
    return "ide" if any(editor in name for editor in _EDITORS) else "unknown"


def surface_of(
    entries: Iterable[Entry], acts: dict[int, Act], turns: Sequence[Turn], *, reported_durations: int
) -> Surface:
    """The surface of one session, from its entries in time order, its acts and its turns."""
    first: str | None = None
    entrypoint: str | None = None
    persons: Counter[Surface] = Counter()
    for entry in entries:
        stated = entry.record.get("entrypoint")
        if isinstance(stated, str):
            entrypoint = stated
            first = first if first is not None else stated
        if (act := acts.get(id(entry))) is not None and (found := _person_at(act, entrypoint)):
            persons[found] += 1
    if not persons:
        return _unattended(start_of(first), has_acts=bool(acts))
    if first is None and reported_durations == 0 and _is_one_unwatched_prompt(acts, turns):
        return "presumed_headless"
    return persons.most_common(1)[0][0]


def _person_at(act: Act, entrypoint: str | None) -> Surface | None:
    """Where the person is who did this; None where none is stated and none can be presumed.

    A stated person is at the command line, the desktop or claude.ai only where the entry point says so; a
    host that runs the agent through the SDK, or that no list knows, is another place.
    """
    start = start_of(entrypoint)
    if is_person(act.voice):
        if start == "ide":
            return "ide"
        is_listed = start in ("hand", None) or entrypoint == _REMOTE_CONTROL
        return "interactive" if is_listed else "other"
    if act.voice is not None or start in ("sdk", "headless", "action", "unknown"):
        return None
    return "ide" if start == "ide" else "interactive"


def _unattended(start: Start | None, *, has_acts: bool) -> Surface:
    if start == "sdk":
        return "sdk"
    if start == "headless":
        return "headless"
    if start == "action":
        return "action"
    if not has_acts:
        return "no_human_act"
    return "unknown" if start == "unknown" else "sdk"  # a program's prompts, by their own statement


def _is_one_unwatched_prompt(acts: dict[int, Act], turns: Sequence[Turn]) -> bool:
    """One prompt, nothing asked and no statement of a person: what an unmarked `-p` run looks like."""
    if len(acts) != 1:
        return False
    (act,) = acts.values()
    is_plain = act.kind == "prompt" and act.is_typed and act.voice is None
    return is_plain and bool(turns) and all(turn.permission_mode == _BYPASSING for turn in turns)
