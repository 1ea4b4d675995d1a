"""Label tables, answer models, vocabularies and the scoring rules say the same."""

import json
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pyarrow as pa
import pytest

from classifiers.answers.evidence_score import (
    HARD_SIGNALS,
    FailureSignal,
    HardFailureSignal,
    HardSuccessSignal,
    SoftFailureSignal,
    SoftSuccessSignal,
    SuccessSignal,
)
from classifiers.catalog import CATALOG
from classifiers.catalog.codebase_relation import labels as codebase_relation
from classifiers.catalog.outcome import labels as outcome
from classifiers.catalog.work_mode import labels as work_mode
from classifiers.classifier import ITEM_KEY_COLUMNS, Classifier
from classifiers.label_row import LABEL_KEY, LabelRow
from classifiers.label_rows.answer_values import DERIVED_COLUMNS
from classifiers.label_tables import label_tables
from classifiers.rules.labeller import (
    RULES_CLASSIFIERS,
    RULES_COLUMNS,
    rules_fingerprint,
    rules_label_tables,
)
from classifiers.vocabulary import VocabularyRow, element_model, vocabulary
from orchestration.ingest.rows import RAW_TABLES, arrow_schema

GOLDEN = Path(__file__).parent.parent / "golden" / "rules_fingerprints.json"

# METHODS I8 and I9, in their order.
I8_HARD = (
    "commit_matches pr_opened pr_merged tests_pass_after_change command_output_matches user_affirms_result"
)
I8_SOFT = "artefact_confirmed neutral_ack clean_end"
I9_HARD = "error_unrecovered tests_fail_at_end user_rejects_result gave_up rollback"
I9_SOFT = "user_pushes_back frustration repeated_attempts work_off_target error_recovered"

VOCABULARIES = {
    (classifier.name, field): list(rows)
    for classifier in CATALOG
    for field, rows in groupby(vocabulary([classifier]), key=lambda row: row.field)
}


@pytest.mark.parametrize(
    ("stated", "held"),
    [
        (I8_HARD, HardSuccessSignal),
        (I8_SOFT, SoftSuccessSignal),
        (I9_HARD, HardFailureSignal),
        (I9_SOFT, SoftFailureSignal),
    ],
)
def test_every_signal_of_the_methods_is_there_exactly_once(stated: str, held: Any) -> None:
    assert list(get_args(held)) == stated.split()


def test_no_signal_is_both_hard_and_soft_or_of_both_questions() -> None:
    signals = get_args(SuccessSignal) + get_args(FailureSignal)
    assert len(set(signals)) == len(signals)
    assert frozenset((I8_HARD + " " + I9_HARD).split()) == HARD_SIGNALS


@pytest.mark.parametrize("rows", VOCABULARIES.values(), ids=[".".join(key) for key in VOCABULARIES])
def test_every_label_of_a_column_has_a_meaning_of_its_own(rows: list[VocabularyRow]) -> None:
    assert len({row.label for row in rows}) == len({row.meaning for row in rows}) == len(rows)


@pytest.mark.parametrize("rows", VOCABULARIES.values(), ids=[".".join(key) for key in VOCABULARIES])
def test_every_meaning_reaches_the_json_schema(rows: list[VocabularyRow]) -> None:
    (classifier,) = {c.name: c for c in CATALOG if c.name == rows[0].classifier}.values()
    text = json.dumps(classifier.answer_type.model_json_schema(), ensure_ascii=False)
    assert all(json.dumps(f"- {r.label}: {r.meaning}", ensure_ascii=False)[1:-1] in text for r in rows)


@pytest.mark.parametrize("classifier", CATALOG, ids=lambda c: c.name)
def test_answers_are_closed(classifier: Classifier) -> None:
    schema = classifier.answer_type.model_json_schema()
    objects = [schema, *schema.get("$defs", {}).values()]
    assert all(o["additionalProperties"] is False for o in objects if o["type"] == "object")


