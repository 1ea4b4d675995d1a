"""Labels of one date from the landed raw tables; and sessions as a labeller sees them."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from fakes.session_rows import START, SessionRows, row

from classifiers.call_units import EVERY_CALL
from classifiers.rules.labeller import (
    RULES_CLASSIFIERS,
    RULES_COLUMNS,
    label_day,
    label_session,
    rules_label_tables,
)
from classifiers.session_record import ReadTable, sessions_of_day
from orchestration.ingest.rows import RAW_TABLES, RawSession, to_arrow

SCHEMAS = {table.name: table.schema for table in RAW_TABLES}


def counted(rows: tuple[Any, ...]) -> list[tuple[object, ...]]:
    """Rows whose nulls are filled where the raw table allows none."""
    return [
        tuple(
            _filler(field) if value is None and not field.nullable else value
            for value, field in zip(found, SCHEMAS[TABLE_OF[type(found).__name__]], strict=True)
        )
        for found in rows
    ]


def _filler(field: pa.Field) -> object:
    if pa.types.is_string(field.type):
        return ""
    return 0.0 if pa.types.is_floating(field.type) else 0


TABLE_OF = {table.row_type.__name__: table.name for table in RAW_TABLES}


@pytest.fixture
def read_table() -> ReadTable:
    """Two sessions: one with a commit, one of which only the session row landed."""
    rows = SessionRows()
    rows.says("add a button")
    rows.edits()
    rows.commits()
    sessions = (
        row(RawSession, session_id="s2", started_at=START, ended_at=START),
        row(RawSession, session_id="s1", started_at=START, ended_at=rows.record().ended_at),
    )
    held = {
        "raw_sessions": sessions,
        "raw_turns": tuple(rows.turns),
        "raw_human_acts": tuple(rows.acts),
        "raw_tool_calls": tuple(rows.calls),
        "raw_events": tuple(rows.events),
    }
    tables = {name: to_arrow(counted(found), SCHEMAS[name]) for name, found in held.items()}

    def read(name: str) -> pa.Table:
        return tables[name]  # raw_responses is not there: the rules must not ask for it

    return read


def test_every_session_has_a_row_in_every_label_table(read_table: ReadTable) -> None:
    tables = label_day(read_table)
    schemas = rules_label_tables()
    assert set(tables) == set(schemas)
    of_calls = {one.name for one in RULES_CLASSIFIERS if one.unit_kind == "tool_call"}
    for name, table in tables.items():
        assert table.schema == schemas[name]
        if not name.endswith("_items") and name not in of_calls:
            assert table["unit_id"].to_pylist() == ["s1", "s2"]
            assert set(table["labeller"].to_pylist()) == {"rules"}


def test_calls_have_labels_where_they_are_drawn_and_settled(read_table: ReadTable) -> None:
    assert label_day(read_table)["reversibility"].num_rows == 0
    found = label_day(read_table, calls=EVERY_CALL)["reversibility"].to_pylist()
    assert found
    assert {(row["unit_kind"], row["reversibility"]) for row in found} == {
        ("tool_call", "reversible_trivially")
    }
    assert all(row["unit_id"].startswith(f"{row['session_id']}|") for row in found)


def test_labels_carry_their_sessions_end_so_that_a_second_run_is_the_same(read_table: ReadTable) -> None:
    first, second = label_day(read_table), label_day(read_table)
    assert all(first[name].equals(second[name]) for name in first)
    assert first["outcome"]["labelled_at"].to_pylist()[1] == START.replace(tzinfo=None)


def test_a_given_time_of_labelling_is_kept(read_table: ReadTable) -> None:
    at = datetime(2026, 5, 1, tzinfo=UTC)
    assert set(label_day(read_table, labelled_at=at)["outcome"]["labelled_at"].to_pylist()) == {
        at.replace(tzinfo=None)
    }


def test_landed_rows_give_the_labels_of_the_rows_in_memory(read_table: ReadTable) -> None:
    (landed, _) = sessions_of_day(read_table, columns=RULES_COLUMNS)
    rows = SessionRows()
    rows.says("add a button")
    rows.edits()
    rows.commits()
    in_memory = rows.record()
    at = in_memory.ended_at
    assert landed.calls[0].called_at == in_memory.calls[0].called_at  # aware, in UTC
    assert label_session(landed, labelled_at=at) == label_session(in_memory, labelled_at=at)


def test_columns_that_are_not_read_are_none(read_table: ReadTable) -> None:
    (session, _) = sessions_of_day(read_table, columns=RULES_COLUMNS)
    assert session.calls[0].lines_added is None
    assert session.responses == ()


def test_a_date_without_sessions_gives_typed_empty_tables() -> None:
    tables = label_day(lambda name: SCHEMAS[name].empty_table())
    assert all(
        tables[name].num_rows == 0 and tables[name].schema == rules_label_tables()[name] for name in tables
    )
