"""What lies where on the object store of a home, whose it is, and what the home remembers of it.

On the store: `home.json` says whose it is, `lake.json` whether the copy of the lake is complete,
`lake/` holds its Parquet files by their paths, `releases/<id>/` releases, `current.json` names the one to
read. In the home: `stores/<hash>.json` for each store that anything was ever put on, so that a deletion
finds it whatever the settings say then.
"""

import json
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path

from orchestration.ingest.pseudonyms import Pseudonyms, load_or_create_key
from orchestration.landing.journal import write_json
from orchestration.settings import Settings
from orchestration.store.object_store import ObjectStore, StoreError

OWNER_OBJECT = "home.json"
LAKE_STATE = "lake.json"
LAKE_FOLDER = "lake"
RELEASES_FOLDER = "releases"
CURRENT_OBJECT = "current.json"

RECORDS = "stores"

Sent = tuple[int, int, str]
"""Of a file that was put: its size and time of change, and the tag of its object."""


@dataclass
class StoreRecord:
    """What a home has put on one store. `files`: by path in the lake."""

    address: str
    files: dict[str, Sent] = field(default_factory=dict)

    def save(self, home: Path) -> None:
        """Keep it in the home."""
        write_json(record_path(home, self.address), asdict(self))


def record_path(home: Path, address: str) -> Path:
    """The file in which a home remembers one store."""
    return home / RECORDS / f"{blake2b(address.encode(), digest_size=8).hexdigest()}.json"


def record_of(home: Path, address: str) -> StoreRecord:
    """What is known of a store; an empty record before the first object."""
    path = record_path(home, address)
    return _read(path) if path.exists() else StoreRecord(address)


def stores_of(home: Path) -> list[StoreRecord]:
    """Every store on which this home has put something."""
    return [_read(path) for path in sorted((home / RECORDS).glob("*.json"))]


def open_own_store(settings: Settings, address: str) -> ObjectStore:
    """The store of this home, marked as its own and remembered, before anything else is put there.

    Raises StoreError where another home's objects are at that address, and what reaching it raises.
    """
    store, own = ObjectStore(address), _identity(settings)
    found = store.get(OWNER_OBJECT)
    if found is None:
        record_of(settings.home, address).save(settings.home)
        store.put_if(OWNER_OBJECT, json.dumps({"home": own}).encode(), e_tag=None)
    elif json.loads(found[0]).get("home") != own:
        raise StoreError(
            f"{address} holds the lake of another data home. Name another prefix in the setting `store`."
        )
    return store


def _identity(settings: Settings) -> str:
    """A name for the home that tells nothing, not even its folder."""
    return Pseudonyms(load_or_create_key(settings.pseudonym_key_path)).path("the object store of this home")


def _read(path: Path) -> StoreRecord:
    kept = json.loads(path.read_text(encoding="utf-8"))
    return StoreRecord(kept["address"], {name: tuple(sent) for name, sent in kept["files"].items()})
