"""The published figures as the report reads them: one row type for every table of a release.

Belongs here: reading `metrics.duckdb`, and the name and period of a cell. Not here: which cells a figure
shows (sections), how they are drawn (specs).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.estimates.standing import OF_THE_LABELS, of_best_labeller
from orchestration.privacy.released_figures import REPEATING

DURATIONS = "rpt_turn_durations"
"""The one table of figures with columns of its own: seconds, and a series instead of a segment."""

CLUSTERS = "rpt_clusters"
"""The table that names clusters, whose ids say nothing to a reader."""


@dataclass(frozen=True)
class Cell:
    """One published figure: what it is of, its value with its 95 % interval, and what to know about it.

    `estimate` is in the metric's own unit (seconds, shares between 0 and 1, US dollars). Null values mean
    that nothing is known; `hidden` then says why, and `is_private` whether for privacy or for precision.
    """

    table: str
    agent: str
    metric: str
    statistic: str | None
    specification: str | None
    population: str | None
    labeller: str | None
    fingerprint: str | None
    standing: str | None
    period_kind: str
    period_start: date | None
    segment: str
    value_of_segment: str
    estimate: float | None
    low: float | None
    high: float | None
    n_sessions: int | None
    n_users: int | None
    unknown_share: float | None
    published: float | None
    published_low: float | None
    published_high: float | None
    published_text: str | None
    grade: str | None
    hidden: str | None
    is_private: bool

    @property
    def period(self) -> str:
        """The period as a reader picks it: `all`, or its kind and first day."""
        return self.period_kind if self.period_start is None else f"{self.period_kind} {self.period_start}"

    @property
    def is_shown(self) -> bool:
        return self.estimate is not None

    @property
    def is_baseline(self) -> bool:
        """Whether the labels behind it are not known to be good enough for an estimate."""
        return self.standing == "baseline"

    @property
    def stands_for_all(self) -> bool:
        """Whether the cell is of everybody, in no segment."""
        return self.segment == "all"


_SECONDS = "estimate_seconds as estimate, interval_low_seconds as low, interval_high_seconds as high"
_OF_TABLES = {
    "labeller": "labeller",
    "fingerprint": "fingerprint",
    "standing": "standing",
    "statistic": "statistic",
    "specification": "specification",
    "population": "population",
    "unknown_share": "unknown_share",
}

_CLUSTER_NAMES = f"""
    with names as (
        select agent, segment_name, segment_value, any_value(cluster_name) as cluster_name
        from metrics.{CLUSTERS} group by all
    )
    select
        agent, segment_name, segment_value,
        -- Clusters of one name get their id too.
        case when count(*) over (partition by agent, segment_name, cluster_name) > 1
            then cluster_name || ' ' || segment_value else cluster_name end as cluster_name
    from names
"""  # noqa: S608 - names of ours


def is_sessions(cell: Cell) -> bool:
    """Whether a cell is the count of an agent's sessions over the whole time."""
    return (
        (cell.table, cell.metric, cell.period) == ("rpt_activity", "sessions", "overall")
        and cell.stands_for_all
    )  # fmt: skip


def shown_cells(cells: Iterable[Cell]) -> list[Cell]:
    """The cells that the page is made of: of the best labeller each, unless they compare labellers."""
    return of_best_labeller(
        cells,
        key=lambda cell: (
            (cell.table, cell.agent, cell.metric),
            None if cell.table in OF_THE_LABELS else cell.labeller,
            cell.hidden,
        ),
    )


def read_cells(path: Path) -> list[Cell]:
    """Every figure of a release, in the order of their tables and keys; `path`: its `metrics.duckdb`."""
    import duckdb

    found: list[Cell] = []
    with duckdb.connect(str(path), read_only=True) as release:
        columns: dict[str, set[str]] = {}
        for table, column in release.execute(
            "select table_name, column_name from information_schema.columns where table_schema = 'main'"
        ).fetchall():
            columns.setdefault(table, set()).add(column)
        for table in sorted(columns):
            if table not in REPEATING and {"metric_name", "suppressed_reason"} <= columns[table]:
                found += _cells(release.execute(_query(table, columns)), table)
    return found


def _query(table: str, columns: Mapping[str, set[str]]) -> str:
    """The columns of a cell, null where a table does not have them; clusters are called by their names."""
    has = columns[table]
    optional = ", ".join(
        f"{source if source in has else 'null'} as {name}" for name, source in _OF_TABLES.items()
    )
    figures = _SECONDS if table == DURATIONS else "estimate, interval_low as low, interval_high as high"
    has_clusters = CLUSTERS in columns and table != DURATIONS
    value = "coalesce(cluster_name, segment_value)" if has_clusters else "segment_value"
    segment = "series, 'all'" if table == DURATIONS else f"segment_name, {value}"
    named = (
        f" left join ({_CLUSTER_NAMES}) using (agent, segment_name, segment_value)" if has_clusters else ""
    )
    return (
        f"select agent, metric_name, {optional}, period_kind, period_start, {segment}, {figures}, "  # noqa: S608
        "n_sessions, n_users, published_value, published_low, published_high, published_text, "
        "published_grade, suppressed_reason, withheld_reason "
        f"from metrics.{table}{named} order by all"
    )


def _cells(rows: Any, table: str) -> Iterable[Cell]:
    for (
        agent, metric, labeller, fingerprint, standing, statistic, specification, population, unknown,
        period_kind, period_start, segment, value, estimate, low, high,
        n_sessions, n_users, published, published_low, published_high, text, grade, suppressed, withheld,
    ) in rows.fetchall():  # fmt: skip
        is_series = table == DURATIONS
        yield Cell(
            table=table, agent=agent, metric=metric,
            statistic=segment if is_series else statistic, specification=specification,
            population=population, labeller=labeller, fingerprint=fingerprint, standing=standing,
            period_kind=period_kind, period_start=period_start,
            segment="all" if is_series else segment, value_of_segment="all" if is_series else value,
            estimate=estimate, low=low, high=high,
            n_sessions=n_sessions, n_users=n_users, unknown_share=unknown,
            published=published, published_low=published_low, published_high=published_high,
            published_text=text, grade=grade, hidden=suppressed or withheld,
            is_private=suppressed is not None,
        )  # fmt: skip
