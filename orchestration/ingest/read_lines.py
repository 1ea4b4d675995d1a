"""Transcript bytes → pieces: one JSON object, or a bad piece with its reason.

Knows lines and JSON, nothing of what a record means. Every byte of the file ends in a piece or in a
counter: objects, bad pieces, blank lines, comment lines. Glued objects are taken apart, also where a
writer was stopped in the middle of one or a crash left zeros between them; a lone surrogate is replaced
by U+FFFD and counted, because neither Arrow nor DuckDB can store it.
"""

import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any, Literal, NamedTuple

import orjson

BadReason = Literal[
    "not_json",  # a line that is no JSON
    "truncated_last_line",  # the file ends inside an object: the writer is at work, or was cut off
    "not_utf8",
    "not_an_object",  # valid JSON, but no object
    "binary",  # NUL bytes: not a text line, or what a crash left where data was never written
    "line_too_long",
    "implausible_time",  # outside [first partition, archived + 1 day]
    "malformed_record",  # a known type whose shape cannot be read
]

BOM = b"\xef\xbb\xbf"
MAX_LINE_BYTES = 64 * 1024 * 1024
"""Longest line that is read; the longest real one seen is 2.1 MB (a pasted image)."""

HEAD_BYTES = 4 * 1024 * 1024
HEAD_LINES = 1000
"""How much of a damaged file is read to see how its lines begin."""

LAST_TRIES = 200
"""Beginnings within one torn line that are tried, from its end: a record holds dozens of objects."""

MOST_GAPS = 8
"""A line with more runs of NUL bytes is no damaged text: each character of UTF-16 has one."""

_GAP_OR_TEXT = re.compile(rb"\x00+|[^\x00]+")


class Piece(NamedTuple):
    """One object or bad piece of a line. `line_number` starts at 1; offsets are bytes of the file."""

    line_number: int
    byte_offset: int
    byte_count: int
    record: dict[str, Any] | None
    reason: BadReason | None


@dataclass
class LineCounts:
    """Counters of one file, filled while its pieces are read."""

    lines: int = 0
    blank_lines: int = 0
    comment_lines: int = 0
    objects: int = 0
    glued_objects: int = 0
    bad_pieces: int = 0
    surrogates: int = 0
    has_final_newline: bool = False
    reasons: dict[BadReason, int] = field(default_factory=dict)


def read_lines(content: bytes, counts: LineCounts) -> Iterator[Piece]:
    """Pieces of a file in file order; `counts` is complete once the iterator is exhausted."""
    counts.has_final_newline = content.endswith(b"\n")
    start, number, size = (len(BOM) if content.startswith(BOM) else 0), 0, len(content)
    # A view is not copied: lines are up to a megabyte long, and each is read twice in its life.
    loads, view, begins = orjson.loads, memoryview(content), _Beginnings(content)
    while start < size:
        end = content.find(b"\n", start)
        is_last = end < 0
        if is_last:
            end = size
        number += 1
        counts.lines += 1
        if end - start > MAX_LINE_BYTES:
            # Before it is cut out: such a line would be held twice, and its object many times over.
            yield _bad(number, start, end - start, "line_too_long", counts)
            start = end + 1
            continue
        try:
            record = loads(view[start:end])
        except orjson.JSONDecodeError:
            yield from _read_odd_line(content[start:end], number, start, is_last, counts, begins)
        else:
            if type(record) is dict:
                counts.objects += 1
                yield Piece(number, start, end - start, record, None)
            else:
                yield _bad(number, start, end - start, "not_an_object", counts)
        start = end + 1


def _bad(number: int, offset: int, size: int, reason: BadReason, counts: LineCounts) -> Piece:
    counts.bad_pieces += 1
    counts.reasons[reason] = counts.reasons.get(reason, 0) + 1
    return Piece(number, offset, size, None, reason)


