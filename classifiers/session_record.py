"""A session as a labeller sees it: the raw rows of one session, in time order.

Groups the landed raw tables of one date by session. Columns that a labeller does not read may be left
out of what `read_table` returns: they are None in the rows. A tool id that the session repeats is made
unique here, in calls, acts and events alike, so that everyone may join on it. Not here: what anyone
concludes from it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from orchestration.ingest.rows import (
    NO_SESSION,
    RawEvent,
    RawHarnessText,
    RawHumanAct,
    RawResponse,
    RawToolCall,
    RawTurn,
)

ReadTable = Callable[[str], pa.Table]
"""Rows of one raw table on one date, by the table's name; no rows where the date has none."""

_TIME = pa.timestamp("us")


@dataclass(frozen=True)
class SessionRecord:
    """One session and its rows. Whatever order the rows come in, they are kept by time, then id.

    `ended_at` is the session's last record (UTC), as raw_sessions has it. `is_session` is false for a
    single request to an API: its calls can be judged, and it is no session.
    """

    session_id: str
    source: str
    ended_at: datetime
    turns: tuple[RawTurn, ...] = ()
    acts: tuple[RawHumanAct, ...] = ()
    calls: tuple[RawToolCall, ...] = ()
    events: tuple[RawEvent, ...] = ()
    responses: tuple[RawResponse, ...] = field(default=(), repr=False)
    harness_texts: tuple[RawHarnessText, ...] = field(default=(), repr=False)
    is_session: bool = True

    def __post_init__(self) -> None:
        for name, in_order in _ORDER.items():
            object.__setattr__(self, name, tuple(sorted(getattr(self, name), key=in_order)))


_ORDER: dict[str, Callable[[Any], tuple[datetime, str]]] = {
    "turns": lambda row: (row.started_at, row.turn_id),
    "acts": lambda row: (row.acted_at, row.act_id),
    "calls": lambda row: (row.called_at, row.tool_use_id),
    "events": lambda row: (row.occurred_at, row.event_id),
    "responses": lambda row: (row.responded_at, row.response_id),
    "harness_texts": lambda row: (row.written_at, row.harness_text_id),
}
_ROWS: dict[str, tuple[str, type[Any]]] = {
    "turns": ("raw_turns", RawTurn),
    "acts": ("raw_human_acts", RawHumanAct),
    "calls": ("raw_tool_calls", RawToolCall),
    "events": ("raw_events", RawEvent),
    "responses": ("raw_responses", RawResponse),
    "harness_texts": ("raw_harness_texts", RawHarnessText),
}


def sessions_of_day(
    read_table: ReadTable, *, columns: Mapping[str, tuple[str, ...]] | None = None
) -> Iterator[SessionRecord]:
    """The sessions of one date in order of session_id; memory is bounded by the date's rows.

    `columns` names the tables and columns to use (all of them by default); a table it leaves out is not
    read. Rows of a session that raw_sessions does not hold are left out.
    """
    grouped = {
        name: _rows_by_session(read_table(table), row_type, None if columns is None else columns[table])
        for name, (table, row_type) in _ROWS.items()
        if columns is None or table in columns
    }
    sessions = read_table("raw_sessions").select(["session_id", "source", "ended_at", "surface"])
    for session_id, source, ended_at, surface in sorted(zip(*_values(sessions), strict=True)):
        rows = {name: tuple(by_session.pop(session_id, ())) for name, by_session in grouped.items()}
        # A sub-agent's own turn is no turn of the conversation: nobody opened it, nobody waits at its end.
        rows["turns"] = tuple(turn for turn in rows.get("turns", ()) if not turn.is_sidechain)
        yield SessionRecord(
            session_id=session_id,
            source=source,
            ended_at=ended_at,
            is_session=surface not in NO_SESSION,
            **rows,
        )


def _rows_by_session(
    table: pa.Table, row_type: type[Any], names: tuple[str, ...] | None
) -> dict[str, list[Any]]:
    """Rows of one table, grouped; columns that are not read are None."""
    kept = [name for name in row_type._fields if name in (names or table.column_names)]
    nothing = [None] * table.num_rows
    values = dict(zip(kept, _values(table.select(kept)), strict=True))
    grouped: dict[str, list[Any]] = {}
    has_calls = "occurrence" in row_type._fields
    for row in map(row_type._make, zip(*(values.get(n, nothing) for n in row_type._fields), strict=True)):
        kept_row = _with_call_key(row) if has_calls else row
        grouped.setdefault(row.session_id, []).append(kept_row)
    return grouped


def _with_call_key(row: Any) -> Any:
    """The row with a tool id that is unique in its session: `functions.Bash:0`, `functions.Bash:0#2`, …"""
    if row.occurrence is None or row.occurrence == 1:
        return row
    return row._replace(tool_use_id=f"{row.tool_use_id}#{row.occurrence}")


def _values(table: pa.Table) -> list[list[Any]]:
    """Column values as Python objects; the lake's naive times are UTC and become aware."""
    return [
        _aware(column) if pa.types.is_timestamp(column.type) else column.to_pylist()
        for column in table.columns
    ]


def _aware(column: pa.ChunkedArray) -> list[datetime | None]:
    return [at and at.replace(tzinfo=UTC) for at in column.cast(_TIME).to_pylist()]
