"""The gates on staged labels: every rule stops the bad case, and the rules' own labels go on."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from expectations.gates import LABEL_GATES
from expectations.validate import judge_labels
from expectations.verdict import Verdict, render, stopped_dates
from tests.fakes.gate_labels import LABEL_BREAKERS, Labels, good_labels, stage_labels

GOOD = date(2026, 3, 1)
EMPTY = date(2026, 3, 2)
RULES = {rule.id: rule for gate in LABEL_GATES for rule in gate.rules}
BAD = {rule_id: date(2026, 4, 1) + timedelta(days=number) for number, rule_id in enumerate(sorted(RULES))}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> list[Verdict]:
    folder = tmp_path_factory.mktemp("staged")
    staged = {GOOD: stage_labels(good_labels(), folder / "good"), EMPTY: {}}
    for rule_id, day in BAD.items():
        labels = good_labels()
        LABEL_BREAKERS[rule_id](labels)
        staged[day] = stage_labels(of_the_question(labels, rule_id), folder / rule_id)
    return judge_labels(staged)


def of_the_question(labels: Labels, rule_id: str) -> Labels:
    """The tables that a rule is about, of an answer and its items: all of them for 296 dates take minutes."""
    table = rule_id.partition(".")[0].removeprefix("labels_")
    return {name: rows for name, rows in labels.items() if name.startswith(table.removesuffix("_items"))}


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_bad_labels_break_the_rule_and_the_message_helps(verdicts: list[Verdict], rule_id: str) -> None:
    (verdict,) = [v for v in verdicts if v.rule == rule_id and v.partition_date == BAD[rule_id]]
    assert verdict.status == "fail"
    assert stopped_dates([verdict]).keys() == {BAD[rule_id]}
    sentence = render(verdict)
    assert f"{rule_id} fails for {verdict.unexpected_count} of {verdict.row_count} rows" in sentence
    assert sentence.endswith(f"What to do: {RULES[rule_id].remedy}.")


@pytest.mark.parametrize("day", [GOOD, EMPTY])
def test_good_and_absent_labels_pass(verdicts: list[Verdict], day: date) -> None:
    own = [verdict for verdict in verdicts if verdict.partition_date == day]
    assert {verdict.rule for verdict in own} == RULES.keys()
    assert {verdict.status for verdict in own} == {"pass"}


def test_only_staged_classifiers_are_judged(tmp_path: Path) -> None:
    files = stage_labels(good_labels(), tmp_path / "staged")
    verdicts = judge_labels({GOOD: {"outcome": files["outcome"]}})
    assert {verdict.table_name for verdict in verdicts} == {"labels_outcome"}
    assert judge_labels({GOOD: {}}) == []


def test_an_unlabelled_unit_is_a_row_without_an_answer(tmp_path: Path) -> None:
    labels = good_labels()
    refused = {"status": "refused", "evidence_record_ids": [], "outcome": None, "forced_outcome": None}
    labels["outcome"][0] |= refused
    staged = {GOOD: stage_labels({"outcome": labels["outcome"]}, tmp_path / "staged")}
    assert {verdict.status for verdict in judge_labels(staged)} == {"pass"}


def test_dropped_evidence_is_counted_and_not_named(tmp_path: Path) -> None:
    """Decision 7: two of three cited ids were dropped; the label stays, its score rests on what is left."""
    labels = good_labels()
    for name in ("goal_complexity", "decisions"):
        labels[name][0] |= {"cited_evidence_count": 3, "rejected_evidence_count": 2}
    staged = {GOOD: stage_labels(labels, tmp_path / "staged")}
    assert {verdict.status for verdict in judge_labels(staged)} == {"pass"}


def test_an_item_that_was_dropped_may_not_be_listed(tmp_path: Path) -> None:
    labels = good_labels()
    labels["decisions_items"].append(labels["decisions_items"][0] | {"item_number": 1})
    staged = {GOOD: stage_labels(labels, tmp_path / "staged")}
    failed = {verdict.rule for verdict in judge_labels(staged) if verdict.status == "fail"}
    assert failed == {"labels_decisions.items_counted", "labels_decisions.evidence_adds_up"}


def test_a_classifier_outside_the_catalog_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no gate for labels_mood: add a suite"):
        judge_labels({GOOD: {"mood": tmp_path / "mood.parquet"}})
