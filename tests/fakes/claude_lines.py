"""Small Claude Code lines for tests of files, archive and lineage: real shape, no content."""

from pathlib import Path
from typing import Any

import orjson


def record(uuid: str, session: str, at: str, **more: object) -> dict[str, Any]:
    """A user record; `at` is its timestamp, `more` overrides or adds keys."""
    return {
        "type": "user",
        "uuid": uuid,
        "parentUuid": None,
        "sessionId": session,
        "timestamp": at,
        "isSidechain": False,
        "cwd": "/home/ann/repo",
        "version": "2.1.39",
        "message": {"role": "user", "content": "hello"},
        **more,
    }


def response(uuid: str, session: str, at: str, *, message_id: str, **more: object) -> dict[str, Any]:
    """An assistant record of a model response."""
    message = {"id": message_id, "role": "assistant", "content": []}
    return record(uuid, session, at, type="assistant", message=message, **more)


def lines(*records: dict[str, Any]) -> bytes:
    """The records as a transcript's bytes, each line ended."""
    return b"".join(orjson.dumps(each) + b"\n" for each in records)


def write(path: Path, *records: dict[str, Any]) -> Path:
    """Write the records as a transcript file, folders and all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lines(*records))
    return path
