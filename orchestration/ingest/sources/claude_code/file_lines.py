"""The lines that a call wrote into a file: by the result's patch, else by what the call asked for."""

from collections.abc import Iterable, Iterator

from orchestration.ingest.rows import Owner, RawWrittenLine
from orchestration.ingest.sources.claude_code.responses import Call
from orchestration.ingest.sources.claude_code.tools import FILE_TOOLS
from orchestration.ingest.written_lines import (
    CallKey,
    LineKeys,
    Written,
    lines_of_arguments,
    written_line_rows,
)


def written_rows(calls: Iterable[Call], owner: Owner, keys: LineKeys) -> Iterator[RawWrittenLine]:
    """The rows of all calls of a session that wrote into files and did not fail."""
    for call in calls:
        key = CallKey(call.entry.turn_id, call.tool_use_id, call.occurrence, call.entry.at)
        yield from written_line_rows(_written(call), key, owner, keys)


def _written(call: Call) -> list[Written]:
    result = call.result
    if call.name not in FILE_TOOLS or result is None or result.error_kind is not None:
        return []
    path = call.input.get("file_path")
    detail = call.detail if isinstance(call.detail, dict) else {}
    stated = path if isinstance(path, str) else detail.get("filePath")
    if not isinstance(stated, str):
        return []
    hunks = detail.get("structuredPatch")
    if isinstance(hunks, list) and hunks:
        lines = (line for hunk in hunks if isinstance(hunk, dict) for line in hunk.get("lines") or ())
        added = [line[1:] for line in lines if isinstance(line, str) and line.startswith("+")]
        return [Written(stated, added)]
    return lines_of_arguments(stated, call.input if call.has_call else detail)
