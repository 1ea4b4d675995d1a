"""Makes the copy of the lake on the object store what the lake is: new files put, others' objects removed.

Only Parquet goes: rows that are redacted and pseudonymous. Archive, key, ledger and tombstones never do.
Nothing is compared by reading: an object is current while its tag is the one its file got, and its file was
not replaced since. A store replaces one object at a time, so `lake.json` says while the copy is being changed
(`changing`) and that it is whole (`complete`); killed in between, the next push goes on.
"""

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from orchestration.landing.journal import home_lock
from orchestration.progress import Advance
from orchestration.settings import Settings
from orchestration.store.object_store import ObjectStore, Stored
from orchestration.store.places import LAKE_FOLDER, LAKE_STATE, StoreRecord, open_own_store, record_of

PUT_AT_ONCE = 16
RECORDED_AFTER = 1_000
"""Files put, after which the home's record is written: a killed push puts no more than that again."""


@dataclass(frozen=True)
class Pushed:
    """What a push did to the copy of the lake, in numbers of objects."""

    put: int
    removed: int
    unchanged: int


def push_lake(settings: Settings, address: str, *, advance: Advance | None = None) -> Pushed:
    """Bring the copy of the lake at `address` up to date. Raises StoreError, HomeLockedError."""
    with home_lock(settings.home, purpose="copying the lake to the object store", wait_seconds=3600):
        store, record = open_own_store(settings, address), record_of(settings.home, address)
        files, there = lake_files(settings.lake_dir), _objects(store)
        new = [name for name, path in files.items() if not is_current(path, name, record, there)]
        gone = there.keys() - files.keys()
        state = store.get(LAKE_STATE)
        is_whole = state is not None and json.loads(state[0]).get("state") == "complete"
        if new or gone or not is_whole:
            tag = store.put_if(LAKE_STATE, _state("changing"), e_tag=None if state is None else state[1])
            store.delete(f"{LAKE_FOLDER}/{name}" for name in gone)
            record.files = {name: sent for name, sent in record.files.items() if name in files}
            _put_files(settings, store, record, {name: files[name] for name in new}, advance)
            store.put_if(LAKE_STATE, _state("complete"), e_tag=tag)
    return Pushed(len(new), len(gone), len(files) - len(new))


def lake_files(lake_dir: Path) -> dict[str, Path]:
    """Files of tables, by their path in the lake; nothing of a landing that is under way."""
    found = {path.relative_to(lake_dir).as_posix(): path for path in lake_dir.rglob("*.parquet")}
    return {name: path for name, path in sorted(found.items()) if not name.startswith(".")}


def is_current(path: Path, name: str, record: StoreRecord, there: dict[str, Stored]) -> bool:
    """Whether the object of a file holds what the file holds."""
    sent, stored, now = record.files.get(name), there.get(name), path.stat()
    return sent is not None and stored is not None and sent == (now.st_size, now.st_mtime_ns, stored.e_tag)


def stale_objects(settings: Settings, store: ObjectStore, record: StoreRecord) -> set[str]:
    """Names of lake objects that are not what the lake holds; nothing is changed."""
    files, there = lake_files(settings.lake_dir), _objects(store)
    return {name for name in there if name not in files or not is_current(files[name], name, record, there)}


def _objects(store: ObjectStore) -> dict[str, Stored]:
    prefix = f"{LAKE_FOLDER}/"
    return {name.removeprefix(prefix): stored for name, stored in store.list(LAKE_FOLDER).items()}


def _put_files(
    settings: Settings,
    store: ObjectStore,
    record: StoreRecord,
    files: dict[str, Path],
    advance: Advance | None,
) -> None:
    done = 0
    with ThreadPoolExecutor(PUT_AT_ONCE) as pool:
        for some in _in_parts(files):
            for name, sent in pool.map(lambda item: _put_file(store, *item), some):
                record.files[name] = sent
            record.save(settings.home)
            done += len(some)
            if advance is not None:
                advance(done, len(files))


def _put_file(store: ObjectStore, name: str, path: Path) -> tuple[str, tuple[int, int, str]]:
    before = path.stat()
    tag = store.put(f"{LAKE_FOLDER}/{name}", path)
    return name, (before.st_size, before.st_mtime_ns, tag)


def _in_parts(files: dict[str, Path]) -> Iterable[list[tuple[str, Path]]]:
    items = list(files.items())
    return [items[start : start + RECORDED_AFTER] for start in range(0, len(items), RECORDED_AFTER)]


def _state(state: str) -> bytes:
    return json.dumps({"state": state, "at": datetime.now(UTC).isoformat(timespec="seconds")}).encode()
