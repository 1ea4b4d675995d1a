"""Rows become a table, records, CSV or JSON lines; no row is left out, and null is no zero."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

from orchestration.desk.result_table import listed, rendered

NAMES = ("tool", "share", "since")
ROWS = [("Bash", 0.25, date(2026, 3, 2)), ("Read", None, None)]


def test_numbers_are_aligned_to_the_right_and_null_is_said() -> None:
    assert list(rendered(NAMES, ROWS)) == [
        "tool  share  since",
        "----  -----  ----------",
        "Bash   0.25  2026-03-02",
        "Read   null  null",
        "2 rows",
    ]


def test_what_is_wider_than_the_terminal_is_written_record_by_record() -> None:
    assert list(rendered(NAMES, ROWS[:1], width=20)) == [
        "-- row 1",
        "tool   Bash",
        "share  0.25",
        "since  2026-03-02",
        "1 row",
    ]


def test_every_row_is_written() -> None:
    rows = [(number,) for number in range(5_000)]
    lines = list(rendered(["number"], rows, width=80))
    assert len(lines) == 5_003
    assert lines[-1] == "5,000 rows"


def test_an_empty_result_says_so() -> None:
    assert list(rendered(NAMES, []))[-1] == "0 rows"


def test_csv_quotes_and_leaves_null_empty() -> None:
    lines = list(rendered(("name", "n"), [('a "b", c', 1.0), (None, None)], to="csv"))
    assert lines == ["name,n", '"a ""b"", c",1', ","]


def test_json_keeps_numbers_truth_and_null() -> None:
    at = datetime(2026, 3, 2, 10, tzinfo=UTC)
    row = (1, 0.5, True, None, Decimal("1.25"), float("nan"), date(2026, 3, 2), at, ["a", 1], "ü")
    (line,) = rendered(list("abcdefghij"), [row], to="json")
    assert list(json.loads(line).values()) == [
        1, 0.5, True, None, 1.25, None, "2026-03-02", "2026-03-02T10:00:00+00:00", ["a", 1], "ü",
    ]  # fmt: skip


def test_small_and_large_numbers_keep_their_digits() -> None:
    shown = list(rendered(["x"], [(0.000012,), (1234567.89,), (3.0,)]))[2:5]
    assert [line.strip() for line in shown] == ["1.2e-05", "1234567.89", "3"]


def test_a_long_text_is_broken_within_the_terminal() -> None:
    text = "One row per session: one lineage of records over all files."
    assert list(listed(("table", "grain"), [("fct_sessions", text)], width=50)) == [
        "table         grain",
        "fct_sessions  One row per session: one lineage of",
        "              records over all files.",
    ]
    assert text in list(listed(("table", "grain"), [("fct_sessions", text)]))[2]
    assert text in list(listed(("table", "grain"), [("fct_sessions", text)], width=20))[2]
