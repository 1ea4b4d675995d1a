"""Which stamped session ids are one session, and on which date it lies: the lineage index.

Two stamps belong together where they share a record, or where a record's parent carries another stamp,
in whatever order the files arrive. An id that unlike records bear ties nobody (`contested_ids`): ids are
only as unique as whoever made them. A summary's leaf and the slug of a plan do not connect. Works on the
archive's SQLite index, with sixteen bytes per id; commits nothing itself.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from orchestration.ingest.scanned_file import ID_BYTES, ScannedFile

LINEAGE_SCHEMA = """
create table if not exists stamps (
    stamp_id integer primary key,
    source text not null,
    stamp text not null,
    lineage_id integer not null,
    unique (source, stamp)
);
create index if not exists stamps_by_lineage on stamps (lineage_id);
create table if not exists version_stamps (
    version_id integer not null,
    stamp_id integer not null,
    earliest_us integer,
    primary key (stamp_id, version_id)
) without rowid;
create index if not exists version_stamps_by_version on version_stamps (version_id);
create table if not exists record_keys (
    id blob not null,
    content blob not null,
    stamp_id integer not null,
    primary key (id, content, stamp_id)
) without rowid;
create table if not exists contested_ids (id blob primary key) without rowid;
create table if not exists parents (
    id blob not null,
    stamp_id integer not null,
    primary key (id, stamp_id)
) without rowid;
create table if not exists missing_leaves (id blob primary key) without rowid;
create table if not exists sessions (
    lineage_id integer primary key,
    source text not null,
    session_id text not null,
    session_date text not null
);
create index if not exists sessions_by_date on sessions (session_date);
create temp table if not exists arriving (id blob not null, content blob not null, stamp_id integer not null);
"""

LINEAGE_TABLES = (
    "stamps",
    "version_stamps",
    "record_keys",
    "contested_ids",
    "parents",
    "missing_leaves",
    "sessions",
)
"""Everything that a rescan of the archived versions builds anew."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_microseconds(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(value: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


def clear_lineage(db: sqlite3.Connection) -> None:
    """Forget everything, to be built anew from the archived versions."""
    for table in LINEAGE_TABLES:
        db.execute(f"delete from {table}")  # noqa: S608 - our own names


def remember_sessions(db: sqlite3.Connection) -> None:
    """Keep which session each stamp belongs to, until a rescan has compared it with what it finds."""
    db.execute("create table if not exists previous_sessions (source text, stamp text, session_id text)")
    if db.execute("select 1 from previous_sessions limit 1").fetchone() is None:
        db.execute(
            "insert into previous_sessions select stamps.source, stamp, session_id"
            " from stamps join sessions using (lineage_id)"
        )


def add_version(db: sqlite3.Connection, version_id: int, source: str, scanned: ScannedFile) -> None:
    """Enter a file version: its stamps, what connects them, and the sessions that come of it."""
    ids = {stamp: _stamp_id(db, source, stamp) for stamp in sorted(scanned.earliest)}
    db.executemany(
        "insert or replace into version_stamps values (?, ?, ?)",
        [(version_id, ids[stamp], to_microseconds(at)) for stamp, at in scanned.earliest.items()],
    )
    _arrive(db, ((key, ids[stamp]) for key, stamp in scanned.keys.records))
    touched = {_lineage_id(db, stamp_id) for stamp_id in ids.values()}
    db.execute("insert or ignore into record_keys select id, content, stamp_id from arriving")
    touched |= _part_contested(db)
    edges = {
        *_edges_of_records(db),
        *_edges_of_parents(db, ((key, ids[stamp]) for key, stamp in scanned.keys.parents)),
    }
    _note_missing_leaves(db, scanned.keys.leaves)
    refresh_sessions(db, touched | _join_all(db, edges))


def drop_version(db: sqlite3.Connection, version_id: int) -> None:
    """Take out a version that another one has replaced; what it connected stays connected."""
    rows = db.execute(
        "select distinct lineage_id from version_stamps join stamps using (stamp_id) where version_id = ?",
        (version_id,),
    ).fetchall()
    db.execute("delete from version_stamps where version_id = ?", (version_id,))
    refresh_sessions(db, {lineage_id for (lineage_id,) in rows})


def _stamp_id(db: sqlite3.Connection, source: str, stamp: str) -> int:
    row = db.execute("select stamp_id from stamps where source = ? and stamp = ?", (source, stamp)).fetchone()
    if row is not None:
        return int(row[0])
    added = db.execute(
        "insert into stamps (source, stamp, lineage_id) values (?, ?, 0) returning stamp_id",
        (source, stamp),
    ).fetchone()
    db.execute("update stamps set lineage_id = stamp_id where stamp_id = ?", added)
    return int(added[0])


def _arrive(db: sqlite3.Connection, keys: Iterable[tuple[bytes, int]]) -> None:
    """Hold the arriving keys: what names a record, and behind it what tells records of one name apart."""
    db.execute("delete from arriving")
    db.executemany(
        "insert into arriving values (?, ?, ?)",
        ((key[:ID_BYTES], key[ID_BYTES:], stamp_id) for key, stamp_id in sorted(keys)),
    )


