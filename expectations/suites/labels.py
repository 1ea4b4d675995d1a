"""Gates of labels, derived from the catalog of classifiers: one per label table, one per items table.

They hold the form of a label, whoever gave it, and that a score rests on listed evidence. Whether a
label is right is not asked here: that is what evaluation is for.
"""

from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from classifiers.catalog import CATALOG
from classifiers.classifier import Classifier
from classifiers.label_row import LABEL_KEY, LabelRow
from expectations.rule import Expect, Gate, Rule, is_between, is_empty, is_one_of, is_true, is_unique
from expectations.suites.every_table import (
    literal_words,
    named,
    numeric_columns,
    project_rows,
    required_columns,
)

LABELLER_REMEDY = "mend the labeller of {}, raise its version so that the fingerprint changes, label again"

ITEM_KEY = (*LABEL_KEY, "item_number")


def label_table_name(staged_name: str) -> str:
    """Table of the warehouse for a table of the label lake (`outcome` → `labels_outcome`)."""
    return f"labels_{staged_name}"


def label_gates(classifier: Classifier) -> tuple[Gate, ...]:
    """The gates of one classifier's tables."""
    labels = _label_gate(classifier)
    return (labels,) if classifier.item_type is None else (labels, _items_gate(classifier))


def _label_gate(classifier: Classifier) -> Gate:
    table = label_table_name(classifier.name)
    remedy = LABELLER_REMEDY.format(classifier.name)
    hints = get_type_hints(LabelRow)
    words = {**literal_words(hints), **_answer_words(classifier)}
    words |= {"unit_kind": (classifier.unit_kind,), "classifier": (classifier.name,)}
    answers = classifier.answer_schema.names
    floats = [f.name for f in classifier.answer_schema if str(f.type) == "double"]
    shares = ["coverage", *floats]
    rules = [
        *_form_rules(table, remedy, words=words, key=LABEL_KEY),
        _shares_within_one(table, remedy, shares),
        _answered_if_ok(table, remedy),
        _paid_by_whom(table, remedy),
    ]
    derived = {
        "missing_columns": named(required_columns(hints), "r.{} is null".format),
        "negative_columns": named([*numeric_columns(hints), *_numbers(classifier)], "r.{} < 0".format),
        "is_answered_if_ok": _answered_sql(classifier, answers),
        "is_paid_by_whom": "case r.labeller when 'rules' then "
        "r.model is null and r.cost_usd is null and r.input_tokens is null and r.output_tokens is null "
        "when 'claude' then r.model is not null else true end",
    }
    columns = [*LABEL_KEY, *words, *shares]
    if classifier.score_type is not None:
        scores = [name for name in answers if "_score" in name]
        rules += [_scores_in_range(table, remedy, scores), _score_has_evidence(table, remedy)]
        columns += scores
        derived["is_score_evidenced"] = _evidenced_sql(classifier, scores)
    statement = project_rows(table, list(dict.fromkeys(columns)), derived)
    return Gate(table, table, "date", statement, tuple(rules))


def _items_gate(classifier: Classifier) -> Gate:
    table, labels = label_table_name(classifier.items_name), label_table_name(classifier.name)
    remedy = LABELLER_REMEDY.format(classifier.name)
    hints = get_type_hints(classifier.item_type)
    words = {**literal_words(hints), **_item_words(classifier)}
    key = ", ".join("{0}." + column for column in ("session_date", *LABEL_KEY))
    rules = [
        *_form_rules(table, remedy, words=words, key=ITEM_KEY),
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
    statement = project_rows(table, list(dict.fromkeys([*ITEM_KEY, *words])), derived)
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


def _shares_within_one(table: str, remedy: str, shares: list[str]) -> Rule:
    breach, reason = "a share is outside 0 to 1", "weights and coverage are averaged as shares"
    expects = tuple(is_between(column, 0, 1) for column in shares)
    return Rule(f"{table}.shares_within_one", "fail", breach, reason, remedy, expects)


def _answered_if_ok(table: str, remedy: str) -> Rule:
    breach = "a label marked ok has no answer, or one not marked ok has an answer"
    reason = "coverage and rates would disagree"
    return Rule(f"{table}.answered_if_ok", "fail", breach, reason, remedy, (is_true("is_answered_if_ok"),))


def _paid_by_whom(table: str, remedy: str) -> Rule:
    breach = "a label of the rules names a model, tokens or a cost, or one of Claude names no model"
    reason = "rules and Claude are never mixed in a figure"
    return Rule(f"{table}.labeller_is_plain", "fail", breach, reason, remedy, (is_true("is_paid_by_whom"),))


def _scores_in_range(table: str, remedy: str, scores: list[str]) -> Rule:
    expects = tuple(is_between(column, 0, 5) for column in scores)
    breach, reason = "a score is outside 0 to 5", "thresholds of trouble and success would be wrong"
    return Rule(f"{table}.scores_in_range", "fail", breach, reason, remedy, expects)


def _score_has_evidence(table: str, remedy: str) -> Rule:
    breach = "a score of 4 or 5 names no record as evidence, or counts signals that are not listed"
    reason = "verified success and trouble rest on that evidence"
    expects = (is_true("is_score_evidenced"),)
    return Rule(f"{table}.score_has_evidence", "fail", breach, reason, remedy, expects)


def _answered_sql(classifier: Classifier, answers: list[str]) -> str:
    """Whether the answer stands exactly where the status is ok."""
    fields = classifier.answer_type.model_fields
    optional = {name for name, field in fields.items() if NoneType in get_args(field.annotation)}
    required = [name for name in answers if name not in optional]
    given = " and ".join(f"r.{name} is not null" for name in required)
    absent = " and ".join(f"r.{name} is null" for name in answers)
    return f"case when r.status = 'ok' then {given} else {absent} end"


def _evidenced_sql(classifier: Classifier, scores: list[str]) -> str:
    """Whether a high score names records, and its signals are the distinct ones of the items table."""
    items = label_table_name(classifier.items_name)
    key = " and ".join(f"i.{column} = r.{column}" for column in ("session_date", *LABEL_KEY))
    signals = "select count(distinct (i.signal, i.record_id))"
    listed = f"({signals} from {items} as i where {key})"
    return (
        f"({' and '.join(f'r.{score} < 4' for score in scores)} or len(r.evidence_record_ids) > 0) "
        f"and r.hard_signal_count + r.soft_signal_count = {listed}"
    )


def _answer_words(classifier: Classifier) -> dict[str, tuple[str, ...]]:
    """Vocabulary of each scalar answer column."""
    return literal_words({n: f.annotation for n, f in classifier.answer_type.model_fields.items()})


def _item_words(classifier: Classifier) -> dict[str, tuple[str, ...]]:
    """Vocabulary of the columns of the items table that the answer's list defines."""
    columns = set(classifier.item_type._fields) if classifier.item_type is not None else set()
    words: dict[str, tuple[str, ...]] = {}
    for field in classifier.answer_type.model_fields.values():
        if get_origin(field.annotation) is list:
            words |= _model_words(get_args(field.annotation)[0])
    return {name: values for name, values in words.items() if name in columns}


def _model_words(model: Any) -> dict[str, tuple[str, ...]]:
    fields = getattr(model, "model_fields", {})
    return {n: get_args(f.annotation) for n, f in fields.items() if get_origin(f.annotation) is Literal}


def _numbers(classifier: Classifier) -> list[str]:
    return [f.name for f in classifier.answer_schema if str(f.type) in ("int64", "double")]


GATES = tuple(gate for classifier in CATALOG for gate in label_gates(classifier))
