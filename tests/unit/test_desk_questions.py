"""A worked question is a file with its question, its answer, a caution and one query."""

from pathlib import Path

import pytest

from orchestration.desk.questions import load_questions, question_of
from orchestration.failures import WrongInputError

FILE = """\
-- How many sessions are there,
-- all in all?
--
-- Answer: one row
-- for everything.
-- Do not conclude: that more is better.
select count(*) -- all
from marts.fct_sessions;
"""


def test_texts_and_query_of_a_file_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "07_how_many.sql").write_text(FILE)
    (found,) = load_questions(tmp_path)
    assert (found.number, found.name) == (7, "how_many")
    assert found.question == "How many sessions are there, all in all?"
    assert found.answer == "Answer: one row for everything."
    assert found.caution == "Do not conclude: that more is better."
    assert found.sql == "select count(*) -- all\nfrom marts.fct_sessions;"


@pytest.mark.parametrize("given", ["7", "07", "how_many", "07_how_many"])
def test_a_question_is_found_by_number_or_name(given: str, tmp_path: Path) -> None:
    (tmp_path / "07_how_many.sql").write_text(FILE)
    assert question_of(given, tmp_path).number == 7


def test_an_unknown_question_is_answered_with_similar_ones(tmp_path: Path) -> None:
    (tmp_path / "07_how_many.sql").write_text(FILE)
    with pytest.raises(WrongInputError, match="Did you mean how_many"):
        question_of("how_manny", tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("how_many.sql", FILE),
        ("07_how_many.sql", FILE.replace("-- Do not conclude: that more is better.\n", "")),
        ("07_how_many.sql", "select 1;"),
    ],
)
def test_a_file_that_leaves_something_out_is_an_error(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=name):
        load_questions(tmp_path)
