"""What a classifier may see: records with short ids, fenced, redacted, within a length budget.

The types and the fence. Belongs here: what a subject is, its text, how an id is traced back. Not here:
which rows become which records (record_drafts), how a long one is split (parts).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from typing import Literal

from classifiers.label_row import Rendering, UnitKind

RENDERING_VERSION = "2"
"""Raised with every change of what a subject's text looks like: part of every fingerprint."""

Actor = Literal["human", "agent", "tool", "harness"]

LINE_BREAK = re.compile("\r\n|[\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
"""Whatever any reader may take for the end of a line: text from outside must not begin one."""

INDENT = "  "
_FENCE = "records"


@dataclass(frozen=True)
class SubjectRecord:
    """One record as it is shown. `text` is redacted and holds no fence.

    `char_count` is the length before condensing, `left_out_count` how much of it is not shown: coverage
    is made of both. `record_id` is the id that evidence is kept under: of the raw record, or of the act
    where that has no record. `place` ends the head line; only the renderer writes it.
    """

    short_id: str
    record_id: str
    actor: Actor
    text: str = field(repr=False)
    char_count: int
    at: datetime
    turn_id: str | None = None
    place: str = ""
    left_out_count: int = 0

    @property
    def head(self) -> str:
        """The line above the text: `[h3] human · turn 2 · typed prompt`."""
        return f"[{self.short_id}] {self.actor}" + (f" · {self.place}" if self.place else "")


@dataclass(frozen=True)
class Part:
    """Records `start` to `stop` (exclusive) of a subject; parts are numbered from 1."""

    number: int
    start: int
    stop: int


@dataclass(frozen=True)
class Subject:
    """A unit as it is judged. `parts` has one element where it fits the length budget.

    `coverage`: characters shown over characters there are. `input_hash`: hash of everything shown, so a
    change of parser or redactor that changes nothing shown makes nothing stale.
    """

    unit_kind: UnitKind
    unit_id: str
    session_id: str
    rendering: Rendering
    records: tuple[SubjectRecord, ...] = field(repr=False)
    parts: tuple[Part, ...]
    coverage: float
    input_hash: str

    @property
    def is_long(self) -> bool:
        """Whether it is observed in parts first, and judged from observations, first and last part."""
        return len(self.parts) > 1

    @cached_property
    def record_ids(self) -> Mapping[str, str]:
        """Short id → record id: stored with each request, because a batch answers hours later."""
        return {record.short_id: record.record_id for record in self.records}


def fenced(records: Sequence[SubjectRecord]) -> str:
    """The records between two fences whose token is made from their content and occurs nowhere in it."""
    return fenced_blocks((record.head, record.text) for record in records)


def fenced_blocks(blocks: Iterable[tuple[str, str]]) -> str:
    """Heads at the margin, each with its text indented below: no text can look like a head or a fence."""
    content = "\n".join(f"{head}\n{_indented(text)}" for head, text in blocks)
    token = _token(content)
    lines = [f'<{_FENCE} token="{token}">', *([content] if content else []), f'</{_FENCE} token="{token}">']
    return "\n".join(lines)


def content_hash(records: Sequence[SubjectRecord], parts: Sequence[Part]) -> str:
    """Hash of everything shown, and of where it is split: 32 hexadecimal digits."""
    digest = blake2b(fenced(records).encode(), digest_size=16)
    if len(parts) > 1:
        digest.update(repr([(part.start, part.stop) for part in parts]).encode())
    return digest.hexdigest()


def coverage_of(records: Iterable[SubjectRecord], *, of: Iterable[SubjectRecord] | None = None) -> float:
    """Characters that the records show over characters there are, of these or of all records `of`."""
    shown = list(records)
    total = sum(record.char_count for record in (shown if of is None else of))
    return sum(record.char_count - record.left_out_count for record in shown) / total if total else 1.0


def _indented(text: str) -> str:
    return "\n".join(INDENT + line for line in LINE_BREAK.split(text))


def _token(content: str) -> str:
    """16 hexadecimal digits from the content, hashed on until they occur nowhere in it."""
    seed, counter = content.encode(), 0
    while True:
        token = blake2b(seed, digest_size=8, salt=counter.to_bytes(8, "big")).hexdigest()
        if token not in content:
            return token
        counter += 1
