"""One thread read once, record by record: its turns, talk, calls and responses, each by its own reader.

The order matters: a record first opens its turn, then makes or ends a call, is then a line of a response,
and last moves the turn's time on.
"""

from datetime import datetime, timedelta
from functools import cached_property

from orchestration.ingest.sources.codex.responses import Response, ResponseReader
from orchestration.ingest.sources.codex.threads import Entry, Thread
from orchestration.ingest.sources.codex.tool_call import Call
from orchestration.ingest.sources.codex.tool_calls import CallReader
from orchestration.ingest.sources.codex.turn import Turn
from orchestration.ingest.sources.codex.turns import TurnReader


class ReadThread:
    """What one thread says. `turn_of_spawn` is the turn of the main conversation that it works for."""

    def __init__(self, thread: Thread, *, archived_at: datetime, closing_lag: timedelta) -> None:
        self.thread = thread
        calls, responses = CallReader(), ResponseReader(thread)
        self.turn_reader = TurnReader(thread)
        self.failures: list[Entry] = []
        for entry in thread.entries:
            self.turn_reader.before(entry)
            made = calls.read(entry)
            responses.read(entry, made, calls.ended)
            self.turn_reader.after(entry, made, calls.ended)
            if entry.kind in ("error", "stream_error"):
                self.failures.append(entry)
        self.turn_reader.finish(archived_at=archived_at, closing_lag=closing_lag)
        self.calls: list[Call] = calls.calls
        self.responses: list[Response] = responses.responses
        self.turn_of_spawn: str | None = None

    @property
    def turns(self) -> list[Turn]:
        return self.turn_reader.turns

    @cached_property
    def modes(self) -> dict[str | None, str | None]:
        """The permission mode of each turn."""
        return {turn.turn_id: turn.permission_mode for turn in self.turns}

    @property
    def is_sidechain(self) -> bool:
        return self.thread.meta.is_sidechain

    def turn_of(self, turn_id: str | None) -> str | None:
        """The turn that a row names: a sub-agent's work is part of the turn that spawned it."""
        return (self.turn_of_spawn or turn_id) if self.is_sidechain else turn_id

    def turn_at(self, at: datetime) -> str | None:
        """The turn that ran at a time, else None."""
        running = [turn for turn in self.turns if turn.started_at <= at <= turn.ended_at]
        return running[-1].turn_id if running else None


def read_all(threads: list[Thread], *, archived_at: datetime, closing_lag: timedelta) -> list[ReadThread]:
    """Every thread of a session, with the turns that sub-agents work for."""
    read = [ReadThread(thread, archived_at=archived_at, closing_lag=closing_lag) for thread in threads]
    by_id = {one.thread.meta.thread_id: one for one in read}
    spawned = {
        call.spawned_thread: (one, call)
        for one in read
        for call in one.calls
        if call.spawned_thread is not None
    }
    for one in read:
        one.turn_of_spawn = _turn_of_spawn(one, by_id, spawned)
    return read


def _turn_of_spawn(
    one: ReadThread, by_id: dict[str, ReadThread], spawned: dict[str, tuple[ReadThread, Call]]
) -> str | None:
    """Up from a sub-agent to the main conversation: by the call that spawned it, else by the time."""
    seen: set[str] = set()
    turn_id: str | None = None
    at = one.thread.entries[0].at if one.thread.entries else None
    while one.is_sidechain and one.thread.meta.thread_id not in seen:
        seen.add(one.thread.meta.thread_id)
        found = spawned.get(one.thread.meta.thread_id)
        if found is not None:
            one, call = found
            turn_id, at = call.turn_id, call.entry.at
            continue
        parents = [by_id[parent] for parent in one.thread.meta.parents if parent in by_id]
        if not parents or at is None:
            return None
        one = parents[0]
        turn_id = one.turn_at(at)
    return turn_id if not one.is_sidechain else None
