"""Gates of labels, derived from the catalog of classifiers: one per label table, one per items table.

They hold the form of a label, whoever gave it: its words, its ranges, that its evidence adds up, and that
what a rule computed rests on listed items. Whether a label is right is not asked here: that is what
evaluation is for.
"""

from typing import get_type_hints

from classifiers.answers.evidence_score import EvidenceItem
from classifiers.catalog import CATALOG
from classifiers.classifier import ITEM_KEY_COLUMNS, Classifier
from classifiers.label_row import LABEL_KEY, LabelRow
from expectations.rule import Expect, Gate, Rule, is_between, is_empty, is_one_of, is_true, is_unique
from expectations.suites.every_table import (
    literal_words,
    named,
    numeric_columns,
    project_rows,
    required_columns,
)
from expectations.suites.label_frames import (
    Range,
    answered_sql,
    counted_sql,
    evidence_sql,
    evidenced_sql,
    item_words,
    label_table_name,
    numbers,
    plain_sql,
    ranges,
    words,
)

LABELLER_REMEDY = "fix the labeller of {}, raise its version so that the fingerprint changes, label again"


def label_gates(classifier: Classifier) -> tuple[Gate, ...]:
    """The gates of one classifier's tables."""
    labels = _label_gate(classifier)
    return (labels,) if classifier.item_type is None else (labels, _items_gate(classifier))


def _label_gate(classifier: Classifier) -> Gate:
    table = label_table_name(classifier.name)
    remedy = LABELLER_REMEDY.format(classifier.name)
    hints = get_type_hints(LabelRow)
    closed = {**literal_words(hints), **words(classifier.answer_type)}
    closed |= {"unit_kind": (classifier.unit_kind,), "classifier": (classifier.name,)}
    bounded = ranges(classifier)
    rules = [
        *_form_rules(table, remedy, words=closed, key=LABEL_KEY),
        _numbers_in_range(table, remedy, bounded),
        _answered_if_ok(table, remedy),
        _paid_by_whom(table, remedy),
        _evidence_adds_up(table, remedy),
    ]
    derived = {
        "missing_columns": named(required_columns(hints), "r.{} is null".format),
        "negative_columns": named([*numeric_columns(hints), *numbers(classifier)], "r.{} < 0".format),
        "is_answered_if_ok": answered_sql(classifier),
        "is_paid_by_whom": plain_sql(),
        "is_evidence_whole": evidence_sql(classifier),
    }
    if classifier.item_type is not None and classifier.score_type is not None:
        rules.append(_items_counted(table, remedy))
        derived["is_counted"] = counted_sql(classifier)
    if classifier.item_type is EvidenceItem:
        rules.append(_score_has_evidence(table, remedy))
        derived["is_score_evidenced"] = evidenced_sql(classifier)
    columns = dict.fromkeys([*LABEL_KEY, *closed, *bounded])
    return Gate(table, table, "date", project_rows(table, list(columns), derived), tuple(rules))


def _items_gate(classifier: Classifier) -> Gate:
    table, labels = label_table_name(classifier.items_name), label_table_name(classifier.name)
    remedy = LABELLER_REMEDY.format(classifier.name)
    hints = get_type_hints(classifier.item_type)
    closed = {**literal_words(hints), **item_words(classifier)}
    key = ", ".join("{0}." + column for column in ("session_date", *LABEL_KEY))
    rules = [
        *_form_rules(table, remedy, words=closed, key=ITEM_KEY_COLUMNS),
        Rule(
            f"{table}.label_known",
            "fail",
            f"an item belongs to no label of {labels}",
            "evidence would be counted that no score rests on",
            remedy,
            (is_true("is_label_known"),),
        ),
    ]
    derived = {
        "missing_columns": named(required_columns(hints), "r.{} is null".format),
        "negative_columns": named(numeric_columns(hints), "r.{} < 0".format),
        "is_label_known": f"({key.format('r')}) in (select ({key.format('t')}) from {labels} as t)",  # noqa: S608 - names of ours
    }
    statement = project_rows(table, list(dict.fromkeys([*ITEM_KEY_COLUMNS, *closed])), derived)
    return Gate(table, table, "date", statement, tuple(rules))


def _form_rules(
    table: str, remedy: str, *, words: dict[str, tuple[str, ...]], key: tuple[str, ...]
) -> list[Rule]:
    def rule(name: str, breach: str, reason: str, *expects: Expect) -> Rule:
        return Rule(f"{table}.{name}", "fail", breach, reason, remedy, expects)

    return [
        rule(
            "complete",
            "a required column is null",
            "a label that cannot be traced is worth nothing",
            is_empty("missing_columns"),
        ),
        rule(
            "unique",
            f"several rows share one key ({', '.join(key)})",
            "a unit would be counted twice",
            is_unique(("session_date", *key)),
        ),
        rule(
            "vocabulary",
            "a word is outside its closed vocabulary",
            "models filter on these words, and an unknown one falls out of every figure",
            *(is_one_of(column, values) for column, values in words.items()),
        ),
        rule(
            "not_negative",
            "a count, number of tokens or cost is below zero",
            "sums would shrink without a trace",
            is_empty("negative_columns"),
        ),
    ]


def _numbers_in_range(table: str, remedy: str, bounded: dict[str, Range]) -> Rule:
    breach = "a share, score, duration or price is outside its range"
    reason = "thresholds and means would be wrong"
    expects = tuple(is_between(column, low, high) for column, (low, high) in bounded.items())
    return Rule(f"{table}.numbers_in_range", "fail", breach, reason, remedy, expects)


def _answered_if_ok(table: str, remedy: str) -> Rule:
    breach = "a label marked ok has no answer, or one not marked ok has an answer"
    reason = "coverage and rates would disagree"
    return Rule(f"{table}.answered_if_ok", "fail", breach, reason, remedy, (is_true("is_answered_if_ok"),))


def _paid_by_whom(table: str, remedy: str) -> Rule:
    breach = (
        "a label of the rules names a model, citations, tokens or a cost, or one of Claude names no model"
    )
    reason = "rules and Claude are never mixed in a figure"
    return Rule(f"{table}.labeller_is_plain", "fail", breach, reason, remedy, (is_true("is_paid_by_whom"),))


def _evidence_adds_up(table: str, remedy: str) -> Rule:
    breach = "the records that a label names are not those that were cited and not dropped"
    reason = "the share of dropped evidence says how far a labeller can be trusted"
    return Rule(f"{table}.evidence_adds_up", "fail", breach, reason, remedy, (is_true("is_evidence_whole"),))


def _items_counted(table: str, remedy: str) -> Rule:
    breach = "a label counts more or fewer items than are listed for it"
    reason = "what is computed from a list must rest on it"
    return Rule(f"{table}.items_counted", "fail", breach, reason, remedy, (is_true("is_counted"),))


def _score_has_evidence(table: str, remedy: str) -> Rule:
    breach = "a score of 4 or 5 names no record as evidence"
    reason = "verified success and trouble rest on that evidence"
    expects = (is_true("is_score_evidenced"),)
    return Rule(f"{table}.score_has_evidence", "fail", breach, reason, remedy, expects)


GATES = tuple(gate for classifier in CATALOG for gate in label_gates(classifier))
