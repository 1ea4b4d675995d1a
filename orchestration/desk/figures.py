"""The published figures of one metric, with its definition and why a number is missing.

Belongs here: reading the figures of a metric from a release, whichever table they are in, and laying them
out. Not here: what a metric means (measures), what may be shown (privacy), headlines of all (publishing).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any, Literal, get_args

import duckdb

from orchestration.desk.result_table import rendered
from orchestration.failures import WrongInputError
from orchestration.measures.measure import Measure, Metric
from orchestration.measures.registry import described, load_measures, metrics
from orchestration.publishing.headlines import DURATIONS, in_unit

Period = Literal["overall", "quarter", "month", "week", "day"]
PERIODS: tuple[Period, ...] = get_args(Period)

REASONS = {
    "small_cell": "hidden: too few people or sessions, or it would reveal a figure that is hidden",
    "no_observations": "nothing to compute it from",
    "not_asked": "the labeller was not asked what it rests on",
}
"""What a reason of a release means; others are their own words."""


@dataclass(frozen=True)
class Definition:
    """What a metric means in one table of the release."""

    table: str
    measure: str
    measure_name: str
    unit: str
    definition: str
    exclusions: str
    caveat: str
    needs: tuple[str, ...]


@dataclass(frozen=True)
class PublishedFigure:
    """One figure of a release, and the published value that a study has of it. Null is never zero."""

    table: str
    agent: str
    labeller: str | None
    standing: str | None
    statistic: str | None
    specification: str | None
    population: str | None
    period_kind: str
    period_start: date | None
    segment_name: str
    segment_value: str
    estimate: float | None
    interval_low: float | None
    interval_high: float | None
    n_sessions: int | None
    n_users: int | None
    unknown_share: float | None
    published_value: float | None
    published_grade: str | None
    why_not: str | None


@dataclass(frozen=True)
class ShownMetric:
    """A metric with what it means and its figures of one kind of period."""

    name: str
    period_kind: str
    definitions: tuple[Definition, ...]
    figures: tuple[PublishedFigure, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as JSON has them."""
        found = asdict(self)
        for figure in found["figures"]:
            start = figure["period_start"]
            figure["period_start"] = None if start is None else start.isoformat()
        return found


def shown_metric(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    *,
    period: Period = "overall",
    segment: str | None = None,
) -> ShownMetric:
    """The figures of a metric by kind of period, all segments or the one that is named (`all`: not cut).

    Raises WrongInputError for a name that no metric has, naming similar ones.
    """
    defined = [
        (measure, metric) for measure in load_measures() for metric in measure.metrics if metric.name == name
    ]
    if not defined:
        raise WrongInputError(_unknown(name))
    tables = sorted({metric.mart for _, metric in defined})
    figures = [
        figure
        for table in tables
        for figure in _figures(connection, table, name, period)
        if segment is None or figure.segment_name == segment
    ]
    return ShownMetric(name, period, tuple(_definition(*one) for one in defined), tuple(figures))


def render_figures(shown: ShownMetric) -> Iterator[str]:
    """The metric for a terminal, table by table: its definition, then a line per figure.

    Figures that are missing are counted by their reason; `to_dict` has them one by one.
    """
    for one in shown.definitions:
        yield f"{shown.name} in metrics.{one.table} ({one.unit}; measure {one.measure}: {one.measure_name})"
        yield f"  {one.definition}"
        yield f"  Left out: {one.exclusions}"
        yield f"  Caveat: {one.caveat}"
        if one.needs:
            yield f"  Rests on labels of: {', '.join(one.needs)}"
        yield ""
        own = [figure for figure in shown.figures if figure.table == one.table]
        if not own:
            yield f"This release has no figure of {shown.name} for the period {shown.period_kind}."
        yield from _table([figure for figure in own if figure.estimate is not None], one.unit)
        if any(figure.standing == "baseline" for figure in own):
            yield "baseline: of rules that no person has reviewed, to compare with and no estimate"
        missing = Counter(figure.why_not or "no reason is given" for figure in own if figure.estimate is None)
        for why, count in sorted(missing.items()):
            yield f"{count:,} without a figure: {why}"
        yield ""


