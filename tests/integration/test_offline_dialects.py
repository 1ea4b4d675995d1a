"""The facts compile for four engines that are not here, without a connection, into SQL of their own grammar.

Compiled, not run: what a function means there is not seen here. dbt's adapters are those of
requirements-dialects.lock.
"""

from pathlib import Path

import pytest
import sqlglot

from tests.offline_dialect import TARGETS, compiled


@pytest.mark.parametrize("dialect", TARGETS)
def test_every_node_of_the_facts_compiles_and_parses(dialect: str, tmp_path: Path) -> None:
    nodes = compiled(dialect, tmp_path / dialect)
    models = [name for name in nodes if name.startswith(("stg_", "int_", "dim_", "fct_"))]
    assert len(models) > 100
    wrong = {}
    for name, sql in nodes.items():
        try:
            statements = sqlglot.parse(sql, read=dialect)
        except sqlglot.errors.ParseError as error:
            wrong[name] = str(error)[:300]
        else:
            assert len(statements) == 1, name
    assert not wrong
    assert not [name for name, sql in nodes.items() if "read_parquet" in sql]
    if dialect == "bigquery":
        assert not [name for name, sql in nodes.items() if "as double" in sql]
