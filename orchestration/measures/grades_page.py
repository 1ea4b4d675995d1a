"""The table that defends every grade `same`, docs/comparability.md: the study's terms and ours, side by side.

Belongs here: how the defence reads. Not here: what limits a grade (grades), the grades themselves (catalog).
`python -m orchestration.measures` writes the file; a test fails where it is another.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from orchestration.measures.grades import GRADES, QUESTIONS, UNITS, quantity_of, same_rows
from orchestration.measures.measure import Measure, Metric, PublishedValue
from orchestration.measures.registry import load_measures, needs_of_value

GRADES_FILE = Path(__file__).parents[2] / "docs" / "comparability.md"

INTRODUCTION = """\
# What is comparable with the studies

This page is generated from `orchestration/measures` by `python -m orchestration.measures`.

A published value has one of three grades. **same**: definition, population, statistic, specification and
kind of labeller are the study's. **similar**: something differs, and the note of the value says what.
**context**: the value is for information, not for comparison. A grade belongs to a cell, not to a measure:
an adjusted share is compared with the adjusted share of the same specification, and a curve with a curve,
never with a single rate.

A grade also belongs to a row. The study's labels come from a model, so figures labelled by rules are
context at most, and figures labelled by people are similar at most. Where labels agree too little with
people, their figures have no published value next to them. Labels with an opt-out are never compared,
because the study forces one option.
"""


def grades_page() -> str:
    """The page's text."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield INTRODUCTION.rstrip()
    yield "\n## What is the same\n"
    yield "| Value | Aspect | The study | Your figure |\n|---|---|---|---|"
    for measure, metric, value in same_rows():
        yield from _row(measure, metric, value)
    yield "\n## What keeps a grade below same\n"
    yield "| Where | Why |\n|---|---|"
    yield from (f"| labels of `{name}` | {_cell(reason)} |" for name, reason in QUESTIONS.items())
    yield from (f"| figures in {unit} | {_cell(reason)} |" for unit, reason in UNITS.items())
    yield "\n## How many values have which grade\n"
    yield "| Grade | Values |\n|---|---|"
    counted = Counter(
        place.grade for measure in load_measures() for value in measure.published for place in value.places
    )
    yield from (f"| {grade} | {counted[grade]} |" for grade in reversed(GRADES))


def _row(measure: Measure, metric: Metric, value: PublishedValue) -> Iterator[str]:
    """One line per aspect, the value named in the first of them."""
    assert value.same_as is not None
    cut = "" if value.segment_name == "all" else f" {value.segment_name}={value.segment_value}"
    named = f"{measure.id} `{value.metric_name}`{cut}: {value.text}"
    needs = needs_of_value(measure, value)
    labeller = "a model" if needs else "no labels"
    by = f"; by the labels of {' and '.join(needs)}" if needs else ""
    specification = value.specification or "none"
    aspects = (
        ("definition", value.same_as.definition, f"{metric.numerator}{by}"),
        ("population", value.same_as.population, f"{metric.denominator}; left out: {measure.exclusions}"),
        ("statistic", value.measured_as, f"{quantity_of(metric, value.statistic)}".replace("_", " ")),
        ("specification", specification, specification),
        ("labeller", labeller, labeller),
    )
    for number, (aspect, theirs, own) in enumerate(aspects):
        yield f"| {_cell(named) if number == 0 else ''} | {aspect} | {_cell(theirs)} | {_cell(own)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").strip()
