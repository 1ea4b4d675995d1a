"""The process of the gates answers, says when it cannot, and its end is an error that says what to do."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from orchestration.landing.judge_process import JudgeProcess, JudgeProcessError
from tests.kept_judge import judges_of_their_own

DAY = date(2026, 3, 1)


@pytest.fixture(autouse=True)
def own_judges() -> Iterator[None]:
    with judges_of_their_own():
        yield


def test_it_answers_more_than_one_question() -> None:
    with JudgeProcess() as judge:
        assert list(judge.judge_dates({})) == []
        assert list(judge.judge_labels({})) == []


def test_what_it_cannot_judge_is_an_error_with_a_place_and_without_data(tmp_path: Path) -> None:
    with JudgeProcess() as judge:
        with pytest.raises(JudgeProcessError, match=r"ValueError at expectations/validate\.py"):
            judge.judge_dates({DAY: {"raw_nothing": tmp_path / "none.parquet"}})
        assert list(judge.judge_dates({})) == []


def test_its_end_is_an_error_that_says_what_to_do() -> None:
    with JudgeProcess() as judge:
        judge.start()
        assert judge._process is not None
        judge._process.kill()
        judge._process.wait()
        with pytest.raises(JudgeProcessError, match="start the run again"):
            judge.judge_dates({})


def test_it_ends_with_its_block() -> None:
    with JudgeProcess() as judge:
        judge.start()
        process = judge._process
    assert process is not None
    assert process.poll() is not None
