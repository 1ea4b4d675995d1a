"""What every asset tells Dagster in the same way: owners, column schemas, why a step failed.

Belongs here: plain reports → Dagster's metadata and failures. Not here: which dates landed (recording), what
a gate's check says (checks), and anything that reads or writes data.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dagster as dg
import pyarrow as pa

from orchestration.assets.recording import record_failure
from orchestration.failures import describe, frames, is_ours
from orchestration.landing.chunk import LandingReport

NOT_FORESEEN = (
    "Nothing foresaw this error. What was done before it stays: start the run again. If it fails at the same "
    "place, report it with the lines below, which hold nothing of a transcript."
)

OWNERS = ["team:data-engineering"]


def column_schema(schema: pa.Schema) -> dg.TableSchema:
    """The columns of a lake table as the UI shows them."""
    columns = [
        dg.TableColumn(
            field.name, str(field.type), constraints=dg.TableColumnConstraints(nullable=field.nullable)
        )
        for field in schema
    ]
    return dg.TableSchema(columns=columns)


def stopped_failure(reports: Mapping[str, LandingReport]) -> dg.Failure:
    """The failure of a run in which gates stopped dates; `reports` by what was landed."""
    stopped = [(name, each) for name, report in reports.items() for each in report.stopped]
    days = sorted({each.day.isoformat() for _, each in stopped})
    good = {day for report in reports.values() for day in report.landed} - {each.day for _, each in stopped}
    lines = [
        f"- **{each.day}** {name}: {message}"
        for name, each in stopped
        for message in sorted(set(each.messages))
    ]
    return dg.Failure(
        description=(
            f"{len(days)} date(s) were stopped by a gate and keep their last good state: {', '.join(days)}. "
            f"{len(good)} other date(s) landed. Nothing is released. Each rule below says what to do; "
            "afterwards start the run again: it repeats only the stopped dates.\n" + "\n".join(lines)
        ),
        metadata={"stopped_dates": dg.MetadataValue.md("\n".join(lines))},
        allow_retries=False,
    )


@contextmanager
def stated_failures() -> Iterator[None]:
    """Turn an error into a failure that holds no text of a transcript, whatever a library put into it."""
    try:
        yield
    except dg.Failure:
        raise
    except Exception as error:
        record_failure()
        where = "" if is_ours(error) else f"\n{NOT_FORESEEN}\n{frames(error)}"
        raise dg.Failure(description=f"{describe(error)}{where}", allow_retries=False) from None
