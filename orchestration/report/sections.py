"""The sections of the report: one entry per measure of the catalogue, in the order of the three studies.

Belongs here: which figures a measure has, and the words around them. Not here: figures that the catalogue
declares (declared), rows (rows), drawing. A measure of the catalogue that has published rows has an entry:
nothing is listed by hand.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from orchestration.measures.measure import Measure, PublishedValue, Unit
from orchestration.measures.registry import load_measures, works_without_key
from orchestration.report import words
from orchestration.report.cells import Cell
from orchestration.report.declared import (
    LEAST_PERIODS,
    PERIODS,
    PERSONAL_PERIODS,
    claimed,
    declared_figures,
    lines_over_time,
    listed_tables,
)
from orchestration.report.figures import OVER_TIME, PARTS, Figure, Row
from orchestration.report.first_screen import metric_unit
from orchestration.report.rows import by_one_labeller, curve_rows, interval_rows, month_rows

CURVES = "rpt_experience_curves"

MOST_METRICS, MOST_LINES = 3, 7
"""Metrics of a figure over time, and lines of them that it can show apart."""

STUDIES: Mapping[str, tuple[str, str]] = {
    "A": ("study-a", "Study A: how autonomous are agents in practice?"),
    "B": ("study-b", "Study B: what do agents contribute?"),
    "C": ("study-c", "Study C: what does expertise return?"),
    "own": ("own", "What the studies do not have"),
}

USAGE = ("own-usage",)
TRUST = ("C31", "own-corrected-rates", "own-label-confusion", "own-label-coverage", "own-label-drift")
"""Measures of how far the labels can be trusted: a section of their own."""


@dataclass(frozen=True)
class Entry:
    """A measure on the page: its question, the answer in one line, its figures.

    `published`: what the study says and no figure shows, because there is no own figure of it.
    """

    measure: Measure
    answer: str
    figures: tuple[Figure, ...]
    published: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"measure-{self.measure.id.lower()}"


@dataclass(frozen=True)
class Section:
    """A part of the page. `absent`: the measures without a figure, each with the reason."""

    id: str
    title: str
    entries: tuple[Entry, ...]
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Release:
    """The cells of a release by table and metric, and what declared figures show of them."""

    by_metric: Mapping[tuple[str, str], list[Cell]]
    agents: Sequence[str]
    is_personal: bool
    claimed: set[int]
    over_time: set[tuple[str, str]]
    listed_tables: set[str]


def sections(cells: Sequence[Cell], agents: Sequence[str], *, is_personal: bool = False) -> list[Section]:
    """The sections after the first screen, those without an entry left out.

    `is_personal`: whether they are of one person, who sees own weeks and projects.
    """
    by_metric: dict[tuple[str, str], list[Cell]] = {}
    for cell in sorted(cells, key=lambda cell: agents.index(cell.agent)):
        by_metric.setdefault((cell.table, cell.metric), []).append(cell)
    measures = load_measures()
    release = _Release(
        by_metric, agents, is_personal, claimed(measures, by_metric, is_personal=is_personal),
        lines_over_time(measures), listed_tables(measures),
    )  # fmt: skip
    entries = {measure.id: entry for measure in measures if (entry := _entry(measure, release)) is not None}
    apart = {*USAGE, *TRUST}
    found = [
        Section(
            anchor,
            title,
            tuple(
                entry for name, entry in entries.items() if entry.measure.study == study and name not in apart
            ),
            tuple(
                why_absent(measure)
                for measure in measures
                if measure.study == study and measure.id not in entries
            ),
        )
        for study, (anchor, title) in STUDIES.items()
    ]
    found.append(Section("usage", "Usage and dollars", tuple(_of(entries, USAGE))))
    found.append(Section("trust", "How far can the labels be trusted?", tuple(_of(entries, TRUST))))
    return [section for section in found if section.entries]


def _of(entries: Mapping[str, Entry], names: Sequence[str]) -> Iterator[Entry]:
    return (entries[name] for name in names if name in entries)


def _entry(measure: Measure, release: _Release) -> Entry | None:
    """A measure's entry; None where the release has no row of it."""
    own = [
        cell
        for metric in measure.metrics
        for cell in release.by_metric.get((metric.mart, metric.name), ())
        if id(cell) not in release.claimed
    ]
    figures = (
        *declared_figures(measure, release.by_metric, is_personal=release.is_personal),
        *_figures(measure, _by_agent(own, release.agents), release),
    )
    return Entry(measure, _answer(figures), figures, _not_beside(measure, figures)) if figures else None


def why_absent(measure: Measure) -> str:
    """A measure that has no figure in a release: why not, and what the study says of it."""
    reason = measure.not_measured
    if reason is None:
        reason = words.why_hidden(None if works_without_key(measure) else "not_asked")
    told = dict.fromkeys(_said(value) for value in measure.published)
    published = f" Published: {'; '.join(told)}." if told else ""
    return f"{measure.question or measure.name} {reason.strip().rstrip('.')}.{published}"


def _not_beside(measure: Measure, figures: Sequence[Figure]) -> tuple[str, ...]:
    """The texts of published values that no row of the measure's figures has, each once."""
    cells = [
        cell for figure in figures for row in figure.listed for cell in (row.cell, row.across)
        if cell is not None and cell.published_text
    ]  # fmt: skip
    shown = {(cell.metric, cell.segment, cell.value_of_segment) for cell in cells}
    texts = {cell.published_text for cell in cells}
    return tuple(
        dict.fromkeys(
            f"{_said(value)} ({value.window})"
            for value in measure.published
            if (value.metric_name, value.segment_name, value.segment_value) not in shown
            and value.text not in texts
        )
    )