@pytest.mark.parametrize("classifier", CATALOG, ids=lambda c: c.name)
def test_label_table_is_the_label_row_and_then_the_answer(classifier: Classifier) -> None:
    schema = label_tables()[classifier.name]
    head = arrow_schema(LabelRow)
    assert schema.names[: len(head)] == head.names
    asked = {
        name
        for name, field in classifier.answer_type.model_fields.items()
        if get_origin(field.annotation) is not list
    }
    computed = set(classifier.score_type._fields) if classifier.score_type else set()
    assert set(schema.names[len(head) :]) == asked | computed
    # A refused or unreadable answer is a row too: its answer is null.
    assert all(schema.field(name).nullable for name in asked | computed)


@pytest.mark.parametrize("classifier", CATALOG, ids=lambda c: c.name)
def test_list_answers_have_an_items_table_with_the_label_key(classifier: Classifier) -> None:
    has_list = any(
        get_origin(field.annotation) is list and name != "evidence_record_ids"
        for name, field in classifier.answer_type.model_fields.items()
    )
    schema = label_tables().get(classifier.items_name)
    assert (schema is not None) == has_list
    if schema is not None:
        assert set(LABEL_KEY) | {"item_number"} <= set(schema.names)


@pytest.mark.parametrize("classifier", CATALOG, ids=lambda c: c.name)
def test_items_are_what_the_element_says_and_what_follows_from_it(classifier: Classifier) -> None:
    element = element_model(classifier)
    if element is None:
        assert classifier.item_type is None
        return
    assert classifier.item_type is not None
    columns = classifier.item_type._fields
    assert columns[: len(ITEM_KEY_COLUMNS)] == ITEM_KEY_COLUMNS
    told = set(columns[len(ITEM_KEY_COLUMNS) :])
    assert "record_id" in told
    assert told <= set(element.model_fields) | set(DERIVED_COLUMNS)


def test_scalar_opt_outs_are_where_the_methods_give_them() -> None:
    for words in (work_mode.WorkMode, codebase_relation.CodebaseRelation, outcome.Outcome):
        assert get_origin(words) is Literal
        assert "not_inferable" in get_args(words)
    for forced in (work_mode.ForcedWorkMode, outcome.ForcedOutcome):
        assert "not_inferable" not in get_args(forced)


def test_folders_of_the_catalog_are_its_registry() -> None:
    folder = Path(__file__).parents[2] / "classifiers" / "catalog"
    assert {path.parent.name for path in folder.glob("*/labels.py")} == {c.name for c in CATALOG}


def test_columns_the_rules_read_exist_and_hold_no_line_counts() -> None:
    held = {table.name: table.columns for table in RAW_TABLES}
    for table, columns in RULES_COLUMNS.items():
        assert set(columns) <= set(held[table])
        assert not {"lines_added", "lines_removed", "result_text"} & set(columns)
    assert not {"raw_responses", "raw_harness_texts"} & RULES_COLUMNS.keys()


def test_changed_rules_have_a_new_version() -> None:
    """On purpose changed: raise RULES_VERSION and copy the fingerprints of the message to the file."""
    found = {classifier.name: rules_fingerprint(classifier.name) for classifier in RULES_CLASSIFIERS}
    assert found == json.loads(GOLDEN.read_text()), json.dumps(found, indent=2)


def test_rules_answer_some_questions_of_the_catalog_with_its_columns() -> None:
    answered = rules_label_tables()
    assert answered.keys() >= {classifier.name for classifier in RULES_CLASSIFIERS}
    assert {name: label_tables()[name] for name in answered} == answered
    assert {classifier.name for classifier in RULES_CLASSIFIERS} == json.loads(GOLDEN.read_text()).keys()


def test_label_columns_are_types_that_every_engine_knows() -> None:
    plain = (pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.timestamp("us"))
    for schema in label_tables().values():
        assert all(field.type in plain for field in schema if field.name != "evidence_record_ids")
