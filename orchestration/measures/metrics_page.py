"""The catalogue of measurements as a page for people, docs/metrics.md.

Belongs here: how a measure reads. Not here: what it says (catalog). `python -m orchestration.measures`
writes the file; a test fails where it is another.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from orchestration.measures.measure import Measure, Metric, PublishedValue
from orchestration.measures.published_values import number_text
from orchestration.measures.registry import described, load_measures, needs_claude, works_without_key

PAGE_FILE = Path(__file__).parents[2] / "docs" / "metrics.md"

STUDIES = {
    "A": "Study A: autonomy of agents",
    "B": "Study B: AI that builds itself",
    "C": "Study C: returns to expertise",
    "own": "Measures of this platform",
}

INTRODUCTION = """\
# Metrics

This page lists every measure, what it means, which table holds it, and what the studies published. It is
generated from `orchestration/measures/catalog` by `python -m orchestration.measures`.

Each figure is a row of a table in the `metrics` schema, found by its `agent` and `metric_name`, with the
number of sessions and users, an interval, the share of unknowns, the labeller and its fingerprint. No
figure combines several agents: a user of two agents is counted with each. Null means suppressed, withheld
or without observations, never zero; the table says which. `rpt_published_beside_own` compares every
published value with your own figure. What the studies say of sessions is about Claude Code, and is compared
with its figures alone. What study A says of single tool calls comes from its public API: it is compared with
API traffic, and with Claude Code as context only.

A week or month contains the activity that happened in it, whenever the session started. Figures of whole
sessions (outcomes and other labels, ratios such as turns per session) count in the period in which the
session started. Each table's description says which rule it follows.

A published value has a grade: **same** (definition, population, statistic, specification and kind of
labeller are the study's), **similar** (something differs, and the note says what) or **context** (for
information, not for comparison); [comparability.md](comparability.md) gives the reasons for every grade
same. Figures labelled by rules are context, whatever the grade of the value. The source of a value is the
study's page, a caption, a figure (read off, approximate), the appendix or a secondary text. A measure that
*needs Claude* depends on a classifier that the rules do not answer; all others work without a key.
"""


def metrics_page() -> str:
    """The page's text."""
    return "\n".join(_lines(load_measures())) + "\n"


def _lines(measures: Iterable[Measure]) -> Iterator[str]:
    yield INTRODUCTION.rstrip()
    for study, title in STUDIES.items():
        of_study = [measure for measure in measures if measure.study == study]
        if of_study:
            yield f"\n## {title}"
        for measure in of_study:
            yield from _section(measure)


def _section(measure: Measure) -> Iterator[str]:
    yield f"\n### {measure.id} {measure.name}" if measure.study != "own" else f"\n### {measure.name}"
    yield f"\n{_sentence(measure.definition)}\n"
    yield f"- Unit: {measure.unit}"
    yield f"- Left out: {measure.exclusions}"
    if measure.parameters:
        yield "- Parameters: " + "; ".join(f"{name} = {value}" for name, value in measure.parameters.items())
    yield f"- Caveat: {measure.caveat}"
    if measure.not_measured:
        yield f"- Not measured: {measure.not_measured}"
    else:
        yield f"- Needs: {_needs(measure)}"
    if measure.metrics_of:
        yield f"- Uses the metrics of: {', '.join(measure.metrics_of)}"
    if measure.metrics:
        yield "\n| Metric | Table and column | Unit | Definition | Needs |\n|---|---|---|---|---|"
        yield from (_metric_row(measure, metric) for metric in measure.metrics)
    if measure.published:
        yield "\n| Published | Compared with | As | Window | Grade | Source | Note |"
        yield "|---|---|---|---|---|---|---|"
        yield from (_published_row(measure, value) for value in measure.published)


def _needs(measure: Measure) -> str:
    if not measure.needs and measure.is_asked_apart:
        return "answers of Claude that are no labels"
    if not measure.needs:
        return "nothing but transcripts; works without a key"
    names = ", ".join(measure.needs)
    return f"{names}; {'works without a key' if works_without_key(measure) else 'needs Claude'}"


def _metric_row(measure: Measure, metric: Metric) -> str:
    statistics = f" ({', '.join(metric.statistics)})" if metric.statistics else ""
    needs = ", ".join(measure.needs_of(metric)) or "–"
    if metric.is_circular_by_rules:
        needs += "; not by rules, because that would be circular"
    # The last sentence, on null, is the same for all of them and is at the top of the page.
    definition = described(metric).rsplit(". Null", 1)[0]
    tested = "; primary test" if metric.is_primary else ""
    return (
        f"| `{metric.name}` | `{metric.mart}.{metric.column}`{statistics} | {metric.unit} | "
        f"{definition}{tested} | {needs} |"
    )


def _published_row(measure: Measure, value: PublishedValue) -> str:
    window = f"{value.window}, against {value.baseline}" if value.baseline else value.window
    cell = " · ".join(
        part
        for part in (value.statistic, value.specification, value.population, _segment(value))
        if part is not None and part != "all"
    )
    beside = f"`{value.metric_name}`" + (f" {cell}" if cell else "")
    key = "; needs Claude" if measure.not_measured is None and needs_claude(measure, value) else ""
    return (
        f"| {_shown(value)} | {beside}{key} | {value.measured_as} | {window} | {_grades(value)} | "
        f"{'+'.join(value.source)} | {_notes(value)} |"
    )


def _grades(value: PublishedValue) -> str:
    """The grade, and those for other agents than the studied one."""
    return "; ".join([value.grade, *(f"for {place.agent} {place.grade}" for place in value.beside)])


def _notes(value: PublishedValue) -> str:
    named = [f"{place.agent}: {place.note}" for place in value.beside if place.note]
    return "; ".join([*([value.note] if value.note else []), *named])


def _segment(value: PublishedValue) -> str | None:
    return None if value.segment_name == "all" else f"{value.segment_name}={value.segment_value}"


def _shown(value: PublishedValue) -> str:
    """The value as numbers, where it has any, and in the study's words."""
    numbers = [number_text(one) for one in (value.low, value.high) if one is not None]
    exact = [] if value.value is None else [number_text(value.value)]
    told = " ".join([*exact, *([f"[{' – '.join(numbers)}]"] if numbers else [])])
    return f"{told}: {value.text}" if told else value.text


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