def _table(figures: Sequence[PublishedFigure], unit: str) -> Iterator[str]:
    """The figures in columns; a column that none of them has is left out."""
    rows = [_row(figure, unit) for figure in figures]
    kept = [place for place, _ in enumerate(_HEADINGS) if any(row[place] is not None for row in rows)]
    if rows:
        yield from rendered(
            [_HEADINGS[place] for place in kept],
            [["" if row[place] is None else row[place] for place in kept] for row in rows],
        )


_HEADINGS = (
    "agent", "labeller", "standing", "statistic", "specification", "population", "from", "segment", "figure",
    "95 % interval", "sessions", "users", "unknown", "published", "grade",
)  # fmt: skip


def _row(figure: PublishedFigure, unit: str) -> Sequence[str | None]:
    is_cut = figure.segment_name != "all"
    interval = None
    if figure.interval_low is not None and figure.interval_high is not None:
        interval = f"{_number(figure.interval_low, unit)} – {_number(figure.interval_high, unit)}"
    return (
        figure.agent,
        figure.labeller,
        figure.standing if figure.labeller else None,
        figure.statistic,
        figure.specification,
        figure.population if figure.population != "all" else None,
        None if figure.period_start is None else figure.period_start.isoformat(),
        f"{figure.segment_name}={figure.segment_value}" if is_cut else "all",
        None if figure.estimate is None else _number(figure.estimate, unit),
        interval,
        None if figure.n_sessions is None else f"{figure.n_sessions:,}",
        None if figure.n_users is None else f"{figure.n_users:,}",
        None if figure.unknown_share is None else f"{figure.unknown_share:.1%}",
        None if figure.published_value is None else _number(figure.published_value, unit),
        figure.published_grade if figure.published_value is not None else None,
    )


def _number(value: float, unit: str) -> str:
    if unit in ("share", "per_1000", "seconds"):
        return in_unit(value, unit)
    return (
        f"{value:,.0f}" if value == int(value) else f"{value:,.4g}" if abs(value) < 100 else f"{value:,.1f}"
    )


def _figures(
    connection: duckdb.DuckDBPyConnection, table: str, name: str, period: str
) -> Iterator[PublishedFigure]:
    """The rows of one table; durations of turns have columns of their own, and are not cut."""
    is_durations = table == DURATIONS
    seconds = "_seconds" if is_durations else ""
    own = (
        "null, null, statistic, null, null, period_kind, period_start, 'all', 'all'"
        if is_durations
        else "labeller, standing, statistic, specification, population, period_kind, period_start,"
        " segment_name, segment_value"
    )
    rows = connection.execute(
        f"select '{table}', agent, {own}, estimate{seconds}, interval_low{seconds}, interval_high{seconds},"  # noqa: S608 - ours
        f" n_sessions, n_users, {'null' if is_durations else 'unknown_share'}, published_value,"
        f" published_grade, coalesce(suppressed_reason, withheld_reason) from metrics.{table}"
        " where metric_name = ? and period_kind = ? order by all",
        [name, period],
    ).fetchall()
    for row in rows:
        reason = row[-1]
        why = None if reason is None else REASONS.get(reason, str(reason).replace("_", " "))
        yield PublishedFigure(*(*row[:-1], why))


def _definition(measure: Measure, metric: Metric) -> Definition:
    return Definition(
        table=metric.mart,
        measure=measure.id,
        measure_name=measure.name,
        unit=metric.unit,
        definition=described(metric),
        exclusions=" ".join(measure.exclusions.split()),
        caveat=" ".join(measure.caveat.split()),
        needs=tuple(measure.needs_of(metric)),
    )


def _unknown(name: str) -> str:
    names = sorted({metric.name for metric in metrics()})
    near = get_close_matches(name, names, n=5, cutoff=0.5)
    near += [one for one in names if name and name in one and one not in near][: 5 - len(near)]
    meant = f" Did you mean {', '.join(near)}?" if near else ""
    return f"There is no metric {name}.{meant} docs/metrics.md lists all of them with their definitions."
