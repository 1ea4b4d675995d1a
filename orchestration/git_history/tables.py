"""The tables of git as the lake holds them; the row types are `ingest/git_rows.py`'s."""

from orchestration.ingest.git_rows import GIT_TABLES, GitTable
from orchestration.landing.lake import LakeTable


def git_lake_table(table: GitTable) -> LakeTable:
    """One table: a single file, made anew as a whole in each run."""
    return LakeTable(f"git/{table.name}", table.schema, partition_column=None)


def git_lake_tables() -> tuple[LakeTable, ...]:
    """All tables, in the order of GIT_TABLES."""
    return tuple(map(git_lake_table, GIT_TABLES))
