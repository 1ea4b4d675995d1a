"""The lines that a call wrote into files: by what came of its patch, else by the patch that it asked for."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from orchestration.ingest.json_values import string_of
from orchestration.ingest.rows import Owner, RawWrittenLine
from orchestration.ingest.sources.codex.thread_reader import ReadThread
from orchestration.ingest.sources.codex.tool_call import Call, CallId
from orchestration.ingest.written_lines import (
    CallKey,
    LineKeys,
    Written,
    lines_of_diff,
    lines_of_patch,
    written_line_rows,
)


def written_rows(
    threads: Iterable[ReadThread], ids: Mapping[int, CallId], owner: Owner, keys: LineKeys
) -> Iterator[RawWrittenLine]:
    """The rows of all calls of a session that wrote into files and did not fail."""
    for thread in threads:
        for call in thread.calls:
            if call.error_kind is None and (written := _written(call)):
                call_id = ids[id(call)]
                turn_id = thread.turn_of(call.turn_id)
                key = CallKey(turn_id, call_id.tool_use_id, call_id.occurrence, call.entry.at)
                yield from written_line_rows(written, key, owner, keys)


def _written(call: Call) -> list[Written]:
    applied = [file for path, change in call.changes.items() if (file := _applied(path, change))]
    return applied or (lines_of_patch(call.patch) if call.patch else [])


def _applied(path: str, change: Any) -> Written | None:
    """What `patch_apply_end.changes` says of one file."""
    if not isinstance(change, dict):
        return None
    if change.get("type") == "add" and (content := string_of(change.get("content"))):
        return Written(path, content.split("\n"))
    diff = string_of(change.get("unified_diff"))
    return lines_of_diff(string_of(change.get("move_path")) or path, diff) if diff else None
