"""Which stamped session ids are one session, and on which date it lies: the lineage index.

Two stamps belong together where they share a record uuid or a message id, or where a record's parent
carries another stamp, in whatever order the files arrive. A summary's leaf and the slug of a plan do
not connect. Works on the archive's SQLite index, with sixteen bytes per id; commits nothing itself.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from orchestration.ingest.scanned_file import ScannedFile

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
create table if not exists record_keys (key blob primary key, stamp_id integer not null) without rowid;
create table if not exists missing_parents (
    key blob not null,
    stamp_id integer not null,
    primary key (key, stamp_id)
) without rowid;
create table if not exists missing_leaves (key blob primary key) without rowid;
create table if not exists sessions (
    lineage_id integer primary key,
    source text not null,
    session_id text not null,
    session_date text not null
);
create index if not exists sessions_by_date on sessions (session_date);
create temp table if not exists arriving (key blob not null, stamp_id integer not null);
"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_microseconds(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(value: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


def clear_lineage(db: sqlite3.Connection) -> None:
    """Forget everything, to be built anew from the archived versions."""
    db.execute("delete from stamps")
    db.execute("delete from version_stamps")
    db.execute("delete from record_keys")
    db.execute("delete from missing_parents")
    db.execute("delete from missing_leaves")
    db.execute("delete from sessions")


def add_version(db: sqlite3.Connection, version_id: int, source: str, scanned: ScannedFile) -> None:
    """Enter a file version: its stamps, what connects them, and the sessions that come of it."""
    ids = {stamp: _stamp_id(db, source, stamp) for stamp in sorted(scanned.earliest)}
    db.executemany(
        "insert or replace into version_stamps values (?, ?, ?)",
        [(version_id, ids[stamp], to_microseconds(at)) for stamp, at in scanned.earliest.items()],
    )
    edges = {
        *_edges_of_records(db, ((key, ids[stamp]) for key, stamp in scanned.keys.records)),
        *_edges_of_parents(db, ((key, ids[stamp]) for key, stamp in scanned.keys.parents)),
    }
    _note_missing_leaves(db, scanned.keys.leaves)
    touched = {_lineage_id(db, stamp_id) for stamp_id in ids.values()}
    for one, other in sorted(edges):
        touched |= _join(db, one, other)
    refresh_sessions(db, touched)


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
    db.execute("delete from arriving")
    db.executemany("insert into arriving values (?, ?)", sorted(keys))


def _edges_of_records(db: sqlite3.Connection, keys: Iterable[tuple[bytes, int]]) -> Iterator[tuple[int, int]]:
    """Stamps that share an id with those arriving, or whose missing parents arrive."""
    _arrive(db, keys)
    db.execute("insert or ignore into record_keys select key, stamp_id from arriving")
    yield from db.execute(
        "select distinct arriving.stamp_id, record_keys.stamp_id from arriving"
        " join record_keys using (key) where arriving.stamp_id <> record_keys.stamp_id"
    )
    yield from db.execute(
        "select distinct arriving.stamp_id, missing_parents.stamp_id from arriving"
        " join missing_parents using (key) where arriving.stamp_id <> missing_parents.stamp_id"
    )
    db.execute("delete from missing_parents where key in (select key from arriving)")
    db.execute("delete from missing_leaves where key in (select key from arriving)")


def _edges_of_parents(db: sqlite3.Connection, keys: Iterable[tuple[bytes, int]]) -> Iterator[tuple[int, int]]:
    """Stamps of known parents; a parent that is not known yet is remembered until it arrives."""
    _arrive(db, keys)
    yield from db.execute(
        "select distinct arriving.stamp_id, record_keys.stamp_id from arriving"
        " join record_keys using (key) where arriving.stamp_id <> record_keys.stamp_id"
    )
    db.execute(
        "insert or ignore into missing_parents select key, stamp_id from arriving"
        " where key not in (select key from record_keys)"
    )


def _note_missing_leaves(db: sqlite3.Connection, leaves: Iterable[bytes]) -> None:
    """Remember the records that summaries point at and that never arrived: only retention asks."""
    db.executemany(
        "insert or ignore into missing_leaves select ?1 where not exists"
        " (select 1 from record_keys where key = ?1)",
        [(key,) for key in sorted(leaves)],
    )


def _lineage_id(db: sqlite3.Connection, stamp_id: int) -> int:
    row = db.execute("select lineage_id from stamps where stamp_id = ?", (stamp_id,)).fetchone()
    return int(row[0])


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
