"""A line of the survey → its row: bands of a closed list, and nothing that says who answered.

Belongs here: what a line may hold, and the number that stands for a band. Not here: the questions themselves
in docs, medians (estimates.survey_medians).
"""

import re
from datetime import date
from typing import Any, get_args

from orchestration.supplied.reading import SuppliedContext, UnusableLineError, required, text_of, word_of
from orchestration.supplied.rows import (
    SURVEY_ANSWERS,
    OutputBand,
    QualityParity,
    ShareBand,
    SurveyAnswer,
)

_QUARTER = re.compile(r"(?P<year>20\d\d)-?[Qq](?P<quarter>[1-4])")

_ITEMS: dict[str, tuple[str, ...]] = {
    "output_multiplier": get_args(OutputBand),
    "new_work_share": get_args(ShareBand),
    "deferred_work_share": get_args(ShareBand),
    "quality_parity": get_args(QualityParity),
}


def rows_of_answer(record: dict[str, Any], context: SuppliedContext) -> dict[Any, list[Any]]:  # noqa: ARG001
    """The row of one line; its number within the quarter is given when all are read (`numbered`).

    Fields that the format does not know are not read, so that no name can come in. Raises UnusableLineError.
    """
    found = _QUARTER.fullmatch(text_of(required(record.get("quarter"))) or "")
    if found is None:
        raise UnusableLineError("malformed_value")
    items = {name: word_of(record.get(name), words) for name, words in _ITEMS.items()}
    if not any(items.values()):
        raise UnusableLineError("missing_field")
    start = date(int(found["year"]), 3 * int(found["quarter"]) - 2, 1)
    return {SURVEY_ANSWERS: [SurveyAnswer(start, 0, **items)]}  # type: ignore[arg-type]  # words of the lists


def numbered(rows: list[SurveyAnswer]) -> list[SurveyAnswer]:
    """The answers ordered by what they say and numbered by quarter: their place in the file says nothing."""
    ordered = sorted(rows, key=lambda row: (row.quarter_start, *map(str, row[2:])))
    count: dict[date, int] = {}
    found = []
    for row in ordered:
        count[row.quarter_start] = count.get(row.quarter_start, 0) + 1
        found.append(row._replace(answer_number=count[row.quarter_start]))
    return found
