"""A line of a table of incidents, or of wages → its row.

Belongs here: what a line may hold. Not here: what is done with incidents (the retrospective review, the fate
of lines), what wages are multiplied with.
"""

from collections import Counter
from typing import Any

from classifiers.answers.occupations import SOC_CODES
from orchestration.supplied.reading import (
    SuppliedContext,
    UnusableLineError,
    in_order,
    required,
    sha_of,
    text_of,
    time_of,
    word_of,
)
from orchestration.supplied.rows import INCIDENTS, WAGES, Incident, Wage


def rows_of_incident(record: dict[str, Any], context: SuppliedContext) -> dict[Any, list[Any]]:
    """The row of one line, its texts redacted. Raises UnusableLineError."""
    said = required(record.get("incident_id"))
    if not isinstance(said, str | int) or isinstance(said, bool):
        raise UnusableLineError("malformed_value")
    row = Incident(
        incident_id=context.pseudonyms.incident(str(said)),
        project_id=context.project_id(text_of(record.get("repository"))),
        introduced_sha=sha_of(record.get("introduced_sha")),
        fixed_sha=sha_of(record.get("fixed_sha")),
        opened_at=required(time_of(record.get("opened_at"))),
        resolved_at=time_of(record.get("resolved_at")),
        title=_redacted(record.get("title"), context),
        description=_redacted(record.get("description"), context),
    )
    in_order(row.opened_at, row.resolved_at)
    return {INCIDENTS: [row]}


def rows_of_wage(record: dict[str, Any], context: SuppliedContext) -> dict[Any, list[Any]]:  # noqa: ARG001
    """The row of one line. Raises UnusableLineError."""
    occupation = required(word_of(record.get("occupation"), tuple(SOC_CODES)))
    wage = required(record.get("hourly_wage_usd"))
    if isinstance(wage, bool) or not isinstance(wage, int | float) or not 0 < wage < 10_000:
        raise UnusableLineError("malformed_value")
    return {WAGES: [Wage(occupation, float(wage), required(text_of(record.get("source"))))]}


def _redacted(value: Any, context: SuppliedContext) -> str | None:
    text = text_of(value)
    return None if text is None else context.redactor.redact(text, Counter())
