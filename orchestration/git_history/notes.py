"""Line-level notes of commits (refs/notes/ai, standard 3.0.0): which lines an agent's session wrote.

Belongs here: reading the notes' tree and one note's text. A note lists files, below each a key with ranges of
line numbers of the committed file, and after `---` what the keys mean: agents' sessions, or known people.
Only the ids are read; what people wrote to the agent stays where it is.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
import pygit2

from orchestration.git_history.known_agents import OTHER, agent_named
from orchestration.git_history.repository import object_at
from orchestration.ingest.json_values import mapping_of, string_of

NOTES_REF = "refs/notes/ai"
_VERSION = re.compile(r"authorship/3\.\d+\.\d+")
_RANGES = re.compile(r"\d{1,9}(?:-\d{1,9})?(?:,\d{1,9}(?:-\d{1,9})?)*")


class NotedLines(NamedTuple):
    """Consecutive lines of a committed file that a note gives to an agent; both ends are meant."""

    path: str
    first_line: int
    last_line: int
    agent: str
    session_id: str


class NoteError(Exception):
    """A note that is not of the standard, or damaged."""


def note_blobs(git: pygit2.Repository) -> dict[bytes, pygit2.Oid]:
    """Commit → its note, both as ids; notes lie in one folder or, where there are many, in several levels."""
    try:
        commit = git.lookup_reference(NOTES_REF).peel(pygit2.Commit)
    except KeyError:
        return {}
    found: dict[bytes, pygit2.Oid] = {}
    stack = [("", commit.tree)]
    while stack:
        before, tree = stack.pop()
        for entry in tree:
            name = before + (entry.name or "")
            if entry.type_str == "tree":
                stack.append((name, object_at(git, entry.id)))
            elif re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", name):
                found[bytes.fromhex(name)] = entry.id
    return found


def read_note(content: bytes) -> list[NotedLines]:
    """The lines that a note gives to agents. Raises NoteError; says nothing of the note's text."""
    lines = content.decode("utf-8", "replace").split("\n")
    if "---" not in lines:
        raise NoteError
    at = lines.index("---")
    try:
        meta = mapping_of(orjson.loads("\n".join(lines[at + 1 :])))
    except orjson.JSONDecodeError as error:
        raise NoteError from error
    if not _VERSION.fullmatch(str(meta.get("schema_version"))):
        raise NoteError
    return list(_noted(lines[:at], meta))


def _noted(lines: list[str], meta: dict[str, Any]) -> Iterator[NotedLines]:
    agents = {**mapping_of(meta.get("prompts")), **mapping_of(meta.get("sessions"))}
    path = ""
    for line in lines:
        if not line.strip():
            continue
        if not line.startswith(" "):
            path = line.strip().strip('"')
            continue
        key, _, ranges = line.strip().partition(" ")
        if not path or not _RANGES.fullmatch(ranges.strip()):
            raise NoteError
        # `s_<session>::t_<turn>`: the session's part tells the agent. Keys of people (`h_…`) are no agents.
        agent = mapping_of(mapping_of(agents.get(key.split("::")[0])).get("agent_id"))
        tool, session_id = string_of(agent.get("tool")), string_of(agent.get("id"))
        if tool is None or session_id is None:
            continue
        for part in ranges.strip().split(","):
            first, _, last = part.partition("-")
            yield NotedLines(path, int(first), int(last or first), agent_named(tool) or OTHER, session_id)
