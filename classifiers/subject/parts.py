"""How long a document may be, and what is read of a subject that is longer.

A long subject is split at turn boundaries (a turn longer than a part at record boundaries). The parts
between the first and the last are observed one by one; judged is a document of the first part, those
observations and the last part. Not here: what a record shows (record_drafts), the fence (subject).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from classifiers.subject.safe_text import SafeText
from classifiers.subject.subject import Part, Subject, SubjectRecord, fenced, fenced_blocks
from classifiers.subject.token_estimate import estimated_tokens
from orchestration.ingest.redaction.kept_text import TextRedactor

Observations = Mapping[int, Sequence[tuple[str, str]]]
"""By number of the part: short id of a record and what was observed there."""

FENCE_TOKENS = 100
"""Two fences with their tokens, and the lines that say what was left out."""


@dataclass(frozen=True)
class Limits:
    """The length budget, in estimated tokens (`token_estimate`).

    `max_tokens`: the longest document, below the model's price step. `part_tokens`: the longest part of a
    longer one, at most a third, so that first part, last part and observations share a document.
    """

    max_tokens: int = 90_000
    part_tokens: int = 30_000

    def __post_init__(self) -> None:
        if not 3 * FENCE_TOKENS <= 3 * self.part_tokens <= self.max_tokens:
            raise ValueError(
                f"part_tokens={self.part_tokens} must be from {FENCE_TOKENS} to a third of "
                f"max_tokens={self.max_tokens}: first part, last part and observations share a document"
            )


def record_tokens(record: SubjectRecord) -> int:
    """Estimated tokens of a record as it stands in a document."""
    return estimated_tokens(record.head) + estimated_tokens(record.text) + 2 + record.text.count("\n")


def split(records: Sequence[SubjectRecord], limits: Limits) -> tuple[Part, ...]:
    """One part where everything fits; else parts filled from both ends, so that the last one is full too."""
    sizes = [record_tokens(record) for record in records]
    if sum(sizes) + FENCE_TOKENS <= limits.max_tokens:
        return (Part(1, 0, len(records)),)
    budget = limits.part_tokens - FENCE_TOKENS
    runs = _runs(records, sizes, budget)
    # The last part is filled backwards, else it might hold a few lines where the end state matters most.
    last = _filled([size for _, _, size in reversed(runs)], budget)
    rest = len(runs) - last
    bounds: list[tuple[int, int]] = []
    at = 0
    while at < rest:
        count = _filled([size for _, _, size in runs[at:rest]], budget)
        bounds.append((runs[at][0], runs[at + count - 1][1]))
        at += count
    bounds.append((runs[rest][0], runs[-1][1]))
    return tuple(Part(number, start, stop) for number, (start, stop) in enumerate(bounds, start=1))


def observed_parts(subject: Subject) -> tuple[Part, ...]:
    """The parts that need observations: first and last are shown as they are."""
    return subject.parts[1:-1]


def document(subject: Subject) -> str:
    """What is judged of a subject that fits; raises ValueError for one that has to be read in parts."""
    if subject.is_long:
        raise ValueError(
            f"{subject.unit_kind} {subject.unit_id} has {len(subject.parts)} parts: ask for part_document "
            "or judged_document"
        )
    return fenced(subject.records)


def part_document(subject: Subject, part: Part) -> str:
    """What the observation pass reads: one part, and which one it is of how many."""
    place = f"Part {part.number} of {len(subject.parts)} of the records of one session."
    return f"{place}\n{fenced(subject.records[part.start : part.stop])}"


def part_record_ids(subject: Subject, part: Part) -> dict[str, str]:
    """Short id → record id of what `part_document` shows."""
    return {record.short_id: record.record_id for record in subject.records[part.start : part.stop]}


def judged_document(
    subject: Subject, observations: Observations, *, redactor: TextRedactor, limits: Limits
) -> str:
    """First part, observations of the parts between, last part, in one fence and within the budget.

    Observations are a model's words about untrusted text: redacted and fenced like the text itself.
    Those of unknown records are left out; raises UnsendableSubjectError as rendering does.
    """
    first, last = subject.parts[0], subject.parts[-1]
    safe = SafeText(redactor, unit_id=subject.unit_id)
    shown = _observed(subject, observations)
    blocks = [
        (f"[{record.short_id}] observed · {record.place}", safe.made_safe(" ".join(text.split()))[0])
        for record, text in shown
    ]
    ends = [*subject.records[first.start : first.stop], *subject.records[last.start : last.stop]]
    room = limits.max_tokens - FENCE_TOKENS - sum(map(record_tokens, ends))
    kept = _spread(blocks, room)
    note = (
        f"The session is long: part 1 and part {len(subject.parts)} of {len(subject.parts)} are shown; "
        f"between them stand {len(kept)} of {len(blocks)} observations of the other parts, made by a model "
        "that read them. An observation carries the id of the record that it is about."
    )
    records = subject.records
    opening = [(record.head, record.text) for record in records[first.start : first.stop]]
    closing = [(record.head, record.text) for record in records[last.start : last.stop]]
    return f"{note}\n{fenced_blocks([*opening, *kept, *closing])}"


def judged_record_ids(subject: Subject, observations: Observations) -> dict[str, str]:
    """Short id → record id of what may be cited of a judged document: records shown and observed."""
    first, last = subject.parts[0], subject.parts[-1]
    ids = part_record_ids(subject, first)
    ids |= {record.short_id: record.record_id for record, _ in _observed(subject, observations)}
    return ids | part_record_ids(subject, last)


def _observed(subject: Subject, observations: Observations) -> list[tuple[SubjectRecord, str]]:
    """Observations of the inner parts in the order of the records; ids of another part are not known."""
    found: list[tuple[SubjectRecord, str]] = []
    for part in observed_parts(subject):
        by_id = {record.short_id: record for record in subject.records[part.start : part.stop]}
        own = observations.get(part.number) or ()
        places = {short_id: at for at, short_id in enumerate(by_id)}
        known = [(short_id, text) for short_id, text in own if short_id in by_id]
        found += [(by_id[short_id], text) for short_id, text in sorted(known, key=lambda o: places[o[0]])]
    return found


def _spread(blocks: list[tuple[str, str]], room: int) -> list[tuple[str, str]]:
    """As many blocks as there is room for, evenly spread: every k-th is left out."""
    sizes = [estimated_tokens(head) + estimated_tokens(text) + 2 for head, text in blocks]
    count = len(blocks)
    while count:
        kept = [
            at for at in range(len(blocks)) if (at + 1) * count // len(blocks) > at * count // len(blocks)
        ]
        if sum(sizes[at] for at in kept) <= room:
            return [blocks[at] for at in kept]
        count -= 1
    return []


def _runs(records: Sequence[SubjectRecord], sizes: Sequence[int], budget: int) -> list[tuple[int, int, int]]:
    """Start, stop and size of what is not split: a turn, or the records of a turn longer than a part."""
    runs: list[tuple[int, int, int]] = []
    start = 0
    for at in range(1, len(records) + 1):
        if at < len(records) and _is_same_turn(records[at - 1], records[at]):
            continue
        size = sum(sizes[start:at])
        if size <= budget:
            runs.append((start, at, size))
        else:
            runs += [(each, each + 1, sizes[each]) for each in range(start, at)]
        start = at
    return runs


def _is_same_turn(before: SubjectRecord, after: SubjectRecord) -> bool:
    """Records outside of turns (a command between two) stay with the turn before them."""
    return after.turn_id is None or after.turn_id == before.turn_id


def _filled(sizes: Sequence[int], budget: int) -> int:
    """How many runs from the start fit; at least one."""
    total = 0
    for count, size in enumerate(sizes):
        total += size
        if total > budget and count:
            return count
    return len(sizes)