class _Beginnings:
    """How the lines of a file begin, worked out where one of them is torn.

    By its first two names a record is told from a part of one, `{"type":"text","text":…}`, with which a
    torn line may end just as well.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._decoder = json.JSONDecoder()

    @cached_property
    def names(self) -> frozenset[tuple[str, ...]]:
        """The first two names of the objects at the head of the file."""
        found = set()
        for line in islice(self._content[:HEAD_BYTES].split(b"\n"), HEAD_LINES):
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            if type(record) is dict and record:
                found.add(tuple(islice(record, 2)))
        return frozenset(found)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        first = sorted({json.dumps(names[0], ensure_ascii=False) for names in self.names})
        return re.compile(rf"\{{\s*(?:{'|'.join(map(re.escape, first))})\s*:")

    def last_record(self, text: str, after: int) -> int | None:
        """Where the whole record begins that ends a torn line; None where there is none."""
        if not self.names:
            return None
        starts = deque((match.start() for match in self._pattern.finditer(text, after)), LAST_TRIES)
        for start in reversed(starts):
            try:
                value, end = self._decoder.raw_decode(text, start)
            except (ValueError, RecursionError):
                continue
            if not text[end:].strip() and tuple(islice(value, 2)) in self.names:
                return start
        return None


def _read_odd_line(
    line: bytes, number: int, offset: int, is_last: bool, counts: LineCounts, begins: _Beginnings
) -> Iterator[Piece]:
    """A line that orjson refuses: blank, comment, glued objects, surrogates, zeros, or bad."""
    stripped = line.strip()
    if not stripped:
        counts.blank_lines += 1
    elif stripped.startswith((b"//", b"#")):
        counts.comment_lines += 1
    elif b"\x00" in line:
        yield from _read_with_gaps(line, number, offset, is_last, counts, begins)
    else:
        yield from _read_glued(line, number, offset, is_last, counts, begins)


def _read_with_gaps(
    line: bytes, number: int, offset: int, is_last: bool, counts: LineCounts, begins: _Beginnings
) -> Iterator[Piece]:
    """A line with zeros beside its objects: after a crash the file has its length, but not all its data."""
    gaps_and_texts = [match.span() for match in islice(_GAP_OR_TEXT.finditer(line), 2 * MOST_GAPS + 2)]
    texts = [span for span in gaps_and_texts if line[span[0]]]
    is_text = len(gaps_and_texts) <= 2 * MOST_GAPS and texts
    if not is_text or not all(line[start:end].lstrip().startswith(b"{") for start, end in texts):
        yield _bad(number, offset, len(line), "binary", counts)
        return
    for start, end in gaps_and_texts:
        if line[start]:
            is_end = is_last and end == len(line)
            yield from _read_glued(line[start:end], number, offset + start, is_end, counts, begins)
        else:
            yield _bad(number, offset + start, end - start, "binary", counts)


def _read_glued(
    line: bytes, number: int, offset: int, is_last: bool, counts: LineCounts, begins: _Beginnings
) -> Iterator[Piece]:
    """Objects glued on one line, one after the other; what is left over or torn is a bad piece."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        escaped = line.decode("utf-8", "surrogateescape")
        next_at = begins.last_record(escaped, 1)
        rest = len(escaped[:next_at].encode("utf-8", "surrogateescape"))
        yield _bad(number, offset, rest, "not_utf8", counts)
        if next_at is not None:
            yield from _read_glued(line[rest:], number, offset + rest, is_last, counts, begins)
        return
    decoder = json.JSONDecoder()
    at, found = 0, 0
    while True:
        while at < len(text) and text[at] in " \t\r\n":
            at += 1
        if at >= len(text):
            return
        here = offset + len(text[:at].encode())
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            next_at = begins.last_record(text, at + 1)
            rest = len(text[at:next_at].encode())
            cut = is_last and text[at] == "{" and next_at is None
            yield _bad(number, here, rest, "truncated_last_line" if cut else "not_json", counts)
            if next_at is None:
                return
            at = next_at
            continue
        size = len(text[at:end].encode())
        at = end
        if not isinstance(value, dict):
            yield _bad(number, here, size, "not_an_object", counts)
            continue
        try:
            clean, replaced = _without_surrogates(value)
        except RecursionError:
            yield _bad(number, here, size, "not_json", counts)
            continue
        counts.objects += 1
        counts.glued_objects += found > 0
        found += 1
        counts.surrogates += replaced
        yield Piece(number, here, size, clean, None)


def _without_surrogates(value: Any) -> tuple[Any, int]:
    """The value with every lone surrogate replaced by U+FFFD, and how many were replaced."""
    if isinstance(value, str):
        lone = sum("\ud800" <= char <= "\udfff" for char in value)
        if not lone:
            return value, 0
        return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in value), lone
    if isinstance(value, list):
        items = [_without_surrogates(item) for item in value]
        return [item for item, _ in items], sum(n for _, n in items)
    if isinstance(value, dict):
        pairs = [(_without_surrogates(k), _without_surrogates(v)) for k, v in value.items()]
        return {k: v for (k, _), (v, _) in pairs}, sum(a + b for (_, a), (_, b) in pairs)
    return value, 0
