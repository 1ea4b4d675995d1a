"""What of an answer may leave the lake, and what a new classifier gets without a line of dbt."""

from typing import Literal

import pytest

from classifiers.answer_columns import answer_tables, label_column, score_column
from classifiers.answers.answer import Answer
from classifiers.catalog import CATALOG
from classifiers.classifier import Classifier
from classifiers.dbt_sources import sources_yml, tables_macro


class ToyAnswer(Answer):
    """A word of a closed vocabulary, an open text and a number."""

    mood: Literal["calm", "cross"]
    remark: str
    doubt: float | None


TOY = Classifier(name="mood", unit_kind="session", answer_type=ToyAnswer, score_field="doubt")


@pytest.fixture(autouse=True)
def described(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fields without a description take theirs from the computed ones."""
    meanings = {"mood": "The mood.", "doubt": "The doubt."}
    monkeypatch.setattr("classifiers.answer_columns.COMPUTED_MEANINGS", meanings)


def test_an_open_text_is_no_answer_that_dbt_can_read() -> None:
    (table,) = answer_tables([TOY])
    assert [(column.name, column.kind) for column in table.columns] == [("mood", "text"), ("doubt", "number")]
    for text in (sources_yml([TOY]), tables_macro([TOY])):
        assert "doubt" in text
        assert "remark" not in text


def test_a_new_classifier_is_in_the_list_that_staging_loops_over() -> None:
    (table,) = answer_tables([TOY])
    assert (table.name, table.answer_label, table.answer_score) == ("mood", "mood", "doubt")
    assert "'name': 'mood'" in tables_macro([TOY])


def test_a_column_without_a_meaning_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classifiers.answer_columns.COMPUTED_MEANINGS", {"mood": "The mood."})
    with pytest.raises(ValueError, match="mood computes doubt, which has no meaning"):
        answer_tables([TOY])


def test_a_score_that_is_no_column_is_refused() -> None:
    wrong = Classifier(name="mood", unit_kind="session", answer_type=ToyAnswer, score_field="certainty")
    with pytest.raises(ValueError, match="no column 'certainty'"):
        answer_tables([wrong])


def test_every_classifier_answers_in_one_word_or_one_number() -> None:
    """Coverage, agreement and fct_labels read these: a classifier with neither would look unanswered."""
    for classifier in CATALOG:
        assert label_column(classifier) or score_column(classifier), classifier.name
