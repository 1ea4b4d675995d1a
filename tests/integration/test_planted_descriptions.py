"""Whoever opens a release reads in it what each table and column means."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.demo_lake import ReleasedDemo

FILES = {"marts.duckdb": {"main": "marts", "metrics": "metrics"}, "metrics.duckdb": {"main": "metrics"}}
"""Schemas of each file, and what they are called in the dbt project."""


def described(manifest: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """The models that are published, by schema and name."""
    return {
        (node["config"]["schema"], node["name"]): node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["schema"] in ("marts", "metrics")
    }


def words(text: str) -> list[str]:
    """A text without how its lines are broken."""
    return text.split()


@pytest.mark.parametrize("name", FILES)
def test_every_table_and_column_carries_its_description(
    name: str, released: ReleasedDemo, dbt_manifest: Mapping[str, Any]
) -> None:
    wanted = described(dbt_manifest)
    with duckdb.connect(str(released.release.folder / name), read_only=True) as release:
        tables = release.execute("select schema_name, table_name, comment from duckdb_tables()").fetchall()
        columns = release.execute(
            "select schema_name, table_name, column_name, comment from duckdb_columns() where not internal"
        ).fetchall()
    assert {(FILES[name][schema], table) for schema, table, _ in tables} == {
        key for key in wanted if key[0] in FILES[name].values()
    }
    for schema, table, comment in tables:
        assert words(comment or "") == words(wanted[FILES[name][schema], table]["description"]), table
    assert len(columns) > 900
    for schema, table, column, comment in columns:
        meaning = wanted[FILES[name][schema], table]["columns"][column]["description"]
        assert comment, f"{table}.{column} has no comment"
        assert words(comment) == words(meaning), f"{table}.{column}"


def test_the_comments_are_in_the_current_release(released: ReleasedDemo) -> None:
    current = Path(released.home.settings.published_dir / "current" / "metrics.duckdb")
    with duckdb.connect(str(current), read_only=True) as release:
        found = release.execute(
            "select comment from duckdb_columns() where table_name = 'rpt_usage' and column_name = 'estimate'"
        ).fetchone()
    assert found is not None
    assert "null where suppressed or withheld" in str(found[0])
