"""Lets the views of a warehouse that was built from the lake's copy read the folder again.

Gates, estimates and analysts open the warehouse without the store. What they read in the folder is what the
copy was made from: a mart that was built from a copy that is not whole has other counts than these views.
"""

from pathlib import Path

import duckdb


def read_folder_again(warehouse: Path, *, lake_address: str, lake_dir: Path) -> int:
    """Replace the address of the lake's copy by its folder in every view; returns the number of views."""
    there, here = f"{lake_address}/", f"{str(lake_dir).replace(chr(39), chr(39) * 2)}/"
    with duckdb.connect(str(warehouse)) as connection:
        found = connection.execute(
            "select sql from duckdb_views() where not internal and contains(sql, ?)", [there]
        ).fetchall()
        for (sql,) in found:
            connection.execute(sql.replace("CREATE VIEW", "CREATE OR REPLACE VIEW", 1).replace(there, here))
    return len(found)
