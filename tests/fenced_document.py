"""Reads a document the way a careful reader does: two fences, heads at the margin, text indented.

Anything else is an error: a line that is none of these, a second fence, an id that occurs twice.
"""

import re
from typing import NamedTuple

_OPENING = re.compile(r'<records token="([0-9a-f]{16})">')
_HEAD = re.compile(r"\[([hactx]\d+)\] (human|agent|tool|harness|observed)(?: · (.*))?")


class ShownRecord(NamedTuple):
    """One record of a document."""

    short_id: str
    actor: str
    place: str
    text: str


class NotADocumentError(Exception):
    """The text has not the form of a document."""


def read_document(document: str) -> list[ShownRecord]:
    """The records of a document, in order; raises NotADocumentError."""
    lines = document.splitlines()
    openings = [at for at, line in enumerate(lines) if _OPENING.fullmatch(line)]
    if len(openings) != 1 or openings[0] > 1:
        raise NotADocumentError(f"{len(openings)} opening fences")
    match = _OPENING.fullmatch(lines[openings[0]])
    token = match.group(1) if match else ""
    closing = f'</records token="{token}">'
    if lines.count(closing) != 1 or lines[-1] != closing or document.count(token) != 2:
        raise NotADocumentError("the closing fence is not the last line, or its token occurs elsewhere")
    found: list[tuple[re.Match[str], list[str]]] = []
    for line in lines[openings[0] + 1 : -1]:
        if line.startswith("  ") and found:
            found[-1][1].append(line[2:])
        elif head := _HEAD.fullmatch(line):
            found.append((head, []))
        else:
            raise NotADocumentError(f"a line at the margin that is no head, of {len(line)} characters")
    return [ShownRecord(head[1], head[2], head[3] or "", "\n".join(text)) for head, text in found]
