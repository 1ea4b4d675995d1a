"""A session whose parser raises, or whose rows fit no column, is set aside; the others are parsed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestration.ingest.sources import SOURCES
from orchestration.ingest.sources.claude_code import CLAUDE_CODE
from orchestration.ingest.sources.claude_code import parse as claude_parse
from orchestration.ingest.sources.source import ParseContext, SessionInput, SessionTables
from tests.parsed import Tables, assert_accounted, parse
from tests.transcripts import plain

SECRET = "words of a transcript"


def with_parse(monkeypatch: pytest.MonkeyPatch, spoil: Callable[[SessionTables], Any], **more: Any) -> None:
    """Parse as ever, but spoil what comes of the session `bad`."""

    def parse_session(session: SessionInput, files: Any, *, context: ParseContext) -> SessionTables:
        tables = claude_parse.parse_session(session, files, context=context)
        return spoil(tables) or tables if session.session_id == "bad" else tables

    monkeypatch.setitem(SOURCES, "claude_code", replace(CLAUDE_CODE, parse=parse_session, **more))


def raising(error: BaseException) -> Callable[[SessionTables], Any]:
    def spoil(_: SessionTables) -> None:
        raise error

    return spoil


def with_value(value: Any) -> Callable[[SessionTables], Any]:
    def spoil(tables: SessionTables) -> SessionTables:
        (session,) = tables["raw_sessions"]
        return {**tables, "raw_sessions": [session._replace(file_count=value)]}  # type: ignore[attr-defined]

    return spoil


def three(tmp_path: Path) -> Tables:
    return parse(tmp_path, plain("a"), plain("bad"), plain("c"))


@pytest.mark.parametrize(
    "error", [KeyError(SECRET), ValueError(SECRET), RecursionError(), AssertionError(SECRET)]
)
def test_parser_that_raises_sets_its_session_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with_parse(monkeypatch, raising(error))
    tables = three(tmp_path)
    assert tables.column("sessions", "session_id") == ["a", "c"]
    row = tables.one("set_aside_sessions")
    assert (row["session_id"], row["reason"]) == ("bad", "parser_error")
    assert row["error_type"] == type(error).__name__
    assert "in " in str(row["error_place"])
    assert SECRET not in str(tables.rows)
    assert (row["file_count"], row["object_count"]) == (1, len(plain("bad").records))
    assert_accounted(tables)


@pytest.mark.parametrize("value", ["many", 2**80, [1]])
def test_row_that_fits_no_column_sets_its_session_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: Any
) -> None:
    with_parse(monkeypatch, with_value(value))
    tables = three(tmp_path)
    assert tables.column("sessions", "session_id") == ["a", "c"]
    assert tables.one("set_aside_sessions")["session_id"] == "bad"
    assert_accounted(tables)


def test_source_that_cannot_count_is_counted_by_its_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_parse(monkeypatch, raising(KeyError()), count=None)
    assert_accounted(three(tmp_path))


@pytest.mark.parametrize("error", [OSError(28, "disk full"), MemoryError()])
def test_trouble_of_the_machine_is_no_fault_of_a_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    with_parse(monkeypatch, raising(error))
    with pytest.raises(type(error)):
        three(tmp_path)


def test_file_whose_scan_raises_is_archived_and_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scan(content: bytes, **times: Any) -> Any:
        if b'"bad"' in content:
            raise KeyError(SECRET)
        return CLAUDE_CODE.scan(content, **times)

    monkeypatch.setitem(SOURCES, "claude_code", replace(CLAUDE_CODE, scan=scan))
    tables = three(tmp_path)
    assert tables.column("sessions", "session_id") == ["a", "c"]
    assert len(tables.files) == 3
    ((path, reason),) = tables.report.unreadable
    assert path.name == "bad.jsonl"
    assert "KeyError" in reason
    assert SECRET not in reason
    assert_accounted(tables)
