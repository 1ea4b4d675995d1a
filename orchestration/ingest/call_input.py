"""What the kept input of a tool call says it asked for: the command, and the text that an edit replaces.

Reads the row's `input_text`, the same for every source: JSON of the call's arguments, a patch, or a
command. The input may be cut in the middle; what was cut is not known.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

CUT_COMMAND = re.compile(r'"command":\s*"((?:[^"\\]|\\.)*)')
_PATCH_START = "*** Begin Patch"
_PATCH_FILE = re.compile(r"^\*\*\* (?:Update|Delete) File: (.+)$", re.M)
_OLD, _NEW = ("old_string", "old_str"), ("new_string", "new_str", "content", "file_text")


class Replaced(NamedTuple):
    """Text that a call takes out of a file and text that it puts in; `is_deleted`: the whole file goes."""

    path: str | None
    old: str
    new: str
    is_deleted: bool = False


def command_of_input(text: str) -> str:
    """The command in the input of a shell call, which may be cut in the middle; empty where none is."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        command = orjson.loads(text).get("command")
    except orjson.JSONDecodeError:
        cut = CUT_COMMAND.search(text)
        command = cut.group(1).replace("\\n", "\n").replace('\\"', '"') if cut else None
    return command if isinstance(command, str) else ""


def replaced_by_input(text: str, path: str | None) -> Iterator[Replaced]:
    """What the input of an editing call replaces, file by file; nothing where the input was cut."""
    given: Any = text
    if text.lstrip().startswith("{"):
        try:
            given = orjson.loads(text)
        except orjson.JSONDecodeError:
            return
    if isinstance(given, str):
        yield from _in_patch(given)
        return
    for value in given.values():
        if isinstance(value, str) and _PATCH_START in value:
            yield from _in_patch(value)
    edits = given.get("edits")
    for edit in (given, *(edits if isinstance(edits, list) else ())):
        if isinstance(edit, dict):
            old, new = (_first(edit, names) for names in (_OLD, _NEW))
            if old or new:
                yield Replaced(path, old, new)


def _in_patch(patch: str) -> Iterator[Replaced]:
    """Files that a patch changes or deletes; files that it adds replace nothing."""
    if _PATCH_START not in patch:
        return
    starts = [*_PATCH_FILE.finditer(patch)]
    for number, start in enumerate(starts):
        end = starts[number + 1].start() if number + 1 < len(starts) else len(patch)
        body = patch[start.end() : end].partition("\n*** Add File: ")[0].splitlines()
        old, new = ("\n".join(line[1:] for line in body if line.startswith(sign)) for sign in "-+")
        yield Replaced(start.group(1).strip(), old, new, "Delete File" in start.group())


def _first(edit: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((value for name in names if isinstance(value := edit.get(name), str)), "")
