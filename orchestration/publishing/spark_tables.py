"""The home's tables in Spark's catalogue: those of the lake, made before a pass, and taking all away.

Belongs here: the schemas, which table of Spark lies over which folder of the lake. Not here: the
connection (spark_connection), the pass itself (warehouse), how its results are read (spark_views), how dbt's
sources become these tables (its macro `source`). A record in the home says where its
tables are: a deletion finds them also when the settings have changed since.
"""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing.journal import write_json
from orchestration.publishing.parsed_project import LOCATION
from orchestration.publishing.spark_connection import Ask, SparkError, SparkPlace, asking, require_spark
from orchestration.settings import Settings

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

RESULT_SCHEMAS = ("seeds", "intermediate", "marts")
"""Schemas of the pass `facts` whose tables are read afterwards."""

SCHEMAS = ("lake", "staging", *RESULT_SCHEMAS)
"""Every schema that the pass makes in Spark's catalogue, without the prefix of the home."""

_OURS = "sessionmart"
"""Comment of our schemas: one without it is somebody else's, and is never dropped."""

_FOLDER = re.compile(r"read_parquet\('(?P<folder>.+?)/(?P<dates>\*/)?[^/']*\.parquet'")
_LISTED_ONLY = ("estimates",)
"""Sources of the second pass."""


def begin_pass(settings: Settings, manifest: "Manifest") -> None:
    """Drop what an earlier pass left, then make schemas and the tables of the lake. Raises SparkError."""
    place = SparkPlace.of(settings)
    clear_spark(settings)
    with asking(place) as ask:
        _drop(place, ask)
        write_json(_record(settings), asdict(place))
        for schema in SCHEMAS:
            ask(
                f"create schema {place.prefix}_{schema} comment '{_OURS}' "
                f"location '{_quoted(str(place.folder_of(schema)))}'"
            )
        for statement in lake_statements(manifest, place.prefix):
            ask(statement)


def continue_pass(settings: Settings) -> None:
    """Make Spark ready for models that are built alone. Raises SparkError where it has no table of the home.

    A home whose facts DuckDB built has none, nor a server that has forgotten its catalogue. A server of one
    session remembers which files a table had: those of the lake may be others now.
    """
    place = SparkPlace.of(settings)
    if _recorded(settings) == place:
        with asking(place) as ask:
            there = {name for (name,) in ask("show schemas")}
            if there >= {f"{place.prefix}_{schema}" for schema in SCHEMAS}:
                for schema, table, *_ in ask(f"show tables in {place.prefix}_lake"):
                    ask(f"refresh table {schema}.{table}")
                return
    raise SparkError(
        f"Spark on {place.host}:{place.port} has no tables of this home on which a model could be built "
        "alone. Start the job `publish_landed`, which builds all of them."
    )


def lake_statements(manifest: "Manifest", prefix: str) -> Iterator[str]:
    """One statement for each source of the first pass: a table over its folder, with the files' columns.

    The columns are said, not inferred: files of dates that an older version landed may lack some, and read as
    null there, as with DuckDB.
    """
    for source in sorted(manifest.sources.values(), key=lambda each: each.unique_id):
        if source.source_name in _LISTED_ONLY:
            continue
        found = _FOLDER.search(str(source.meta[LOCATION]))
        if found is None:
            raise SparkError(f"The files of the source {source.unique_id} are not named in a way known here.")
        folder = Path(found["folder"].replace("''", "'").replace("{name}", source.name))
        files = sorted(folder.glob("*/*.parquet" if found["dates"] else "*.parquet"))
        if not files:
            raise SparkError(
                f"No file of the table {source.source_name}.{source.name} is in {found['folder']}. Spark "
                "reads a lake of folders that this machine sees too, not one on an object store alone."
            )
        columns = [f"`{field.name}` {_type(field.type)}" for field in pq.read_schema(files[0])]
        dates = ""
        if found["dates"]:
            column, _, value = files[0].parent.name.partition("=")
            columns.append(f"`{column}` {'date' if value.count('-') == 2 else 'string'}")
            dates = f" partitioned by (`{column}`)"
        yield (
            f"create table {prefix}_lake.{source.source_name}_{source.name} ({', '.join(columns)}) "
            f"using parquet{dates} location '{_quoted(str(folder))}'"
        )


def clear_spark(settings: Settings) -> None:
    """Drop every table that the home has in Spark, with its files. Raises SparkError if Spark is away.

    Spark keeps no earlier state of these tables (their format is plain Parquet), and its tables of the lake
    have no rows of their own. The record goes last: until then, each call begins anew.
    """
    place = _recorded(settings)
    if place is None:
        return
    require_spark()
    with asking(place) as ask:
        _drop(place, ask)
    for schema in SCHEMAS:
        shutil.rmtree(place.folder_of(schema), ignore_errors=True)
        if place.folder_of(schema).exists():
            raise SparkError(
                f"{place.folder_of(schema)} holds rows of people, and could not be removed: remove it as the "
                "user of Spark, and run the same command again."
            )
    _record(settings).unlink()


def _recorded(settings: Settings) -> SparkPlace | None:
    """Where the home has tables; None where it has none."""
    path = _record(settings)
    return SparkPlace(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def _record(settings: Settings) -> Path:
    return settings.home / "spark.json"


def _drop(place: SparkPlace, ask: Ask) -> None:
    there = {name for (name,) in ask("show schemas")}
    for schema in (f"{place.prefix}_{each}" for each in SCHEMAS):
        if schema in there:
            described = {row[0]: row[1] for row in ask(f"describe schema {schema}")}
            if described.get("Comment") != _OURS:
                raise SparkError(
                    f"The schema {schema} in Spark's catalogue is not one that sessionmart made, so it stays "
                    "as it is: set spark_schema to a name that nobody uses."
                )
            ask(f"drop schema {schema} cascade")


_TYPES = {
    pa.string(): "string", pa.large_string(): "string", pa.bool_(): "boolean", pa.int32(): "int",
    pa.int64(): "bigint", pa.float64(): "double", pa.date32(): "date", pa.timestamp("us"): "timestamp_ntz",
}  # fmt: skip


def _type(arrow: pa.DataType) -> str:
    """Spark's name of a type of the lake."""
    if pa.types.is_list(arrow):
        return f"array<{_type(arrow.value_type)}>"
    return _TYPES[arrow]


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
