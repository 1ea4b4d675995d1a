"""Study A's figures of a real corpus next to an independent count of its transcripts.

`compared_study_a` lists what is compared and how it is counted. The generated corpus is compared in
`test_planted_study_a`.
"""

import os
from collections.abc import Callable

import pytest

from tests.compared_study_a import HELD, Held, compare, sessions, turns, wrong_in
from tests.conftest import CORPUS_VARIABLE
from tests.corpus_home import NOW, CorpusHome
from tests.plain_uses import PlainUse, counted, uses_of

pytestmark = pytest.mark.skipif(
    not os.environ.get(CORPUS_VARIABLE), reason=f"{CORPUS_VARIABLE} names no corpus of real transcripts"
)


@pytest.fixture(scope="module")
def uses(corpus_home: CorpusHome) -> list[PlainUse]:
    return uses_of(corpus_home.corpus, archived_at=NOW)


@pytest.mark.parametrize("rows", [turns, sessions], ids=lambda rows: rows.__name__)
def test_every_row_is_the_counted_one(
    rows: Callable[..., object], corpus_home: CorpusHome, uses: list[PlainUse]
) -> None:
    pairs = list(rows(corpus_home.query, uses))  # type: ignore[call-overload]
    assert len(pairs) > 100
    assert wrong_in(pairs) == []


@pytest.mark.parametrize("held", HELD, ids=lambda held: f"{held.measure}-{held.metrics[0]}")
def test_figures_equal_an_independent_count(
    held: Held, corpus_home: CorpusHome, uses: list[PlainUse]
) -> None:
    found = compare(held, corpus_home.query, uses)
    assert found.compared > 0
    assert found.differences == []


def test_the_corpus_has_what_is_counted(uses: list[PlainUse]) -> None:
    of = counted(uses)
    assert min(of.values()) > 0, of
