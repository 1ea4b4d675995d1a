"""Turns in a thread's file that are not the thread's: its parent's, copied, and imported ones.

A child's file begins with a copy of its parent's turns under new times; Codex also writes the transcripts of
other agents as rollouts, to be gone on with. Knows places of records and turns' ids, nothing of what is said.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from orchestration.ingest.sources.codex.records import TURN_STARTS, TURN_STOPS, born_at, kind_of, time_of
from orchestration.ingest.sources.codex.scan import turn_id_of
from orchestration.ingest.sources.codex.thread_meta import ThreadMeta, metas_in, thread_id_of

COPY_SPAN = timedelta(seconds=1)
"""A copy of the parent's turns is written at once: 340 records within 9 ms in the longest seen."""


IMPORTED_TURN = "external-import-turn"
"""How the ids of turns begin that Codex made of another agent's transcript: work that it did not do."""


def imported_places(records: Sequence[dict[str, Any]]) -> set[int]:
    """The places of the records of turns that were imported from another agent's transcript."""
    places: set[int] = set()
    is_inside = False
    for place, record in enumerate(records):
        kind = kind_of(record)[1]
        if kind in TURN_STARTS:
            is_inside = (turn_id_of(record) or "").startswith(IMPORTED_TURN)
        if is_inside:
            places.add(place)
        if kind in TURN_STOPS:
            is_inside = False
    return places


def inherited_places(
    records: Sequence[dict[str, Any]], meta: ThreadMeta, turns: Mapping[str, set[str]]
) -> range:
    """The places of the records that are a copy of the parent's thread; empty where the thread is nobody's.

    A turn is the parent's where the parent has it, or where it is older than this thread. Where neither
    can be known, where all of it was written at once, with the file.
    """
    is_copy = bool(meta.parents) or any(
        thread_id_of(record) not in (meta.thread_id, None)
        for record in records
        if record.get("type") == "session_meta"
    )
    if not is_copy:
        return range(0)
    own_at = next(place for place, record in enumerate(records) if thread_id_of(record) == meta.thread_id)
    parents_turns = set[str]().union(*(turns.get(parent, set()) for parent in meta.parents))
    places = [place for place, record in enumerate(records) if kind_of(record)[1] in TURN_STARTS]
    for number, place in enumerate(places):
        end = places[number + 1] if number + 1 < len(places) else len(records)
        if not _is_inherited(turn_id_of(records[place]), meta, parents_turns, records[place:end], records):
            # Before the first own turn only the copy and the thread's own settings can stand.
            is_after_copy = number > 0 or _has_foreign_meta(records[:place], meta)
            return range(own_at + 1, place if is_after_copy else own_at + 1)
    return range(own_at + 1, len(records)) if places else range(0)


def _has_foreign_meta(records: Sequence[dict[str, Any]], meta: ThreadMeta) -> bool:
    return any(payload.get("id") != meta.thread_id for payload in metas_in(records))


def _is_inherited(
    turn_id: str | None,
    meta: ThreadMeta,
    parents_turns: set[str],
    records: Sequence[dict[str, Any]],
    file: Sequence[dict[str, Any]],
) -> bool:
    if turn_id in parents_turns:
        return True
    turn_born, thread_born = born_at(turn_id), born_at(meta.thread_id)
    if turn_born is not None and thread_born is not None:
        return turn_born < thread_born
    if parents_turns:
        return False
    first, last = time_of(file[0]), time_of(records[-1])
    return first is not None and last is not None and last - first <= COPY_SPAN
