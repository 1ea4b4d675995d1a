"""The object stores: what on them may be of a person, and taking it out.

After lake and releases of the home are cleared, the copies are made what these are. The stores are those on
which the home ever put something, whatever the settings say now.
"""

from collections.abc import Collection
from pathlib import Path

from orchestration.settings import Settings
from orchestration.store.mirror import push_lake, stale_objects
from orchestration.store.object_store import ObjectStore, StoreError
from orchestration.store.places import LAKE_FOLDER, StoreRecord, open_own_store, record_path, stores_of
from orchestration.store.releases import clear_releases, gone_releases


def object_count(settings: Settings, files: Collection[Path], releases: Collection[Path]) -> int:
    """Objects that hold the person, or may: those of files and releases that do, and those the home lacks."""
    return sum(_count(settings, record, files, releases) for record in stores_of(settings.home))


def clear_stores(settings: Settings) -> None:
    """Make every store hold what the home holds. Raises StoreError, which says how to give a store up."""
    for record in stores_of(settings.home):
        try:
            push_lake(settings, record.address)
            clear_releases(settings, open_own_store(settings, record.address))
        except StoreError as error:
            raise StoreError(_explained(settings, record, error)) from error


def _count(
    settings: Settings, record: StoreRecord, files: Collection[Path], releases: Collection[Path]
) -> int:
    try:
        store = ObjectStore(record.address)
        holding = {path.relative_to(settings.lake_dir).as_posix() for path in files}
        there = {name.removeprefix(f"{LAKE_FOLDER}/") for name in store.list(LAKE_FOLDER)}
        in_lake = stale_objects(settings, store, record) | (holding & there)
        in_releases = sum(len(names) for names in gone_releases(settings, store).values())
        in_releases += sum(len(store.list(f"releases/{folder.name}")) for folder in releases)
    except StoreError as error:
        raise StoreError(_explained(settings, record, error)) from error
    return len(in_lake) + in_releases


def _explained(settings: Settings, record: StoreRecord, error: StoreError) -> str:
    return (
        f"The deletion is not finished on the object store. {error} If the store is gone for good, with "
        f"everything in it, remove {record_path(settings.home, record.address)}."
    )
