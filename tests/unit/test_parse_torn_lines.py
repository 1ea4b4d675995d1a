"""Lines that a writer left unfinished: the record after a torn one, or after zeros, is read all the same.

Seen in public: a record cut anywhere with the next one at once on its line, as often as not in a session
that goes on (https://github.com/anthropics/claude-code/issues/81843, /52387; Codex:
https://github.com/openai/codex/issues/24425), and zeros where a crash left a file its length and not its data
(https://github.com/anthropics/claude-code/issues/49876, /76059).
"""

from pathlib import Path

import pytest

from orchestration.ingest.read_lines import LineCounts, read_lines
from tests.parsed import Tables, assert_accounted, parse, rows_of
from tests.rollouts import Rollout, parse_rollouts
from tests.transcripts import plain

LINES = plain().lines.splitlines()


def spliced(tmp_path: Path, cut: int, *, of: int = 1) -> Tables:
    """A session in which the first bytes of one line stand before the whole line."""
    lines = [*LINES[:of], LINES[of][:cut] + LINES[of], *LINES[of + 1 :]]
    return parse(tmp_path, s1=b"\n".join(lines))


@pytest.mark.parametrize("cut", range(2, len(LINES[1]), 31))
def test_record_after_a_torn_one_is_read_wherever_the_tear_is(tmp_path: Path, cut: int) -> None:
    tables = spliced(tmp_path, cut)
    assert rows_of(tables) == rows_of(parse(tmp_path, s1=b"\n".join(LINES)))
    (piece,) = tables.quarantined_lines
    assert (piece["line_number"], piece["byte_count"], piece["reason"]) == (2, cut, "not_json")
    assert_accounted(tables)


def test_several_torn_lines_cost_what_is_torn_and_no_more(tmp_path: Path) -> None:
    lines = [LINES[0], *(line[: len(line) // 2] + line for line in LINES[1:])]
    tables = parse(tmp_path, s1=b"\n".join(lines))
    assert rows_of(tables) == rows_of(parse(tmp_path, s1=b"\n".join(LINES)))
    assert [piece["reason"] for piece in tables.quarantined_lines] == ["not_json"] * 3


def test_record_after_one_torn_within_a_letter_is_read(tmp_path: Path) -> None:
    written = plain()
    written.prompt("größer")
    lines = written.lines.splitlines()
    cut = lines[-1].index("ö".encode()) + 1
    tables = parse(tmp_path, s1=b"\n".join([*lines[:-1], lines[-1][:cut] + lines[-1]]))
    assert tables.column("human_acts", "text") == ["Say hello.", "größer"]
    assert [piece["reason"] for piece in tables.quarantined_lines] == ["not_utf8"]
    assert_accounted(tables)


@pytest.mark.parametrize("end", ["whole block", "half a block"])
def test_part_of_a_torn_record_is_no_record(tmp_path: Path, end: str) -> None:
    """A line that is cut behind a whole inner object ends as a line with a whole record does."""
    start = LINES[-1].index(b'{"type":"text"')
    cut = LINES[-1].index(b"}", start) + 1 if end == "whole block" else start + 12
    tables = parse(tmp_path, s1=b"\n".join([*LINES[:-1], LINES[-1][:cut]]))
    assert [piece["reason"] for piece in tables.quarantined_lines] == ["truncated_last_line"]
    assert tables.one("files")["object_count"] == 3
    assert tables.drift == []


def test_records_between_zeros_are_read(tmp_path: Path) -> None:
    lines = [LINES[0], b"\0" * 300 + LINES[1], LINES[2] + b"\0" * 9000, LINES[3], b"\0" * 5000]
    tables = parse(tmp_path, s1=b"\n".join(lines))
    assert rows_of(tables) == rows_of(parse(tmp_path, s1=b"\n".join(LINES)))
    pieces = [(piece["reason"], piece["byte_count"]) for piece in tables.quarantined_lines]
    assert pieces == [("binary", 300), ("binary", 9000), ("binary", 5000)]
    assert_accounted(tables)


@pytest.mark.parametrize(
    "line",
    ['{"type":"user"}'.encode("utf-16"), b'{"text":"a\0b"}', b'{"a":1}\0' * 40],
    ids=["UTF-16", "zeros inside a text", "zeros all over"],
)
def test_line_that_is_no_text_is_one_bad_piece(line: bytes) -> None:
    (piece,) = read_lines(line, LineCounts())
    assert (piece.reason, piece.byte_count) == ("binary", len(line))


def test_torn_line_of_a_rollout_costs_its_torn_part(tmp_path: Path) -> None:
    rollout = Rollout()
    rollout.prompt("List it.")
    rollout.runs("ls", code=3)
    rollout.done()
    lines = rollout.lines().splitlines()
    (place,) = (number for number, line in enumerate(lines) if b"exited with code" in line)
    lines[place] = lines[place - 1][:90] + lines[place]
    tables = parse_rollouts(tmp_path, b"\n".join(lines))
    assert tables.one("tool_calls")["exit_code"] == 3
    assert len(tables.quarantined_lines) == 1
    assert_accounted(tables)
