"""Dagster's event log in SQLite, with connections kept open and asset events written by the batch.

A run records an event per asset and landed date (ADR 0044): 40 dates are some 3,000. The stock storage opens
three connections for each event (18 ms; a minute in all, and seven seconds for the smallest run). Here the
tables and files are the same; only how they are reached differs.
`dagster_instance.INSTANCE_CONFIG` names this class.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dagster import DagsterEventType, EventLogEntry
from dagster._core.events import ASSET_EVENTS, BATCH_WRITABLE_EVENTS
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData, serialize_value
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import StaticPool

BATCH_SIZE_VARIABLE = "DAGSTER_EVENT_BATCH_SIZE"
EVENT_BATCH_SIZE = "2000"
BATCHED_EVENTS = ASSET_EVENTS & BATCH_WRITABLE_EVENTS
CHECK_EVENT = DagsterEventType.ASSET_CHECK_EVALUATION


class BatchedSqliteEventLogStorage(SqliteEventLogStorage):
    """SQLite event log that keeps the index and the newest run open and writes batches at once."""

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> "BatchedSqliteEventLogStorage":
        # Dagster hands over batches only where this variable asks for them, in every process anew.
        os.environ.setdefault(BATCH_SIZE_VARIABLE, EVENT_BATCH_SIZE)
        return cls(inst_data=inst_data, **config_value)

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._open_engines: dict[tuple[int, str], Engine] = {}
        self._known_tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _engine(self, shard: str) -> Engine:
        """The open engine of a shard; at most the index and one run are open in a process."""
        process = os.getpid()  # a connection must not cross a fork
        key = (process, shard)
        if key not in self._open_engines:
            if shard != INDEX_SHARD_NAME:
                self._close_engines({each for each in self._open_engines if each[1] != INDEX_SHARD_NAME})
            self._open_engines[key] = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=StaticPool,
                # Threads share it one after the other: `_db_lock` is held as long as it is used.
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            )
        return self._open_engines[key]

    def _close_engines(self, keys: set[tuple[int, str]]) -> None:
        for key in keys:
            engine = self._open_engines.pop(key)
            if key[0] == os.getpid():
                engine.dispose()

    def dispose(self) -> None:
        self._close_engines(set(self._open_engines))
        super().dispose()

    def delete_events(self, run_id: str) -> None:
        """Also the file of the run, which the stock storage leaves behind, emptied and as large as before."""
        super().delete_events(run_id)
        self._close_engines({each for each in self._open_engines if each[1] == run_id})
        self._initialized_dbs.discard(run_id)
        for file in Path(self.path_for_shard(run_id)).parent.glob(f"{run_id}.db*"):
            file.unlink(missing_ok=True)

    @property
    def supports_partition_subset_in_asset_materialization_planned_events(self) -> bool:
        """One planned event per asset, not one per date: also the undated assets of a range run got those.

        The UI knows a failed date by its own planned event: `assets.reporting` writes it where a gate
        has stopped the date.
        """
        return True

    def has_table(self, table_name: str) -> bool:
        """Tables do not go away, so one that was seen is not looked for again."""
        if table_name not in self._known_tables:
            if not super().has_table(table_name):
                return False
            self._known_tables.add(table_name)
        return True

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store asset events of a run together; others one by one, as the stock storage does."""
        batches: dict[tuple[str, bool], list[EventLogEntry]] = {}
        for event in events:
            is_check = event.dagster_event_type == CHECK_EVENT
            if is_check or event.dagster_event_type in BATCHED_EVENTS:
                batches.setdefault((event.run_id, is_check), []).append(event)
            else:
                self.store_event(event)
        for (run_id, is_check), batch in batches.items():
            store = self._store_check_events if is_check else self._store_asset_events
            store(run_id, batch)

    def _store_asset_events(self, run_id: str, events: list[EventLogEntry]) -> None:
        rows = self._store_in_run(run_id, events)
        with self.index_transaction() as connection:
            ids = _inserted(connection, rows)
            self._store_asset_event_tags(connection, events, ids)
            for event, event_id in _last_of_each_asset(events, ids):
                self._store_asset_event(connection, event, event_id)

    def _store_check_events(self, run_id: str, events: list[EventLogEntry]) -> None:
        """Store how checks came out; where a step records them, none was planned that this would update."""
        rows = self._store_in_run(run_id, events)
        with self.index_transaction() as connection:
            ids = _inserted(connection, rows)
            executions = [_execution(event, event_id) for event, event_id in zip(events, ids, strict=True)]
            connection.execute(AssetCheckExecutionsTable.insert(), executions)

    def _store_in_run(self, run_id: str, events: list[EventLogEntry]) -> list[dict[str, Any]]:
        rows = [self._event_to_row(event) for event in events]
        with self.run_connection(run_id) as connection:
            connection.execute(SqlEventLogStorageTable.insert(), rows)
        return rows


def _inserted(connection: Connection, rows: list[dict[str, Any]]) -> list[int]:
    insert = SqlEventLogStorageTable.insert().returning(
        SqlEventLogStorageTable.c.id, sort_by_parameter_order=True
    )
    return [row[0] for row in connection.execute(insert, rows)]


def _execution(event: EventLogEntry, event_id: int) -> dict[str, Any]:
    """A row of the table from which the UI reads a check's history."""
    evaluation = event.get_dagster_event().asset_check_evaluation_data
    status = (
        AssetCheckExecutionRecordStatus.SUCCEEDED
        if evaluation.passed
        else AssetCheckExecutionRecordStatus.FAILED
    )
    return {
        "asset_key": evaluation.asset_key.to_string(),
        "check_name": evaluation.check_name,
        "run_id": event.run_id,
        "execution_status": status.value,
        "evaluation_event": serialize_value(event),
        "evaluation_event_timestamp": datetime.fromtimestamp(event.timestamp, UTC).replace(tzinfo=None),
        "evaluation_event_storage_id": event_id,
    }


def _last_of_each_asset(
    events: Sequence[EventLogEntry], ids: Sequence[int]
) -> list[tuple[EventLogEntry, int]]:
    """The asset index keeps the newest event of each asset and kind: older ones of a batch change nothing."""
    last: dict[tuple[Any, Any], tuple[EventLogEntry, int]] = {}
    for event, event_id in zip(events, ids, strict=True):
        key = (event.dagster_event.asset_key if event.dagster_event else None, event.dagster_event_type)
        last[key] = (event, event_id)
    return list(last.values())
