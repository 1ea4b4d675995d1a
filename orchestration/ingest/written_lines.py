"""The lines that agents write into files, as keyed hashes: what lines of commits are compared with.

Belongs here: which lines of a call, a patch or an edit are written, when two lines are the same, the hash.
A line is the same whatever its white space; no text is kept. Not here: commits (orchestration/git_history).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from string import digits, punctuation
from typing import Any, NamedTuple

from orchestration.ingest.json_values import string_of
from orchestration.ingest.pseudonyms import Pseudonyms
from orchestration.ingest.rows import Owner, RawWrittenLine, row_of

LEAST_BYTES = 10
LEAST_LETTERS = 5
"""A shorter line, such as `}` or `return x`, stands in any file, whoever wrote it."""

_NO_LETTERS = f"{punctuation}{digits}".encode()
_POSITIVE = (1 << 63) - 1


class LineKeys:
    """Keyed hashes of lines and file names, 63 bits: who has not the pseudonym key can test no guess."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._key = pseudonyms.key

    def line(self, line: bytes) -> int:
        """The hash of a line; below zero for one that is too short to be told apart, never 0."""
        text = b"".join(line.split())
        digest = blake2b(text, key=self._key, digest_size=8, person=b"written line").digest()
        value = int.from_bytes(digest, "big") & _POSITIVE or 1
        is_long = len(text) >= LEAST_BYTES and len(text.translate(None, _NO_LETTERS)) >= LEAST_LETTERS
        return value if is_long else -value

    def file(self, path: str) -> int:
        """The hash of a file's name without its folders, in lower case."""
        name = path.replace("\\", "/").rsplit("/", 1)[-1].casefold().encode("utf-8", "surrogatepass")
        digest = blake2b(name, key=self._key, digest_size=8, person=b"file name").digest()
        return int.from_bytes(digest, "big") & _POSITIVE


@lru_cache(maxsize=4)
def line_keys_of(pseudonyms: Pseudonyms) -> LineKeys:
    return LineKeys(pseudonyms)


class Written(NamedTuple):
    """Lines that a call wrote into one file."""

    path: str
    lines: list[str]


class CallKey(NamedTuple):
    """The call that wrote, as its row of raw_tool_calls has it."""

    turn_id: str | None
    tool_use_id: str
    occurrence: int
    called_at: datetime


def written_line_rows(
    written: Iterable[Written], call: CallKey, owner: Owner, keys: LineKeys
) -> Iterator[RawWrittenLine]:
    """The rows of one call's lines."""
    counted = Counter[tuple[int, int]]()
    for file in written:
        file_key = keys.file(file.path)
        for line in file.lines:
            line_hash = keys.line(line.encode("utf-8", "replace"))
            if line_hash > 0:
                counted[file_key, line_hash] += 1
    for (file_key, line_hash), count in sorted(counted.items()):
        yield row_of(
            RawWrittenLine,
            owner,
            turn_id=call.turn_id,
            tool_use_id=call.tool_use_id,
            occurrence=call.occurrence,
            file_key=file_key,
            line_hash=line_hash,
            line_count=count,
            written_at=call.called_at,
        )


def lines_of_arguments(path: str | None, given: Mapping[str, Any]) -> list[Written]:
    """What the arguments of an edit or write tool write; nothing where they are of another form.

    The names are those of Claude's tools and of tools like them; a patch stands in any argument.
    """
    patches = [text for value in given.values() if (text := string_of(value)) and "*** Begin Patch" in text]
    if patches:
        return [file for patch in patches for file in lines_of_patch(patch)]
    if path is None:
        return []
    content = next((text for key in ("content", "file_text") if (text := string_of(given.get(key)))), None)
    if content is not None:
        return [Written(path, content.split("\n"))]
    listed = given.get("edits")
    edits: list[Mapping[str, Any]] = [given]
    if isinstance(listed, list):
        edits = [edit for edit in listed if isinstance(edit, dict)]
    lines = [line for edit in edits for line in _lines_of_edit(edit)]
    return [Written(path, lines)] if lines else []


def _lines_of_edit(edit: Mapping[str, Any]) -> list[str]:
    """Lines that the new text has and the old one has not."""
    pairs = (("old_string", "new_string"), ("old_str", "new_str"), ("oldText", "newText"))
    for old_key, new_key in pairs:
        if isinstance(new := edit.get(new_key), str):
            old = edit.get(old_key)
            left = Counter(old.split("\n")) if isinstance(old, str) else Counter[str]()
            return list((Counter(new.split("\n")) - left).elements())
    return []


def lines_of_patch(patch: str) -> list[Written]:
    """The added lines of a patch in the grammar of `apply_patch`, by file."""
    found: list[Written] = []
    for line in patch.split("\n"):
        for mark in ("*** Add File: ", "*** Update File: ", "*** Move to: "):
            if line.startswith(mark):
                path = line.removeprefix(mark).strip()
                is_moved = mark == "*** Move to: " and found
                found.append(Written(path, found.pop().lines if is_moved else []))
        if line.startswith("+") and found:
            found[-1].lines.append(line[1:])
    return [file for file in found if file.lines]


def lines_of_diff(path: str, diff: str) -> Written:
    """The added lines of a unified diff of one file."""
    body = (line for line in diff.split("\n") if not line.startswith("+++ "))
    return Written(path, [line[1:] for line in body if line.startswith("+")])
