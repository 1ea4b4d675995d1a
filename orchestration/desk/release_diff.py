"""What is different between two releases of a home: how they were made, tables, rows and figures.

Belongs here: comparing two release folders. Not here: publishing one (release), the file that an analyst
opens (release_file). Figures are compared by their key, which names metric, cell and fingerprint: a figure
of other labels is a new one, and the one before is gone.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.desk.release_file import MARTS_FILE
from orchestration.desk.result_table import rendered
from orchestration.publishing.release import MANIFEST

RELATIVE_TOLERANCE = 1e-9
"""Figures that differ by less are the same number, computed in another order."""


@dataclass(frozen=True)
class FigureCounts:
    """Figures of one table in both releases. `shown` and `hidden`: their estimate came, or went."""

    table: str
    same: int
    changed: int
    shown: int
    hidden: int
    new: int
    gone: int

    @property
    def has_difference(self) -> bool:
        return any((self.changed, self.shown, self.hidden, self.new, self.gone))


@dataclass(frozen=True)
class ChangedFigure:
    """A figure over the whole time that is not cut, before and after; null where it has no estimate."""

    table: str
    agent: str
    metric_name: str
    labeller: str | None
    before: float | None
    after: float | None


@dataclass(frozen=True)
class ReleaseDiff:
    """Everything in which two releases differ."""

    before: str
    after: str
    made: tuple[tuple[str, str, str], ...]
    rows: tuple[tuple[str, int | None, int | None], ...]
    columns: tuple[tuple[str, str, str], ...]
    figures: tuple[FigureCounts, ...]
    changed: tuple[ChangedFigure, ...]


def compare_releases(before: Path, after: Path) -> ReleaseDiff:
    """The differences between two release folders, the older one first."""
    manifests = [json.loads((folder / MANIFEST).read_text(encoding="utf-8")) for folder in (before, after)]
    with duckdb.connect(":memory:") as connection:
        for name, folder in (("earlier", before), ("later", after)):
            path = str(folder / MARTS_FILE).replace("'", "''")
            connection.execute(f"attach '{path}' as {name} (read_only)")
        tables = _tables_of_figures(connection)
        columns = tuple(_columns(connection))
        counts = tuple(_count(connection, table) for table in tables)
        changed = tuple(figure for table in tables for figure in _changed(connection, table))
    return ReleaseDiff(
        before=before.name,
        after=after.name,
        made=tuple(_made(*manifests)),
        rows=tuple(_rows(*(manifest["row_counts"] for manifest in manifests))),
        columns=columns,
        figures=tuple(one for one in counts if one.has_difference),
        changed=changed,
    )


def render_diff(diff: ReleaseDiff) -> Iterator[str]:
    """The differences for a terminal; what is the same in both is left out."""
    yield f"{diff.before} → {diff.after}"
    if not (diff.made or diff.rows or diff.columns or diff.figures):
        yield "Nothing is different."
    if diff.made:
        yield ""
        yield from rendered(("made with", "before", "after"), diff.made)
    if diff.rows:
        yield ""
        yield from rendered(("table", "rows before", "rows after"), diff.rows)
    if diff.columns:
        yield ""
        yield from rendered(("table", "column", "is"), diff.columns)
    if diff.figures:
        yield ""
        names = ("figures of", "same", "changed", "now shown", "now hidden", "new", "gone")
        yield from rendered(names, [astuple(one) for one in diff.figures])
    if diff.changed:
        yield ""
        yield "Figures over the whole time that are not cut:"
        yield from rendered(
            ("table", "agent", "metric", "labeller", "before", "after"),
            [astuple(one) for one in diff.changed],
        )


def _made(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Versions and settings that are not the same; the run's own id always is another."""
    for part in ("made_by", "settings", "primary_set"):
        old, new = before.get(part, {}), after.get(part, {})
        for name in sorted({*old, *new} - {"run_id"}):
            if old.get(name) != new.get(name):
                yield name, str(old.get(name)), str(new.get(name))


def _rows(
    before: Mapping[str, int], after: Mapping[str, int]
) -> Iterator[tuple[str, int | None, int | None]]:
    """Tables whose rows are not as many; None where a release has no such table."""
    for table in sorted({*before, *after}):
        if before.get(table) != after.get(table):
            yield table, before.get(table), after.get(table)


def _columns(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str, str]]:
    """Columns that one of the releases alone has, of tables that both have."""
    rows = connection.execute(
        "with columns as (select database_name, table_name, column_name from duckdb_columns()"
        " where database_name in ('earlier', 'later')), shared as (select table_name from columns"
        " group by table_name having count(distinct database_name) = 2)"
        " select table_name, column_name, if(min(database_name) = 'later', 'new', 'gone') from columns"
        " where table_name in (from shared) group by all having count(*) = 1 order by all"
    ).fetchall()
    for table, column, what in rows:
        yield str(table), str(column), str(what)


def _tables_of_figures(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Tables of figures that both releases have."""
    rows = connection.execute(
        "select table_name from duckdb_columns() where column_name = 'figure_id'"
        " and database_name in ('earlier', 'later') group by all having count(*) = 2 order by all"
    ).fetchall()
    return [table for (table,) in rows]


_KINDS = ("same", "changed", "shown", "hidden", "new", "gone")


def _compared(table: str) -> str:
    """A query: every figure of both releases with what became of it, one of _KINDS."""
    return f"""
    select
        coalesce(new.agent, old.agent) as agent, coalesce(new.metric_name, old.metric_name) as metric_name,
        new.labeller, new.period_kind, new.segment_name, new.statistic,
        old.estimate as before, new.estimate as after,
        case
            when old.figure_id is null then 'new'
            when new.figure_id is null then 'gone'
            when before is null and after is null then 'same'
            when before is null then 'shown'
            when after is null then 'hidden'
            when abs(before - after) <= {RELATIVE_TOLERANCE} * abs(before) then 'same'
            else 'changed'
        end as kind
    from earlier.metrics.{table} as old
    full join later.metrics.{table} as new on old.figure_id = new.figure_id
    """  # noqa: S608 - names of ours


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> FigureCounts:
    rows = connection.execute(f"select kind, count(*) from ({_compared(table)}) group by kind").fetchall()  # noqa: S608 - ours
    counts = dict(rows)
    return FigureCounts(table, *(counts.get(kind, 0) for kind in _KINDS))


def _changed(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[ChangedFigure]:
    rows = connection.execute(
        f"select '{table}', agent, metric_name, labeller, before, after from ({_compared(table)})"  # noqa: S608 - ours
        " where kind in ('changed', 'shown', 'hidden') and period_kind = 'overall' and segment_name = 'all'"
        " and statistic is null order by all"
    ).fetchall()
    for row in rows:
        yield ChangedFigure(*row)
