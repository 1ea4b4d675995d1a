"""Lands `lake/prices/unit_prices`: the prices of every model that the lake's responses name.

Made before the warehouse is built, from the landed rows and the installed price table, so that the
models need no Python and a new price table is a new figure. Not here: what a price is (unit_prices).
"""

from pathlib import Path

import duckdb

from orchestration.ingest.rows import arrow_schema, to_arrow
from orchestration.landing.lake import LakeTable, write_partition
from orchestration.pricing.unit_prices import UnitPrice, Used, unit_prices

UNIT_PRICES = LakeTable("prices/unit_prices", arrow_schema(UnitPrice), partition_column=None)

_SOURCES = ("responses", "side_usages")

_USES = """
select distinct model, cast(responded_at as date) as used_date, coalesce(speed, '') as speed,
    coalesce(service_tier, '') as service_tier
from (
    select model, responded_at, speed, service_tier
    from read_parquet($responses, hive_partitioning = false, union_by_name = true)
    union all
    select model, responded_at, null, service_tier
    from read_parquet($side_usages, hive_partitioning = false, union_by_name = true)
)
where model is not null and responded_at is not null
"""


def land_prices(lake_dir: Path) -> int:
    """Price what the lake's responses used and write the table; returns its rows.

    The same lake and price table give the same bytes; a killed write leaves the file of before.
    """
    folders = {name: str(lake_dir / "raw" / f"raw_{name}" / "*" / "*.parquet") for name in _SOURCES}
    with duckdb.connect() as connection:
        uses = [Used(*row) for row in connection.execute(_USES, folders).fetchall()]
    rows = unit_prices(uses)
    path = lake_dir / UNIT_PRICES.folder / "part.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    write_partition(partial, [to_arrow(rows, UNIT_PRICES.schema)], schema=UNIT_PRICES.schema)
    partial.replace(path)
    return len(rows)
