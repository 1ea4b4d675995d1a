"""Projects by name, on the page of one person.

Belongs here: which project has which name, and names that say which of several is meant. Not here: whether a
home may show names (ingest.projects leaves them out where not), figures by project (measures/catalog).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from orchestration.report.cells import Cell

PROJECT = "project"
PROJECTS = "dim_projects"
TOLD_APART_BY = 4
"""Characters of the pseudonym behind a name that several projects have."""


def project_names(path: Path) -> dict[str, str]:
    """Names by project id, of those that have one; `path`: `marts.duckdb` of a release."""
    import duckdb

    with duckdb.connect(str(path), read_only=True) as release:
        tables = {name for (name,) in release.execute("select table_name from duckdb_tables()").fetchall()}
        if PROJECTS not in tables:
            return {}
        named = release.execute(
            f"select project_id, project_name from {PROJECTS}"  # noqa: S608 - a name of ours
            " where project_name is not null order by all"
        ).fetchall()
    return told_apart({project: " ".join(str(name).split()) for project, name in named})


def told_apart(names: Mapping[str, str]) -> dict[str, str]:
    """The names, with the beginning of the pseudonym where several projects are called the same."""
    counted = Counter(names.values())
    return {
        project: name if counted[name] == 1 else f"{name} {project.rpartition('_')[2][:TOLD_APART_BY]}"
        for project, name in names.items()
    }


def with_project_names(cells: Iterable[Cell], names: Mapping[str, str]) -> list[Cell]:
    """The cells, those of a project by its name."""
    return [
        replace(cell, value_of_segment=names.get(cell.value_of_segment, cell.value_of_segment))
        if cell.segment == PROJECT
        else cell
        for cell in cells
    ]
