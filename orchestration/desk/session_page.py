"""A session as a page of its own: the way back from a figure to the transcript behind it.

Belongs here: one session of the marts with its turns, its labels with their evidence, its title and its
redacted records as labellers read them. Not here: rendering records (classifiers.subject), which sessions a
figure counts (measures). The page is for those with access to row level, and runs no script.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from classifiers.subject.subject import SubjectRecord
from orchestration.failures import WrongInputError
from orchestration.labelling.choices import redactor_of
from orchestration.reviewing.sample import day_of_sessions, subjects_of_day
from orchestration.settings import Settings
from orchestration.stages import reader_of

TEMPLATE = "session_page.html.j2"
FEW = 5
"""Sessions that a wrong id is answered with."""

FACTS = (
    "agent", "surface", "started_at", "ended_at", "turn_count", "human_prompt_count", "tool_call_count",
    "tool_error_count", "interrupt_count", "lines_added", "lines_removed", "commit_count", "test_run_count",
)  # fmt: skip


class Answered(NamedTuple):
    """One answer of a label, with the short ids of the records that it cites."""

    classifier: str
    labeller: str
    field: str
    value: str
    cited: tuple[str, ...]


SHORTEST = 6
"""Characters of an id that are taken for one: fewer could be a metric's."""


def is_session(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Whether a name is the id of a session of the opened file, or begins one."""
    if len(name) < SHORTEST:
        return False
    has_marts = connection.execute(
        "select count(*) from duckdb_tables() where table_name = 'fct_sessions'"
    ).fetchall()
    return has_marts != [(0,)] and bool(_ids(connection, name))


def session_page(settings: Settings, connection: duckdb.DuckDBPyConnection, name: str) -> tuple[str, str]:
    """The id and the page of the session whose id is or begins with `name` (`is_session`).

    `connection`: the marts of a release. Raises WrongInputError where more than one begins so.
    """
    session_id = _session_id(connection, name)
    day = day_of_sessions(settings, [session_id]).get(session_id)
    records = () if day is None else _records(settings, day, session_id)
    template = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    ).get_template(TEMPLATE)
    return session_id, template.render(
        session_id=session_id,
        title=None if day is None else _title(settings, day, session_id),
        facts=_facts(connection, session_id),
        turns=_turns(connection, session_id),
        answers=_answers(connection, session_id, {record.record_id: record.short_id for record in records}),
        records=records,
    )


def _session_id(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    ids = _ids(connection, name)
    if name in ids or len(ids) == 1:
        return name if name in ids else ids[0]
    raise WrongInputError(f"{len(ids)} sessions begin with {name}: {', '.join(ids[:FEW])} …")


def _ids(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    found = connection.execute(
        "select session_id from marts.fct_sessions where starts_with(session_id, ?) order by 1", [name]
    ).fetchall()
    return [str(session_id) for (session_id,) in found]


def _facts(connection: duckdb.DuckDBPyConnection, session_id: str) -> list[tuple[str, Any]]:
    columns = ", ".join(FACTS)
    row = connection.execute(
        f"select {columns} from marts.fct_sessions where session_id = ?",  # noqa: S608 - names of ours
        [session_id],
    ).fetchone()
    assert row is not None
    return [
        (name.replace("_", " "), value) for name, value in zip(FACTS, row, strict=True) if value is not None
    ]


def _turns(connection: duckdb.DuckDBPyConnection, session_id: str) -> list[Mapping[str, Any]]:
    rows = connection.execute(
        "select turn_number, opened_by, end_reason, net_seconds, tool_call_count, tool_error_count, model"
        " from marts.fct_turns where session_id = ? order by started_at, turn_number",
        [session_id],
    )
    names = [column[0] for column in rows.description]
    return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


def _answers(
    connection: duckdb.DuckDBPyConnection, session_id: str, short_ids: Mapping[str, str]
) -> list[Answered]:
    """The current answers of every labeller, in the order of their questions."""
    rows = connection.execute(
        "select classifier, labeller, field, coalesce(value_text, value_number::varchar), evidence_record_ids"
        " from marts.fct_label_answers where session_id = ? and is_current"
        " order by classifier, labeller, item_number nulls first, field",
        [session_id],
    ).fetchall()
    return [
        Answered(
            classifier.replace("_", " "), labeller, field.replace("_", " "), value or "unknown",
            tuple(short_ids[cited] for cited in evidence or () if cited in short_ids),
        )
        for classifier, labeller, field, value, evidence in rows
    ]  # fmt: skip


def _title(settings: Settings, day: date, session_id: str) -> str | None:
    """The session's title, redacted a second time; none where the transcript states none."""
    rows = reader_of(settings, day)("raw_sessions").select(["session_id", "title"]).to_pylist()
    titles = {row["session_id"]: row["title"] for row in rows}
    title = titles[session_id]
    return None if title is None else redactor_of(settings).redact(title, Counter())


def _records(settings: Settings, day: date, session_id: str) -> Sequence[SubjectRecord]:
    """The session's records as labellers read them, redacted a second time; none where it cannot be shown."""
    for _, subjects in subjects_of_day(settings, day, {session_id}):
        subject = subjects.of("whole", session_id)
        return () if subject is None else subject.records
    return ()
