"""A DuckDB connection in memory, within a limit, that spills into a folder of the data home.

Belongs here: how much memory DuckDB may take, and where the rest of its data goes meanwhile. Left to
itself it takes four fifths of the machine, and spills into the folder that the program was started from.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb


def spill_beside(warehouse_path: Path) -> Path:
    """Where data on its way into or out of the warehouse spills; `forget` and a new build clear it away."""
    return warehouse_path.with_name(f"{warehouse_path.name}.spill")


@contextmanager
def bounded_duckdb(folder: Path, *, memory_gb: float | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that takes at most `memory_gb` (None: DuckDB's default) and spills into `folder`.

    The folder must be of this use alone: removed at the end, and before if a kill left it.
    """
    shutil.rmtree(folder, ignore_errors=True)
    config: dict[str, str | bool | int | float | list[str]] = {"temp_directory": str(folder)}
    if memory_gb is not None:
        config["memory_limit"] = f"{memory_gb:g}GB"
    try:
        with duckdb.connect(":memory:", config=config) as connection:
            yield connection
    finally:
        shutil.rmtree(folder, ignore_errors=True)
