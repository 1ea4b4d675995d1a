"""The gates on staged dates, judged for real: every rule stops or warns on the bad case, and on it alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from expectations.gates import RAW_GATES
from expectations.judge_frame import FrameJudge
from expectations.rule import Rule
from expectations.validate import judge_dates
from expectations.verdict import Verdict, render, stopped_dates
from tests.fakes.gate_days import BREAKERS, PLANTED_SECRET, good_day, stage

GOOD = date(2026, 3, 1)
EMPTY = date(2026, 3, 2)
RULES = {rule.id: rule for gate in RAW_GATES for rule in gate.rules}
BAD = {rule_id: date(2026, 4, 1) + timedelta(days=number) for number, rule_id in enumerate(sorted(RULES))}

Staging = dict[date, dict[str, Path]]


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Staging:
    """A good date, an empty date, and for every rule a date that breaks it."""
    folder = tmp_path_factory.mktemp("staged")
    files: Staging = {GOOD: stage(good_day(GOOD), folder / "good"), EMPTY: {}}
    for rule_id, day in BAD.items():
        rows = good_day(day)
        BREAKERS[rule_id](rows)
        files[day] = stage(rows, folder / rule_id)
    return files


@pytest.fixture(scope="module")
def verdicts(staged: Staging) -> list[Verdict]:
    return judge_dates(staged)


def of(verdicts: list[Verdict], day: date) -> dict[str, Verdict]:
    return {verdict.rule: verdict for verdict in verdicts if verdict.partition_date == day}


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_bad_rows_break_the_rule_and_the_message_helps(verdicts: list[Verdict], rule_id: str) -> None:
    rule, day = RULES[rule_id], BAD[rule_id]
    verdict = of(verdicts, day)[rule_id]
    assert verdict.status == rule.severity
    assert 1 <= verdict.unexpected_count <= verdict.row_count
    assert (day in stopped_dates([verdict])) == (rule.severity == "fail")
    sentence = render(verdict)
    assert sentence.startswith(f"{verdict.table_name} {day}: {rule_id} ")
    assert f"{verdict.unexpected_count} of {verdict.row_count} rows" in sentence
    assert rule.breach in sentence
    assert sentence.endswith(f"What to do: {rule.remedy}.")


def test_every_rule_is_judged_on_every_date(staged: Staging, verdicts: list[Verdict]) -> None:
    for day in staged:
        assert of(verdicts, day).keys() == RULES.keys()
    assert len(verdicts) == len(staged) * len(RULES)


def test_a_good_date_among_bad_ones_goes_on(verdicts: list[Verdict]) -> None:
    assert {v.status for v in of(verdicts, GOOD).values()} == {"pass"}


def test_a_date_without_rows_passes(verdicts: list[Verdict]) -> None:
    assert {(v.status, v.row_count) for v in of(verdicts, EMPTY).values()} == {("pass", 0)}


def test_only_dates_that_break_a_failing_rule_are_stopped(verdicts: list[Verdict]) -> None:
    warned = {day for rule_id, day in BAD.items() if RULES[rule_id].severity == "warn"}
    # Some of the changes that warn break a rule that fails too: a file of five lines has no zero objects.
    assert stopped_dates(verdicts).keys() >= set(BAD.values()) - warned
    assert not stopped_dates(verdicts).keys() & {GOOD, EMPTY}


def test_one_date_is_judged_as_many_are(staged: Staging, verdicts: list[Verdict]) -> None:
    day = BAD["raw_turns.pseudonyms"]
    assert judge_dates({day: staged[day]}) == list(of(verdicts, day).values())


def test_no_dates_make_no_verdicts() -> None:
    assert judge_dates({}) == []


def test_messages_name_columns_and_never_values(verdicts: list[Verdict]) -> None:
    by_rule = {rule_id: of(verdicts, day)[rule_id].message for rule_id, day in BAD.items()}
    assert "(user_id)" in by_rule["raw_sessions.pseudonyms"]
    assert "(output_tokens)" in by_rule["raw_responses.not_negative"]
    assert "(source)" in by_rule["raw_events.complete"]
    assert "(result_text)" in by_rule["raw_tool_calls.no_secrets"]
    text = "\n".join(render(verdict) for verdict in verdicts)
    assert PLANTED_SECRET.split()[1] not in text
    assert "alex" not in text


def test_counts_are_those_of_the_date_alone(tmp_path: Path) -> None:
    one, three = date(2026, 5, 1), date(2026, 5, 2)
    staged: Staging = {}
    for day, count in ((one, 1), (three, 3)):
        rows = good_day(day)
        (act,) = rows["raw_human_acts"]
        rows["raw_human_acts"] = [act] + [act._replace(act_id=f"x{n}", user_id="root") for n in range(count)]
        staged[day] = stage(rows, tmp_path / str(count))
    verdicts = judge_dates(staged)
    found = [of(verdicts, day)["raw_human_acts.pseudonyms"] for day in (one, three)]
    assert [(v.unexpected_count, v.row_count) for v in found] == [(1, 2), (3, 4)]


def test_an_expectation_that_raises_stops_even_where_it_would_warn(
    staged: Staging, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Great Expectations leaves an expectation that raises its own severity, which may be a warning."""
    rule = RULES["raw_turns.permission_mode_known"]
    broken = tuple(
        expect._replace(arguments={**expect.arguments, "column": "absent"}) for expect in rule.expects
    )
    replace_rule(monkeypatch, Rule(**{**vars(rule), "expects": broken}))
    verdicts = judge_dates({GOOD: staged[GOOD]})
    errors = [verdict for verdict in verdicts if verdict.status == "error"]
    assert [(v.rule, v.severity) for v in errors] == [(rule.id, "warn")]
    assert stopped_dates(verdicts) == {GOOD: errors}
    assert "could not be judged" in render(errors[0])


