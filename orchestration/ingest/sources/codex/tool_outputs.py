"""What came back from a tool: its text without the harness's frame, exit code, running time, how it failed.

Outputs come framed in several ways, by tool and CLI version; the table of failures says who stopped a
call, by the starts of the texts seen in their place.
"""

import re
from typing import Any, NamedTuple

import orjson

from orchestration.ingest.json_values import mapping_of
from orchestration.ingest.rows import ToolErrorKind
from orchestration.ingest.sources.codex.harness_texts import text_parts

_FRAME_LINES = re.compile(
    r"""(?:Warning:\ truncated\ output[^\n]*\n
    |Command:\ .*?\n(?=Chunk\ ID:\ |Wall\ time:\ )
    |Chunk\ ID:\ [^\n]*\n
    |Exit\ code:\ (?P<code>-?\d{1,9})\n
    |Script\ (?P<script>completed|failed|running\ with\ cell\ ID\ (?P<cell>\S+))[^\n]*\n
    |Wall\ time:?\ (?P<wall>[\d.]{1,12})\ seconds\n
    |Process\ exited\ with\ code\ (?P<exit>-?\d{1,9})\n
    |Process\ running\ with\ session\ ID\ (?P<session>\d{1,18})\n
    |Original\ token\ count:\ \d+\n
    |Total\ output\ lines:\ \d+\n)""",
    re.S | re.X,
)
_OUTPUT = "Output:"

_FAILURES: tuple[tuple[str, ToolErrorKind], ...] = (
    # by a person, in the dialogue that asks
    ("exec command rejected by user", "denied_by_user"),
    ("patch rejected by user", "denied_by_user"),
    ("command rejected by user", "denied_by_user"),
    ("rejected by user", "denied_by_user"),
    ("MCP tool call was rejected by the user", "denied_by_user"),
    ("user rejected MCP tool call", "denied_by_user"),
    # by a rule, or by the model that reviews requests
    ("patch rejected: writing outside of the project", "denied_by_rule"),
    ("writing outside of the project; rejected by user approval settings", "denied_by_rule"),
    ("approval policy is", "denied_by_rule"),
    ("approval required by policy", "denied_by_rule"),
    ("command rejected by policy", "denied_by_rule"),
    ("exec_command failed: CreateProcess { message: \"Rejected", "denied_by_rule"),
    ("This action was rejected due to unacceptable risk", "denied_by_rule"),
    ("automatic approval review", "denied_by_rule"),
    # by an interruption of the turn
    ("aborted by user", "interrupted"),
    ("aborted", "interrupted"),
    ("tool call aborted", "interrupted"),
    # by the tool itself
    ("apply_patch verification failed", "other"),
    ("apply_patch exited with code", "other"),
    ("collab spawn failed", "other"),
    ("agent with id", "other"),
    ("command timed out", "other"),
    ("exec_command failed", "other"),
    ("write_stdin failed", "other"),
    ("execution error", "other"),
    ("failed to parse function arguments", "other"),
    ("failed in sandbox", "other"),
    ("sandbox denied", "other"),
    ("unsupported call", "other"),
    ("unsupported custom tool call", "other"),
    ("tool call error", "other"),
    ("err: ", "other"),
)  # fmt: skip
"""CLI 0.20 to 0.145. Matched only where the whole output begins so: commands print such words too."""


class ToolOutput(NamedTuple):
    """One output. `running` names the command or script that goes on in the background."""

    text: str
    exit_code: int | None
    wall_seconds: float | None
    running: str | None
    error_kind: ToolErrorKind | None


def read_output(value: Any) -> ToolOutput:
    """Read the `output` of a result: a text, a list of content parts, or an object with either."""
    success: object = None
    if isinstance(value, dict):
        success = value.get("success")
        value = value.get("content", value.get("output"))
    text = ""
    for part in text_parts(value):
        text += part if not text or text.endswith("\n") else f"\n{part}"
    if text.startswith("{") and (framed := _read_json(text)) is not None:
        return framed
    output = _read_frame(text)
    if output.error_kind is None and success is False:
        return output._replace(error_kind="other")
    return output


def _read_json(text: str) -> ToolOutput | None:
    """`{"output": …, "metadata": {"exit_code": …, "duration_seconds": …}}`."""
    try:
        fields = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    metadata = mapping_of(mapping_of(fields).get("metadata"))
    code, wall = metadata.get("exit_code"), metadata.get("duration_seconds")
    if not isinstance(fields.get("output"), str) or not isinstance(code, int) or isinstance(code, bool):
        return None
    seconds = float(wall) if isinstance(wall, int | float) else None
    return ToolOutput(fields["output"], code, seconds, None, "exit_code" if code else None)


def _read_frame(text: str) -> ToolOutput:
    code: int | None = None
    wall: float | None = None
    running: str | None = None
    error: ToolErrorKind | None = None
    at = 0
    while match := _FRAME_LINES.match(text, at):
        found = match.groupdict()
        stated = found["code"] or found["exit"]
        code = int(stated) if stated is not None else code
        wall = _seconds(found["wall"]) if found["wall"] is not None else wall
        running = found["session"] or found["cell"] or running
        error = "other" if found["script"] == "failed" else error
        at = match.end()
    body = text[at:]
    if at and body.startswith(_OUTPUT):
        body = body[len(_OUTPUT) :].removeprefix("\n")
    if code:
        error = "exit_code"
    elif code is None and running is None and error is None:
        error = failure_of(body)
    return ToolOutput(body, code, wall, running, error)


def failure_of(text: str) -> ToolErrorKind | None:
    """Who stopped a call, where its output is one of the texts of the table."""
    head = text[:200].lstrip()
    return next((kind for start, kind in _FAILURES if head.startswith(start)), None)


def _seconds(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def duration_of(value: Any) -> float | None:
    """A duration of an event: `{secs, nanos}`, or a text such as "1.5s"."""
    if isinstance(value, dict) and isinstance(value.get("secs"), int):
        nanos = value.get("nanos")
        return float(value["secs"]) + (nanos / 1e9 if isinstance(nanos, int) else 0.0)
    if isinstance(value, str) and (match := re.fullmatch(r"([\d.]{1,12})(ms|s)", value)):
        number = _seconds(match.group(1))
        return None if number is None else number / (1000 if match.group(2) == "ms" else 1)
    return None
