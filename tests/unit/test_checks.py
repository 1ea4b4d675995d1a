"""A gate's check reports the verdict that was reached: failed, warned, passed, or nothing judged."""

from datetime import date

import dagster as dg
import pytest

from expectations.rule import Gate, Rule
from expectations.verdict import Verdict, VerdictStatus
from orchestration.checks import check_name, gate_check_results, gate_check_specs

GATE = Gate("raw_turns", "raw_turns", "date", "", (Rule("raw_turns.whole", "fail", "b", "r", "m", ()),))


def verdict(status: VerdictStatus) -> Verdict:
    bad = 3 if status != "pass" else 0
    day = date(2026, 3, 1)
    return Verdict("raw_turns", "raw_turns", day, "raw_turns.whole", "fail", status, bad, 9, "Mend it.")


@pytest.mark.parametrize(
    ("statuses", "passed", "severity"),
    [
        (["pass", "pass"], True, "WARN"),
        (["pass", "warn"], False, "WARN"),
        (["warn", "fail"], False, "ERROR"),
        (["error"], False, "ERROR"),
        ([], True, "WARN"),
    ],
)
def test_the_worst_verdict_decides(statuses: list[VerdictStatus], passed: bool, severity: str) -> None:
    (result,) = gate_check_results({"raw_turns": [GATE]}, [verdict(status) for status in statuses])
    assert result.passed is passed
    assert result.severity == dg.AssetCheckSeverity[severity]


def test_a_failed_check_names_date_rule_rows_and_remedy() -> None:
    (result,) = gate_check_results({"raw_turns": [GATE]}, [verdict("fail")])
    said = str(result.metadata["verdicts"].value)
    for part in ("2026-03-01", "raw_turns.whole", "3 of 9 rows", "Mend it."):
        assert part in said


def test_where_nothing_was_judged_the_check_says_so() -> None:
    (result,) = gate_check_results({"raw_turns": [GATE]}, [])
    assert "nothing was judged" in str(result.description)


def test_the_check_lists_the_rules_of_its_gate() -> None:
    (spec,) = gate_check_specs({"raw_turns": [GATE]})
    assert spec.name == check_name(GATE)
    assert spec.asset_key == dg.AssetKey("raw_turns")
    assert "raw_turns.whole (fail)" in str(spec.description)
