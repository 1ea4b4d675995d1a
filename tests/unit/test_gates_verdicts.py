"""What a verdict says and stops, and how findings are mapped back to dates; without Great Expectations."""

from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.conclude import conclude, unjudged
from expectations.frames import date_batches
from expectations.judge_frame import Finding, _finding
from expectations.rule import Gate, Rule, is_between, is_empty, is_true
from expectations.verdict import (
    Verdict,
    gate_result_rows,
    gate_results_schema,
    is_release_stopped,
    render,
    stopped_dates,
)
from orchestration.ingest.rows import to_arrow

MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
RULE = Rule(
    "t.small", "fail", "a number is large", "large numbers lie", "make it small", (is_between("n", 0, 9),)
)
WARNING = Rule("t.named", "warn", "something is odd", "odd is odd", "look", (is_empty("odd_columns"),))
GATE = Gate("t", "t", "date", "select", (RULE, WARNING))
FRAME = pd.DataFrame(
    {
        "session_date": ["2026-03-02", "2026-03-03", "2026-03-03"],
        "n": [1, 20, 30],
        "odd_columns": [None, "b a", "b"],
    }
)


def verdict(**values: Any) -> Verdict:
    fields: dict[str, Any] = {
        "gate": "t",
        "table_name": "t",
        "partition_date": MONDAY,
        "rule": "t.small",
        "severity": "fail",
        "status": "fail",
        "unexpected_count": 1,
        "row_count": 1200,
        "message": "a number is large",
    }
    return Verdict(**fields | values)


@pytest.mark.parametrize(
    ("status", "is_stopping"), [("pass", False), ("warn", False), ("fail", True), ("error", True)]
)
def test_failures_and_errors_stop(status: str, is_stopping: bool) -> None:
    own = verdict(status=status)
    assert own.is_stopping == is_stopping
    assert stopped_dates([own]) == ({MONDAY: [own]} if is_stopping else {})
    assert is_release_stopped([own]) == is_stopping


def test_stopped_dates_are_in_order_and_leave_out_the_warehouse() -> None:
    late, early, none = verdict(partition_date=TUESDAY), verdict(), verdict(partition_date=None)
    assert list(stopped_dates([late, none, early])) == [MONDAY, TUESDAY]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "t 2026-03-02: t.small fails for 1 of 1,200 rows: a number is large"),
        ({"status": "warn"}, "t 2026-03-02: t.small warns for 1 of 1,200 rows: a number is large"),
        ({"partition_date": None}, "t: t.small fails for 1 of 1,200 rows: a number is large"),
        ({"status": "pass"}, "t 2026-03-02: t.small holds for 1,200 rows."),
        ({"status": "error"}, "t 2026-03-02: t.small could not be judged on 1,200 rows: a number is large"),
    ],
)
def test_a_verdict_reads_as_one_sentence(values: dict[str, Any], sentence: str) -> None:
    assert render(verdict(**values)) == sentence


def test_verdicts_are_rows_of_gate_results() -> None:
    now = datetime(2026, 3, 4, 12, tzinfo=UTC)
    rows = gate_result_rows([verdict(), verdict(partition_date=None)], run_id="r1", checked_at=now)
    table = to_arrow(rows, gate_results_schema())
    assert table["partition_date"].to_pylist() == [MONDAY, None]
    assert table["run_id"].to_pylist() == ["r1", "r1"]


def test_findings_are_mapped_to_their_dates() -> None:
    findings = [
        Finding(RULE.id, RULE.expects[0], (1, 2), None),
        Finding(WARNING.id, WARNING.expects[0], (1,), None),
    ]
    found = conclude(GATE, FRAME, findings, [MONDAY, TUESDAY, WEDNESDAY])
    assert [(v.partition_date, v.status, v.unexpected_count, v.row_count) for v in found] == [
        (MONDAY, "pass", 0, 1),
        (TUESDAY, "fail", 2, 2),
        (WEDNESDAY, "pass", 0, 0),
        (MONDAY, "pass", 0, 1),
        (TUESDAY, "warn", 1, 2),
        (WEDNESDAY, "pass", 0, 0),
    ]
    assert found[1].message == "a number is large (n); large numbers lie. What to do: make it small."
    assert found[4].message == "something is odd (a, b); odd is odd. What to do: look."


def test_a_row_that_breaks_two_expectations_of_a_rule_is_counted_once() -> None:
    twice = Rule("t.two", "fail", "wrong", "why", "what", (is_between("n", 0, 9), is_true("is_n")))
    findings = [Finding("t.two", expect, (1,), None) for expect in twice.expects]
    (found,) = conclude(Gate("t", "t", "date", "select", (twice,)), FRAME, findings, [TUESDAY])
    assert found.unexpected_count == 1


def test_an_error_is_a_stop_on_the_dates_that_have_rows() -> None:
    findings = [Finding(WARNING.id, WARNING.expects[0], (), "KeyError")]
    found = {
        v.partition_date: v
        for v in conclude(GATE, FRAME, findings, [MONDAY, WEDNESDAY])
        if v.rule == WARNING.id
    }
    assert (found[MONDAY].status, found[MONDAY].severity) == ("error", "warn")
    assert "KeyError" in found[MONDAY].message
    assert found[WEDNESDAY].status == "pass"


def test_a_frame_that_cannot_be_read_is_an_error_of_every_rule() -> None:
    found = unjudged(GATE, [MONDAY, TUESDAY], "BinderException")
    assert {(v.partition_date, v.rule, v.status) for v in found} == {
        (day, rule.id, "error") for day in (MONDAY, TUESDAY) for rule in (RULE, WARNING)
    }


def result(**values: Any) -> Any:
    plain = {
        "success": True,
        "exception_info": {"raised_exception": False},
        "result": {"unexpected_index_list": []},
    }
    return SimpleNamespace(**plain | values)


RAISED = {"raised_exception": True, "exception_traceback": "File \"x\"\nKeyError: 'a secret'"}


@pytest.mark.parametrize(
    ("own", "error"),
    [
        (result(), None),
        (result(success=False, result={"unexpected_index_list": [3]}), None),
        (result(success=False, exception_info=RAISED), "KeyError"),
        (result(success=False, exception_info={"metric 1": RAISED}), "KeyError"),
        (result(success=False), "NoRowsNamed"),
        (result(success=False, result={}), "NoRowsNamed"),
        (result(result={"unexpected_index_list": [3]}), "NoRowsNamed"),
        (None, "NoResult"),
    ],
)
def test_a_result_that_does_not_settle_its_rule_is_an_error(own: Any, error: str | None) -> None:
    assert _finding(RULE.id, RULE.expects[0], own).error == error


def test_dates_are_judged_together_up_to_a_number_of_rows(tmp_path: Path) -> None:
    staged = {}
    for day, rows in ((MONDAY, 4), (TUESDAY, 4), (WEDNESDAY, 9)):
        path = tmp_path / f"{day}.parquet"
        pq.write_table(pa.table({"n": list(range(rows))}), path)
        staged[day] = {"raw_turns": path}
    assert list(date_batches(staged, max_rows=8)) == [(MONDAY, TUESDAY), (WEDNESDAY,)]
    assert list(date_batches(staged, max_rows=100)) == [(MONDAY, TUESDAY, WEDNESDAY)]
    assert list(date_batches({})) == []
