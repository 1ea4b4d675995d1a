"""Work on dates in several processes, whose results are those of one: parts are cut by the lake alone.

Belongs here: how dates are cut into parts, when processes are worth starting. Not here: the work
(asking), what starts and ends a process (ingest.processes).
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TypeVar

from orchestration.ingest.processes import open_pool
from orchestration.landing.landed import read_landed
from orchestration.progress import Advance
from orchestration.settings import Settings

Part = TypeVar("Part")

SESSIONS_OF_A_PART = 64
"""Dates are handed out in parts of about so many sessions: some seconds of planning each."""


def side_by_side(
    settings: Settings,
    days: Sequence[date],
    work: Callable[[Sequence[date]], Part],
    *,
    few: int,
    advance: Advance | None = None,
) -> Iterator[Part]:
    """The results of `work` on parts of the dates, in their order, in `workers` processes.

    In this one where there are fewer than `few` sessions: it is done sooner than another has started,
    which takes seconds of imports. `work` can be pickled. Raises what it raises.
    """
    parts, session_count = parts_of(settings, days)
    done = 0
    if settings.workers == 1 or len(parts) == 1 or session_count < few:
        results: Iterator[Part] = map(work, parts)
        for part, result in zip(parts, results, strict=True):
            done += len(part)
            yield _told(result, done, len(days), advance)
        return
    with open_pool(settings.workers, preload="orchestration.labelling.asking") as pool:
        try:
            for part, result in zip(parts, pool.map(work, parts), strict=True):
                done += len(part)
                yield _told(result, done, len(days), advance)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def parts_of(settings: Settings, days: Sequence[date]) -> tuple[list[list[date]], int]:
    """The dates in order, cut where SESSIONS_OF_A_PART are reached, and the number of their sessions."""
    parts: list[list[date]] = []
    held, total = SESSIONS_OF_A_PART, 0
    for day in days:
        if held >= SESSIONS_OF_A_PART:
            parts.append([])
            held = 0
        parts[-1].append(day)
        state = read_landed(settings.lake_dir, day)
        own = 0 if state is None else state.row_counts.get("raw_sessions", 0)
        held, total = held + own, total + own
    return parts, total


def _told(result: Part, done: int, total: int, advance: Advance | None) -> Part:
    if advance is not None:
        advance(done, total)
    return result
