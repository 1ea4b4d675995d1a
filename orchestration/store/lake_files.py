"""Lets dbt's DuckDB read the lake's Parquet on the object store: a file system that only reads.

dbt-duckdb loads `Plugin` where the profile names this module (the setting `reads_store`). DuckDB's own
extension for S3 is downloaded at run time, which locked-down machines refuse. The store is listed once
for each table and connection; a file is fetched whole, because a partition is small.
"""

from collections import OrderedDict
from datetime import datetime
from fnmatch import fnmatchcase
from io import BytesIO
from threading import Lock
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection
from fsspec import AbstractFileSystem

from orchestration.store.object_store import SCHEME, ObjectStore, Stored

KEPT_BYTES = 256 * 1024 * 1024
"""Of objects, kept in memory: models of one table read the same files one after the other."""


class LakeFiles(AbstractFileSystem):  # type: ignore[misc]  # fsspec publishes no types
    """The objects of one store below `s3://…/lake`, as files."""

    protocol = "s3"
    cachable = False

    def __init__(self, lake_address: str, **options: Any) -> None:
        super().__init__(**options)
        self._root = lake_address.removeprefix(SCHEME).rstrip("/")
        self._store = ObjectStore(f"{SCHEME}{self._root}")
        self._listed: dict[str, dict[str, Stored]] = {}
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._kept_bytes = 0
        self._lock = Lock()

    def glob(self, path: str, **_options: Any) -> list[str]:
        pattern = self._name(path)
        folder = pattern.split("*", 1)[0].rpartition("/")[0]
        parts = pattern.count("/")
        return [
            f"{self._root}/{name}"
            for name in sorted(self._objects(folder))
            if name.count("/") == parts and fnmatchcase(name, pattern)
        ]

    def info(self, path: str, **_options: Any) -> dict[str, Any]:
        name = self._name(path)
        stored = self._objects(name.rpartition("/")[0]).get(name)
        if stored is None:
            raise FileNotFoundError(path)
        return {"name": path, "size": stored.size, "type": "file", "modified": stored.modified}

    def modified(self, path: str) -> datetime:
        at: datetime = self.info(path)["modified"]
        return at

    def _open(self, path: str, mode: str = "rb", **_options: Any) -> BytesIO:
        if mode != "rb":
            raise PermissionError("the copy of the lake is only read")
        name = self._name(path)
        with self._lock:
            content = self._kept.get(name)
        return BytesIO(self._fetch(name) if content is None else content)

    def _fetch(self, name: str) -> bytes:
        found = self._store.get(name)
        if found is None:
            raise FileNotFoundError(name)
        with self._lock:
            if name not in self._kept:
                self._kept[name] = found[0]
                self._kept_bytes += len(found[0])
            while self._kept_bytes > KEPT_BYTES:
                self._kept_bytes -= len(self._kept.popitem(last=False)[1])
        return found[0]

    def _objects(self, folder: str) -> dict[str, Stored]:
        table = "/".join(folder.split("/")[:2])
        if table not in self._listed:
            self._listed[table] = self._store.list(table)
        return self._listed[table]

    def _name(self, path: str) -> str:
        return path.removeprefix(SCHEME).removeprefix(f"{self._root}/")


class Plugin(BasePlugin):  # type: ignore[misc,unused-ignore]
    """Gives the file system to each connection that dbt opens."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        self._lake_address = str(plugin_config["lake_address"])

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        conn.register_filesystem(LakeFiles(self._lake_address))
