"""Study A's figures of the generated corpus next to an independent count of its transcripts.

The count reads the files and not what was planted; `compared_study_a` lists what is compared, and
`test_corpus_study_a` does the same with real transcripts.
"""

from collections.abc import Callable

import pytest

from tests.compared_study_a import HELD, Held, compare, sessions, turns, wrong_in
from tests.demo_lake import NOW, DemoHome
from tests.plain_uses import PlainUse, uses_of


@pytest.fixture(scope="module")
def uses(personal: DemoHome) -> list[PlainUse]:
    return uses_of(personal.transcripts, archived_at=NOW)


@pytest.mark.parametrize("rows", [turns, sessions], ids=lambda rows: rows.__name__)
def test_every_row_is_the_counted_one(
    rows: Callable[..., object], personal: DemoHome, uses: list[PlainUse]
) -> None:
    pairs = list(rows(personal.query, uses))  # type: ignore[call-overload]
    assert len(pairs) > 100
    assert wrong_in(pairs) == []


@pytest.mark.parametrize("held", HELD, ids=lambda held: f"{held.measure}-{held.metrics[0]}")
def test_figures_equal_an_independent_count(held: Held, personal: DemoHome, uses: list[PlainUse]) -> None:
    found = compare(held, personal.query, uses)
    assert found.compared > 0
    assert found.differences == []
