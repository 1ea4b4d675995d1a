"""What the tools of a case give back: result texts and details in the shapes of real transcripts."""

from typing import Any, NamedTuple

from classifiers.evaluation.case_steps import ToolStep

_FILE_TOOLS = frozenset({"Edit", "MultiEdit", "Write", "NotebookEdit"})
_AGENT_TOOLS = frozenset({"Task", "Agent"})


class ToolOutcome(NamedTuple):
    """A result's text or blocks, its detail (`toolUseResult`), and whether it is marked as an error."""

    content: str | list[dict[str, Any]]
    detail: Any = None
    is_error: bool | None = None


def outcome_of(step: ToolStep, known_files: set[str]) -> ToolOutcome:
    """The outcome of one call. `known_files` are the files met so far: a write to another one makes it."""
    if step.is_error or step.exit_code:
        return _failure(step)
    path = str(step.input.get("file_path") or step.input.get("notebook_path") or "")
    is_known = path in known_files
    if path:
        known_files.add(path)
    if step.tool == "Bash":
        return _shell(step)
    if step.tool == "Read":
        file = {"filePath": path, "content": step.result, "numLines": step.result.count("\n") + 1}
        file |= {"startLine": 1, "totalLines": file["numLines"]}
        return ToolOutcome(step.result, {"type": "text", "file": file})
    if step.tool in _FILE_TOOLS:
        return _change(step, path, is_new=step.tool == "Write" and not is_known)
    if step.tool.startswith("mcp__"):
        blocks = [{"type": "text", "text": step.result}]
        return ToolOutcome(blocks, blocks)
    if step.tool in _AGENT_TOOLS:
        blocks = [{"type": "text", "text": step.result}]
        return ToolOutcome(blocks, {"status": "completed", "content": blocks})
    return ToolOutcome(step.result)


def _failure(step: ToolStep) -> ToolOutcome:
    """A command's exit code heads its output; other tools' errors stand in a tag."""
    if step.tool == "Bash":
        head = f"Exit code {step.exit_code or 1}"
        text = step.result if step.result.startswith("Exit code") else f"{head}\n{step.result}"
        return ToolOutcome(text, f"Error: {text}", is_error=True)
    tagged = f"<tool_use_error>{step.result}</tool_use_error>"
    return ToolOutcome(tagged, f"Error: {step.result}", is_error=True)


def _shell(step: ToolStep) -> ToolOutcome:
    detail: dict[str, Any] = {"stdout": step.result, "stderr": "", "interrupted": False, "isImage": False}
    if step.input.get("run_in_background"):
        detail |= {"stdout": "", "backgroundTaskId": "b1"}
    return ToolOutcome(step.result, detail, is_error=False)


def _change(step: ToolStep, path: str, *, is_new: bool) -> ToolOutcome:
    """A changed file with its patch; a new one has its content instead."""
    if is_new:
        content = str(step.input.get("content", ""))
        made: dict[str, Any] = {"type": "create", "filePath": path, "content": content, "structuredPatch": []}
        return ToolOutcome(step.result or f"File created successfully at: {path}", made)
    edits = step.input.get("edits") or [step.input]
    lines = [line for edit in edits for line in _patch_lines(edit)]
    hunk = {"oldStart": 1, "oldLines": len(lines), "newStart": 1, "newLines": len(lines), "lines": lines}
    detail: dict[str, Any] = {"filePath": path, "structuredPatch": [hunk], "userModified": False}
    if step.tool == "Write":
        detail |= {"type": "update"}
    return ToolOutcome(step.result or f"The file {path} has been updated successfully.", detail)


def _patch_lines(edit: dict[str, Any]) -> list[str]:
    """Removed and added lines of one edit; what a write replaces is not known."""
    removed = str(edit.get("old_string", "")).splitlines()
    added = str(edit.get("new_string") or edit.get("content") or edit.get("new_source") or "").splitlines()
    return [*("-" + line for line in removed), *("+" + line for line in added)]