def _part_contested(db: sqlite3.Connection) -> set[int]:
    """Note ids under which another session brings another record; take back what they had connected.

    Returns the lineages that were looked at anew. It comes to this once in the life of an archive, if
    ever: some tool stamps constant or counting ids.
    """
    contested = db.execute(
        "insert or ignore into contested_ids select distinct arriving.id from arriving"
        " join record_keys as known on known.id = arriving.id and known.content <> arriving.content"
        " and known.stamp_id <> arriving.stamp_id where true returning id"
    ).fetchall()
    parted = {
        lineage_id
        for (each,) in contested
        for (lineage_id,) in db.execute(
            "select lineage_id from parents join stamps using (stamp_id) where id = ?", (each,)
        )
    }
    return _rebuild(db, parted)


def _rebuild(db: sqlite3.Connection, lineages: set[int]) -> set[int]:
    """Work out anew which stamps of some lineages belong together; returns the ids before and after."""
    found = set(lineages)
    for lineage_id in sorted(lineages):
        own = db.execute("select stamp_id from stamps where lineage_id = ?", (lineage_id,)).fetchall()
        found.update(stamp_id for (stamp_id,) in own)
        db.execute("update stamps set lineage_id = stamp_id where lineage_id = ?", (lineage_id,))
        edges: set[tuple[int, int]] = set()
        for stamp in own:
            edges |= set(
                db.execute(
                    "select distinct one.stamp_id, other.stamp_id from record_keys as one"
                    " join record_keys as other using (id, content)"
                    " where one.stamp_id = ? and one.stamp_id <> other.stamp_id",
                    stamp,
                )
            )
            edges |= set(db.execute(_PARENT_EDGES + " where parents.stamp_id = ?", stamp))
        found |= _join_all(db, edges)
    return found


_PARENT_EDGES = (
    "select distinct parents.stamp_id, record_keys.stamp_id from parents join record_keys using (id)"
    " join stamps as child on child.stamp_id = parents.stamp_id"
    " join stamps as parent on parent.stamp_id = record_keys.stamp_id and parent.source = child.source"
    " and parents.id not in (select id from contested_ids)"
)
"""Stamps whose records name a parent, each with the stamps of that parent."""


def _edges_of_records(db: sqlite3.Connection) -> Iterator[tuple[int, int]]:
    """Stamps that share a record with those arriving, or whose parents arrive."""
    yield from db.execute(
        "select distinct arriving.stamp_id, known.stamp_id from arriving"
        " join record_keys as known using (id, content) where arriving.stamp_id <> known.stamp_id"
    )
    yield from db.execute(_PARENT_EDGES + " where parents.id in (select id from arriving)")  # noqa: S608
    db.execute("delete from missing_leaves where id in (select id from arriving)")


def _edges_of_parents(db: sqlite3.Connection, keys: Iterable[tuple[bytes, int]]) -> Iterator[tuple[int, int]]:
    """Stamps of known parents; all are remembered: a parent may come later, or prove to be contested."""
    _arrive(db, keys)
    db.execute("insert or ignore into parents select id, stamp_id from arriving")
    arrived = "(parents.id, parents.stamp_id) in (select id, stamp_id from arriving)"
    yield from db.execute(f"{_PARENT_EDGES} where {arrived}")


def _note_missing_leaves(db: sqlite3.Connection, leaves: Iterable[bytes]) -> None:
    """Remember the records that summaries point at and that never arrived: only retention asks."""
    db.executemany(
        "insert or ignore into missing_leaves select ?1 where not exists"
        " (select 1 from record_keys where id = ?1)",
        [(key,) for key in sorted(leaves)],
    )


def _lineage_id(db: sqlite3.Connection, stamp_id: int) -> int:
    row = db.execute("select lineage_id from stamps where stamp_id = ?", (stamp_id,)).fetchone()
    return int(row[0])


def _join_all(db: sqlite3.Connection, edges: Iterable[tuple[int, int]]) -> set[int]:
    """Make the lineages of each pair of stamps one; returns the ids of all of them."""
    touched: set[int] = set()
    for one, other in sorted(edges):
        touched |= _join(db, one, other)
    return touched


def _join(db: sqlite3.Connection, one: int, other: int) -> set[int]:
    """Make two stamps' lineages one; returns the ids of both."""
    kept, merged = sorted((_lineage_id(db, one), _lineage_id(db, other)))
    if kept != merged:
        db.execute("update stamps set lineage_id = ? where lineage_id = ?", (kept, merged))
    return {kept, merged}


def refresh_sessions(db: sqlite3.Connection, lineages: Iterable[int]) -> None:
    """Work out the session of each lineage: the id and UTC date of its earliest record, ties smallest.

    A lineage without any time has no date, so it is no session.
    """
    for lineage_id in sorted(lineages):
        db.execute("delete from sessions where lineage_id = ?", (lineage_id,))
        first = db.execute(
            "select source, stamp, earliest_us from stamps join version_stamps using (stamp_id)"
            " where lineage_id = ? and earliest_us is not null order by earliest_us, stamp limit 1",
            (lineage_id,),
        ).fetchone()
        if first is not None:
            source, stamp, earliest = first
            day = from_microseconds(earliest).date().isoformat()
            db.execute("insert into sessions values (?, ?, ?, ?)", (lineage_id, source, stamp, day))
