"""Puts published releases on the object store: their files, then the one pointer that readers follow.

A release's manifest goes last, so that a release without one is not complete. `current.json` is written
under the condition that it is still what was read: of two processes, one publishes. What the home has no
longer (an old release, one that a deletion removed) goes from the store too.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from orchestration.landing.journal import home_lock
from orchestration.publishing.release import MANIFEST, current_release, releases
from orchestration.settings import Settings
from orchestration.store.object_store import ObjectStore
from orchestration.store.places import CURRENT_OBJECT, RELEASES_FOLDER, open_own_store

PUT_AT_ONCE = 8


def put_release(settings: Settings, address: str) -> str | None:
    """Put the home's current release on the store and let the pointer name it; its id, None before the first.

    Raises StoreError, StoreConflictError, HomeLockedError.
    """
    with home_lock(settings.home, purpose="putting a release on the object store", wait_seconds=3600):
        store, folder = open_own_store(settings, address), current_release(settings.home)
        if folder is not None:
            pointer = store.get(CURRENT_OBJECT)
            _put_files(store, folder)
            _point(store, folder.name, pointer)
        clear_releases(settings, store)
    return None if folder is None else folder.name


def clear_releases(settings: Settings, store: ObjectStore) -> None:
    """Remove from the store what the home has no longer; a pointer goes before its release."""
    gone = gone_releases(settings, store)
    pointer = store.get(CURRENT_OBJECT)
    if pointer is not None and json.loads(pointer[0])["release_id"] not in releases(settings.home):
        store.delete([CURRENT_OBJECT])
    for names in gone.values():
        # Without its manifest it is no release any more, however far the removal comes.
        store.delete(name for name in names if name.endswith(f"/{MANIFEST}"))
        store.delete(names)


def gone_releases(settings: Settings, store: ObjectStore) -> dict[str, list[str]]:
    """Objects on the store of releases that are not the home's, by release."""
    kept, found = set(releases(settings.home)), dict[str, list[str]]()
    for name in store.list(RELEASES_FOLDER):
        release_id = name.split("/")[1]
        if release_id not in kept:
            found.setdefault(release_id, []).append(name)
    return found


def _put_files(store: ObjectStore, folder: Path) -> None:
    prefix = f"{RELEASES_FOLDER}/{folder.name}"
    there = store.list(prefix)
    files = {f"{prefix}/{p.relative_to(folder).as_posix()}": p for p in folder.rglob("*") if p.is_file()}
    last = f"{prefix}/{MANIFEST}"
    if last in there:
        return  # a release never changes, and its manifest was its last object
    with ThreadPoolExecutor(PUT_AT_ONCE) as pool:
        list(pool.map(lambda name: store.put(name, files[name]), sorted(files.keys() - {last})))
    store.put(last, files[last])


def _point(store: ObjectStore, release_id: str, pointer: tuple[bytes, str] | None) -> None:
    if pointer is not None and json.loads(pointer[0])["release_id"] == release_id:
        return
    content = {
        "release_id": release_id,
        "folder": f"{RELEASES_FOLDER}/{release_id}",
        "put_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    store.put_if(CURRENT_OBJECT, json.dumps(content).encode(), e_tag=None if pointer is None else pointer[1])
