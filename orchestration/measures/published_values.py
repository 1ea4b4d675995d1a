"""The published values of the catalogue as the dbt seed `published_values`.

Belongs here: the columns of the seed and its text. Not here: any value (catalog), the join with one's own
figures (dbt). `python -m orchestration.measures` writes the file; a test fails where it is another.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from orchestration.measures.grades import labelled_by
from orchestration.measures.measure import (
    OF_THE_ORGANISATION,
    ORGANISATION,
    Beside,
    Measure,
    PublishedValue,
)
from orchestration.measures.registry import load_measures, metric_of, needs_claude

SEED_FILE = Path(__file__).parents[2] / "dbt_project" / "seeds" / "published_values.csv"


class PublishedRow(NamedTuple):
    """One row per published cell and agent that it stands beside.

    `published_labelled_by`: model, or null where the value needs no labels; `is_measured`: whether a mart can
    hold one's own figure of it; `needs_claude`: whether that rests on a classifier that the rules do not
    answer.
    """

    published_cell_id: str
    agent: str
    metric_name: str
    statistic: str | None
    specification: str | None
    population: str | None
    segment_name: str
    segment_value: str
    published_id: str
    published_value: float | None
    published_low: float | None
    published_high: float | None
    published_text: str
    published_window: str
    published_baseline: str | None
    published_statistic: str
    published_labelled_by: str | None
    published_grade: str
    published_source: str
    published_note: str | None
    is_measured: bool
    needs_claude: bool


def published_rows() -> Iterator[PublishedRow]:
    """Every published cell beside each of its agents, in the order of the catalogue."""
    for measure in load_measures():
        for value in measure.published:
            for place in value.places:
                yield _row(measure, value, place)


def published_values_csv() -> str:
    """The seed's text; what is not there is empty, which dbt reads as null."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(PublishedRow._fields)
    for row in published_rows():
        writer.writerow([_text(value) for value in row])
    return file.getvalue()


def _row(measure: Measure, value: PublishedValue, place: Beside) -> PublishedRow:
    metric = metric_of(measure, value)
    is_of_organisation = metric is not None and metric.mart in OF_THE_ORGANISATION
    return PublishedRow(
        published_cell_id="|".join(value.cell),
        agent=ORGANISATION if is_of_organisation else place.agent,
        metric_name=value.metric_name,
        statistic=value.statistic,
        specification=value.specification,
        population=value.population,
        segment_name=value.segment_name,
        segment_value=value.segment_value,
        published_id=value.id or measure.id,
        published_value=value.value,
        published_low=value.low,
        published_high=value.high,
        published_text=value.text,
        published_window=value.window,
        published_baseline=value.baseline,
        published_statistic=value.measured_as,
        published_labelled_by=labelled_by(measure, value),
        published_grade=place.grade,
        published_source="+".join(value.source),
        published_note=place.note,
        is_measured=measure.not_measured is None,
        needs_claude=measure.not_measured is None and needs_claude(measure, value),
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return number_text(value) if isinstance(value, float) else str(value)


def number_text(value: float) -> str:
    """A number as it is published: 20, not 20.0; nothing is rounded."""
    return str(int(value)) if value == int(value) else repr(value)
