"""What the tables of a release and their columns mean, as the parsed dbt project describes them.

Belongs here: descriptions, types, keys and references of published tables, read from dbt's manifest. Not
here: the texts (dbt_project), the page made of them (desk), writing them into a release (release_copy).

dbt could write the texts into the warehouse itself (`persist_docs`). That costs 1.1 s of processor time a
build of the demo (15.0 against 13.9 s, four builds each). A release is made from nothing, so it would write
them once more: half a second per file, which is all that they cost from here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

PUBLISHED_SCHEMAS = ("marts", "metrics")


@dataclass(frozen=True)
class Column:
    """One column of a published table.

    `refers_to`: table and column that its values are in, if any. `is_required`: its contract forbids null.
    """

    name: str
    data_type: str
    description: str
    is_key: bool = False
    refers_to: str | None = None
    is_required: bool = False


@dataclass(frozen=True)
class Table:
    """One published table: its schema in a release, its grain, and its columns in order."""

    schema: str
    name: str
    description: str
    columns: tuple[Column, ...]

    @property
    def full_name(self) -> str:
        """The name in a query: `marts.fct_sessions`."""
        return f"{self.schema}.{self.name}"

    @property
    def grain(self) -> str:
        """The description's first sentence: "One row per …"."""
        return first_sentence(self.description)


def published_tables(manifest: Mapping[str, Any]) -> tuple[Table, ...]:
    """Every table of a release, by schema and name, from dbt's manifest.

    Texts are on one line each, so that they read alike in a comment, a page and a terminal.
    """
    nodes = manifest["nodes"]
    keys, references = _tested_keys(nodes.values()), _references(nodes.values())
    tables = [
        _table(node, keys[node["unique_id"]], references[node["unique_id"]])
        for node in nodes.values()
        if node["resource_type"] == "model" and node["config"]["schema"] in PUBLISHED_SCHEMAS
    ]
    return tuple(sorted(tables, key=lambda table: (table.schema, table.name)))


def first_sentence(text: str) -> str:
    """Up to the first full stop or colon outside brackets; the whole text where there is none."""
    depth = 0
    for place, mark in enumerate(text):
        depth += {"(": 1, ")": -1}.get(mark, 0)
        if mark in ".:" and not depth and text[place + 1 : place + 2] in ("", " "):
            return text[:place] + "."
    return text


def one_line(text: str) -> str:
    """A text without line breaks and repeated blanks."""
    return " ".join(text.split())


def _table(node: Mapping[str, Any], keys: set[str], references: Mapping[str, str]) -> Table:
    columns = tuple(
        Column(
            name=name,
            data_type=str(column["data_type"]),
            description=one_line(column["description"]),
            is_key=name in keys,
            refers_to=references.get(name),
            is_required=any(each["type"] == "not_null" for each in column.get("constraints", [])),
        )
        for name, column in node["columns"].items()
    )
    return Table(node["config"]["schema"], node["name"], one_line(node["description"]), columns)


def _tested_keys(nodes: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    """Columns that a test holds to be unique, by the id of their model."""
    found: dict[str, set[str]] = defaultdict(set)
    for node in nodes:
        if (node.get("test_metadata") or {}).get("name") == "unique":
            found[node["attached_node"]].add(node["column_name"])
    return found


def _references(nodes: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Tested references, by the id of the model that holds the column: column → `table.column`."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for node in nodes:
        metadata = node.get("test_metadata") or {}
        if metadata.get("name") == "relationships":
            table = metadata["kwargs"]["to"].split("'")[1]
            found[node["attached_node"]][node["column_name"]] = f"{table}.{metadata['kwargs']['field']}"
    return found