def test_a_failing_engine_stops(staged: Staging, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("the text of a transcript")

    monkeypatch.setattr(FrameJudge, "_results", fails)
    verdicts = judge_dates({GOOD: staged[GOOD], EMPTY: {}})
    assert {v.status for v in of(verdicts, GOOD).values()} == {"error"}
    assert {v.status for v in of(verdicts, EMPTY).values()} == {"pass"}
    assert "RuntimeError" in verdicts[0].message
    assert "text of a transcript" not in verdicts[0].message


@pytest.mark.parametrize("damage", ["not_parquet", "column_missing"])
def test_a_date_whose_file_cannot_be_read_is_stopped_alone(
    staged: Staging, tmp_path: Path, damage: str
) -> None:
    bad = date(2026, 2, 1)
    files = stage(good_day(bad), tmp_path / "bad")
    DAMAGES[damage](files)
    verdicts = judge_dates({bad: files, GOOD: staged[GOOD]})
    assert stopped_dates(verdicts).keys() == {bad}
    assert "error" in {v.status for v in of(verdicts, bad).values()}
    assert {v.status for v in of(verdicts, GOOD).values()} == {"pass"}


def test_a_table_without_a_gate_is_refused(staged: Staging) -> None:
    with pytest.raises(ValueError, match=r"no gate for raw_moods: add a suite"):
        judge_dates({GOOD: {**staged[GOOD], "raw_moods": staged[GOOD]["raw_turns"]}})


def not_parquet(files: dict[str, Path]) -> None:
    files["raw_turns"].write_bytes(b"not parquet")


def column_missing(files: dict[str, Path]) -> None:
    pq.write_table(pq.read_table(files["raw_turns"]).drop_columns(["opened_by"]), files["raw_turns"])


DAMAGES: dict[str, Callable[[dict[str, Path]], None]] = {
    "not_parquet": not_parquet,
    "column_missing": column_missing,
}


def replace_rule(monkeypatch: pytest.MonkeyPatch, rule: Rule) -> None:
    """Judge with this rule in place of the one of the same id."""
    gates = tuple(
        replace(gate, rules=tuple(rule if own.id == rule.id else own for own in gate.rules))
        for gate in RAW_GATES
    )
    monkeypatch.setattr("expectations.validate.RAW_GATES", gates)