def _said(value: PublishedValue) -> str:
    """A published value in the study's words, after what it is of where it is of a part."""
    is_cut = value.segment_value != "all"
    return f"{words.plain(value.segment_value)}: {value.text}" if is_cut else value.text


def _by_agent(cells: Sequence[Cell], agents: Sequence[str]) -> list[Cell]:
    return sorted(cells, key=lambda cell: agents.index(cell.agent))


def _figures(measure: Measure, cells: Sequence[Cell], release: _Release) -> Iterator[Figure]:
    """One figure per table, unit and cut; over time too, where enough periods are shown.

    Folded away: cuts of which no study gives a value, and what is only listed.
    """
    groups: dict[tuple[str, Unit, str], list[Cell]] = {}
    everybody = {(cell.table, cell.metric) for cell in cells if cell.stands_for_all}
    for cell in cells:
        cut = cell.segment
        if cut in PARTS and (cell.table, cell.metric) in everybody:
            cut = "all"
        groups.setdefault((cell.table, metric_unit(cell), cut), []).append(cell)
    several = len({table for table, _, _ in groups}) > 1
    # Dollars answer what people ask of usage first.
    ordered = sorted(groups.items(), key=lambda item: item[0][1] != "usd")
    for number, ((table, unit, cut), group) in enumerate(ordered, start=1):
        name = f"{measure.id.lower()}-{number}"
        title = _title(table, cut, is_named=several)
        if table == CURVES:
            yield Figure(name, "curve", unit, title, curve_rows(group))
            continue
        is_drawn = table not in release.listed_tables
        title = title if is_drawn else f"everything else, {title}" if title else "everything else"
        rows = interval_rows(group)
        is_folded = not is_drawn or (cut != "all" and not any(row.cell.published_text for row in rows))
        yield Figure(name, "intervals", unit, title, rows, is_drawn=is_drawn, is_folded=is_folded)
        over_time = _over_time(group, release)
        if over_time:
            yield Figure(f"{name}-time", "months", unit, f"{title} over time".strip(), over_time)


def _title(table: str, cut: str, *, is_named: bool) -> str:
    of = words.plain(table.removeprefix("rpt_")) if is_named else ""
    by = "" if cut == "all" else f"by {words.plain(cut)}"
    return " ".join(part for part in (of, by) if part)


def _over_time(group: Sequence[Cell], release: _Release) -> tuple[Row, ...]:
    """Rows over months, or over quarters where months are too fine, of the metrics with most to show."""
    whole = [
        cell
        for cell in by_one_labeller(group)
        if cell.stands_for_all and (cell.table, cell.metric) not in release.over_time
    ]
    for kind in PERSONAL_PERIODS if release.is_personal else PERIODS:
        dated = [cell for cell in whole if cell.period_kind == kind]
        shown: dict[str, set[object]] = {}
        for cell in dated:
            if cell.is_shown:
                shown.setdefault(cell.metric, set()).add(cell.period_start)
        compared = {cell.metric for cell in whole if cell.published_text}
        long = sorted(
            (metric for metric, periods in shown.items() if len(periods) >= LEAST_PERIODS),
            key=lambda metric: metric not in compared,
        )[:MOST_METRICS]
        if long:
            rows = month_rows([cell for cell in dated if cell.metric in long and cell.is_shown])
            return rows if len({row.label for row in rows}) <= MOST_LINES else ()
    return ()


def _answer(figures: Sequence[Figure]) -> str:
    """A figure that is shown, in a sentence, with the published value; else why nothing is.

    The first figure that has a published value, else the first of everybody, else the first; one over time
    only where there is no other.
    """
    shown = [
        (figure, [row for row in figure.chosen(figure.first) if row.cell.is_shown])
        for figure in figures
        if figure.first is not None
    ]
    if shown:
        figure, rows = min(
            shown,
            key=lambda one: (
                one[0].kind in OVER_TIME,
                not any(row.cell.published_text for row in one[1]),
                # Of pairs nothing is of everybody, and they are what a study draws.
                one[0].kind != "pairs" and not any(row.cell.stands_for_all for row in one[1]),
            ),
        )  # fmt: skip
        return _answered(_first_told(rows, figure.unit), figure.unit)
    reasons = {row.cell.hidden for figure in figures for row in figure.rows}
    return words.why_hidden(next((reason for reason in sorted(map(str, reasons - {None}))), None))


def _first_told(rows: Sequence[Row], unit: Unit) -> Row:
    """The row that answers the question: one with a published value; of parts of a whole the largest."""
    compared = [row for row in rows if row.cell.published_text]
    if compared:
        return compared[0]
    is_of_parts = unit == "share" and all(not row.cell.stands_for_all for row in rows)
    return max(rows, key=lambda row: row.cell.estimate or 0.0) if is_of_parts else rows[0]


def _answered(row: Row, unit: Unit) -> str:
    text = row.said(unit)
    cell = row.cell
    if cell.n_sessions and cell.n_users:
        text += f", from {words.counted(cell.n_sessions, cell.table)} of {words.people(cell.n_users)}"
    if cell.published_text:
        text += f". Published: {cell.published_text}"
    if cell.is_baseline:
        text += ". A baseline by rules, not an estimate"
    return f"{text}."
