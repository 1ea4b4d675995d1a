"""Merged lines → groups by who wrote them, with their fate: one part of the ledger at a time, in DuckDB.

Belongs here: comparing lines with notes and with what agents wrote, and counting survivors. A part holds
whole landings, so that no group is in two. Memory is a part's; beyond its limit DuckDB spills.
Not here: the ledger, evidence about whole commits (links), the tables' other columns (rows_sql).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.git_history.commit_columns import CommitColumns
from orchestration.git_history.notes import NotedLines
from orchestration.git_history.read_ledger import ReadLedger

MATCH_DAYS = 14
"""How long before a commit an agent may have written its lines (B1)."""

CLOCK_SECONDS = 60
"""How far the clocks of transcript and commit may differ; a commit's time has no fractions of a second."""

_PART = """
create or replace temp table part as
select l.number, l.commit, l.file, l.line, l.hash, l.name_key, c.landed_at, c.has_note, c.since, c.until,
    g.landed_at as gone_at, coalesce(g.is_revert, false) as is_gone_by_revert,
    coalesce(g.is_fix, false) as is_gone_by_fix
from lines as l
inner join commits as c on l.commit = c.commit
left join commits as g on l.gone = g.commit
"""

_NOTED = """
create or replace temp table noted as
select p.number, arg_min(struct_pack(agent := n.agent, session_id := n.session_id), n.place) as said
from part as p
inner join notes as n
    on p.commit = n.commit and p.file = n.file and p.line between n.first_line and n.last_line
group by p.number
"""

_SAME = """
create or replace temp table same_file as
select p.number, w.session_id, w.written_at >= p.since as is_in_time
from (select * from part where hash <> 0) as p
asof join written as w
    on p.hash = w.line_hash and p.name_key = w.file_key and p.until >= w.written_at
"""

_OTHER = """
create or replace temp table other_file as
select p.number, w.session_id, w.written_at >= p.since as is_in_time
from (select * from part where hash <> 0) as p
asof join written_anywhere as w on p.hash = w.line_hash and p.until >= w.written_at
"""

_ANYWHERE = """
create or replace temp table written_anywhere as
select line_hash, written_at, min(session_id) as session_id
from written group by line_hash, written_at
"""


_ELSEWHERE = """
create or replace temp table written_elsewhere as
select line_hash, written_at, min(session_id) as session_id
from raw_written_lines
where project_id <> $project and line_hash in (select hash from part where hash <> 0)
group by line_hash, written_at
"""

_UNRELATED = """
create or replace temp table unrelated as
select p.number, w.session_id
from (select * from part where hash <> 0) as p
asof join written_elsewhere as w on p.hash = w.line_hash and p.until >= w.written_at
where w.written_at >= p.since
"""


def _fate(days: int) -> str:
    is_gone = f"gone_at is not null and gone_at <= landed_at + interval {days} day"
    by_revert = "is_gone_by_revert"
    seen = f"min(landed_at) + interval {days} day <= $observed_until"
    return f"""
    case when {seen} then count(*) filter (not ({is_gone})) end as survived_{days}d_count,
    case when {seen} then count(*) filter ({is_gone} and {by_revert}) end as reverted_{days}d_count,
    case when {seen} then count(*) filter ({is_gone} and not {by_revert}) end as rewritten_{days}d_count,
    case when {seen} and $has_incidents then count(*) filter ({is_gone} and is_gone_by_fix) end
        as incident_{days}d_count,
    """


_GROUPS = f"""
create or replace temp table part_groups as
with attributed as (
    select p.*, n.said.agent as note_agent, n.said.session_id as note_session_id,
        case
            when p.hash = 0 then 'too_short'
            when s.is_in_time then 'same_file'
            when o.is_in_time then 'other_file'
            else 'none'
        end as match_kind,
        case when s.is_in_time then s.session_id when o.is_in_time then o.session_id end as match_session_id,
        u.session_id as unrelated_session_id
    from part as p
    left join noted as n on p.number = n.number
    left join same_file as s on p.number = s.number
    left join other_file as o on p.number = o.number
    left join unrelated as u on p.number = u.number
)
select commit, file, has_note, note_agent, note_session_id, match_kind, match_session_id,
    unrelated_session_id,
    count(*) as line_count, {_fate(30)} {_fate(90)}
    count(*) filter (gone_at is null) as alive_count
from attributed
group by commit, file, has_note, note_agent, note_session_id, match_kind, match_session_id,
    unrelated_session_id
"""  # noqa: S608 - names of ours


