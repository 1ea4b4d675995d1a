"""What the written sessions leave for a repository: lines in files, the commit and the request they printed.

Belongs here: reading the demo's own transcripts of both formats, and putting a commit's true id into one.
Not here: what becomes of the lines (repository). Only main files are read; a call that failed wrote nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from orchestration.demo.truth import SessionTruth

ORGANISATION = "example-org"

_PRINTED = re.compile(rb"\[[\w/.-]+ ([0-9a-f]{7})\] ")
_REQUEST = re.compile(rb"github\.com/" + ORGANISATION.encode() + rb"/[\w-]+/pull/(\d+)")
_WORKTREE = "/.worktrees/"


class Printed(NamedTuple):
    """The short id of a commit as a session printed it, and when."""

    sha: str
    at: datetime


@dataclass
class Work:
    """A session's part in its repository. `files`: path → written lines; `request`: its pull request."""

    session: SessionTruth
    files: dict[str, list[str]] = field(default_factory=dict)
    last_at: datetime | None = None
    printed: Printed | None = None
    request: int | None = None


def works_of(folder: Path, sessions: Sequence[SessionTruth]) -> list[Work]:
    """The work of every session of a named person, in order of the sessions."""
    return [_work(folder, session) for session in sessions if session.user is not None]


def of_one_project(works: Sequence[Work]) -> list[Work]:
    """Those that a reader knows to be of the project's repository: a pull request was linked from the root.

    A root that never links to one stays a project of its own, whatever the folder is called.
    """
    linked = {_root(work.session) for work in works if work.request and work.session.agent == "claude_code"}
    return [work for work in works if _root(work.session) in linked]


def tell_commit(folder: Path, work: Work, sha: str) -> None:
    """Put the id of the commit that was really made in place of the one that the session printed."""
    assert work.printed is not None
    old, new = work.printed.sha.encode(), sha[: len(work.printed.sha)].encode()
    for name in work.session.files:
        path = folder / name
        content = path.read_bytes()
        path.write_bytes(content.replace(b" %s]" % old, b" %s]" % new).replace(b'"%s"' % old, b'"%s"' % new))


def _root(session: SessionTruth) -> str:
    return session.cwd.replace("\\", "/").split(_WORKTREE)[0].casefold()


def _work(folder: Path, session: SessionTruth) -> Work:
    work = Work(session)
    for line in (folder / session.files[0]).read_bytes().split(b"\n"):
        request, printed = _REQUEST.search(line), _PRINTED.search(line)
        if request is not None and work.request is None:
            work.request = int(request.group(1))
        is_writing = b'"toolUseResult":{' in line or b"patch_apply_end" in line
        record = _read(line) if is_writing or printed is not None else {}
        if "timestamp" not in record:
            continue
        at = datetime.fromisoformat(record["timestamp"])
        if printed is not None:
            work.printed = Printed(printed.group(1).decode(), at)
        for path, lines in _written(record):
            relative = _relative(path, session.cwd)
            if relative is not None:
                work.files.setdefault(relative, []).extend(lines)
                work.last_at = at
    return work


def _read(line: bytes) -> dict[str, Any]:
    try:
        return dict(orjson.loads(line))
    except orjson.JSONDecodeError:  # two records on one line, or a line that was cut
        return {}


def _written(record: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """The files that a record says were written, with their new lines."""
    result = record.get("toolUseResult")
    if isinstance(result, dict) and "filePath" in result:
        if result.get("type") == "create":
            yield result["filePath"], result["content"].removesuffix("\n").split("\n")
        elif "structuredPatch" in result:
            patch = [line for hunk in result["structuredPatch"] for line in hunk["lines"]]
            yield result["filePath"], [line[1:] for line in patch if line.startswith("+")]
    payload = record.get("payload", {})
    for path, change in payload.get("changes", {}).items() if payload.get("success") else ():
        if change["type"] == "add":
            yield path, change["content"].removesuffix("\n").split("\n")
        else:
            added = change["unified_diff"].split("\n")
            yield path, [line[1:] for line in added if line.startswith("+")]


def _relative(path: str, cwd: str) -> str | None:
    below, inside = cwd.replace("\\", "/") + "/", path.replace("\\", "/")
    return inside.removeprefix(below) if inside.startswith(below) else None