@dataclass(frozen=True)
class Linking:
    """What lines are linked with. `notes`: by commit number, what its note says; None: unreadable.

    `fixes`: the commits that fixed an incident of the repository; None where no incident is known of it.
    """

    connection: duckdb.DuckDBPyConnection
    read: ReadLedger
    columns: CommitColumns
    notes: dict[int, list[NotedLines] | None]
    session_ids: dict[str, str]
    observed_until: datetime
    project_id: str
    fixes: frozenset[int] | None


def register_commits(linking: Linking, ids: list[str]) -> None:
    """Make the table `commits`: by number, the times and the pseudonym of each."""
    columns, count = linking.columns, len(linking.columns.shas)
    landing = np.frombuffer(columns.landing, np.uint32)
    committed, authored = (
        np.frombuffer(columns.committed, np.int64),
        np.frombuffer(columns.authored, np.int64),
    )
    is_revert = np.zeros(count, bool)
    for number in columns.reverts:
        is_revert[landing[number]] = True
    is_fix = np.zeros(count, bool)
    for number in linking.fixes or ():
        is_fix[landing[number]] = True
    has_note = np.zeros(count, bool)
    has_note[[number for number, said in linking.notes.items() if said is not None]] = True
    table = pa.table(
        {
            "commit": pa.array(np.arange(count, dtype=np.uint32)),
            "git_commit_id": pa.array(ids, pa.string()),
            "landing": pa.array(landing),
            "authored_at": _times(authored),
            "committed_at": _times(committed),
            "landed_at": _times(committed[landing]),
            "since": _times(authored - MATCH_DAYS * 86_400),
            "until": _times(np.maximum(authored, committed) + CLOCK_SECONDS),
            "is_revert": pa.array(is_revert),
            "is_fix": pa.array(is_fix),
            "has_note": pa.array(has_note),
        }
    ).slice(1)
    create_table(linking.connection, "commits", table)


def register_notes(linking: Linking) -> None:
    """Make the table `notes`: ranges of lines that notes give to agents' sessions."""
    ledger = linking.read.ledger
    rows = [
        (
            number,
            file,
            one.first_line,
            one.last_line,
            one.agent,
            linking.session_ids.get(one.session_id),
            place,
        )
        for number, said in linking.notes.items()
        for place, one in enumerate(said or ())
        if (file := ledger.by_id.get(ledger.path_of(one.path))) is not None
    ]
    names = ("commit", "file", "first_line", "last_line", "agent", "session_id", "place")
    types = (*[pa.uint32()] * 4, pa.string(), pa.string(), pa.uint32())
    values = list(zip(*rows, strict=True)) or [()] * len(names)
    fields = {name: pa.array(v, t) for name, v, t in zip(names, values, types, strict=True)}
    create_table(linking.connection, "notes", pa.table(fields))


def line_groups(linking: Linking) -> Iterator[pa.Table]:
    """The groups of each part, by numbers of commit and file; every group is in one part alone."""
    connection, ledger = linking.connection, linking.read.ledger
    connection.execute(_ANYWHERE)
    gone = np.frombuffer(ledger.gone, np.uint32)
    name_keys = np.array([0, *(file.name_key for file in ledger.files if file is not None)], np.int64)
    for path in linking.read.files.paths(linking.read.files.line_parts):
        lines = pq.read_table(path)
        own = gone[lines["number"].to_numpy()]
        named = name_keys[lines["file"].to_numpy()]
        connection.register(
            "lines", lines.append_column("gone", pa.array(own)).append_column("name_key", pa.array(named))
        )
        for statement in (_PART, _NOTED, _SAME, _OTHER):
            connection.execute(statement)
        connection.execute(_ELSEWHERE, {"project": linking.project_id})
        connection.execute(_UNRELATED)
        connection.execute(
            _GROUPS,
            {"observed_until": linking.observed_until, "has_incidents": linking.fixes is not None},
        )
        connection.unregister("lines")
        yield connection.table("part_groups").to_arrow_table()


def _times(seconds: Any) -> pa.Array:
    return pa.array(seconds * 1_000_000, pa.timestamp("us"))


def create_table(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    """Make a table of rows that Python has."""
    connection.register("given", table)
    connection.execute(f"create or replace temp table {name} as select * from given")  # noqa: S608 - ours
    connection.unregister("given")


def links_table(links: Iterable[tuple[Any, ...]]) -> pa.Table:
    """Links of whole commits as Arrow."""
    names = ("commit", "evidence", "session_id", "line_count", "linked_at")
    types = (pa.uint32(), pa.string(), pa.string(), pa.int64(), pa.timestamp("us"))
    values = list(zip(*links, strict=True)) or [()] * len(names)
    return pa.table({name: pa.array(v, t) for name, v, t in zip(names, values, types, strict=True)})
