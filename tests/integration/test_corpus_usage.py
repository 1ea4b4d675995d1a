"""Published tokens and dollars of a whole corpus against an independent count and multiplication of it.

The corpus is a real one where SESSIONMART_CORPUS names it, else the generated one; nothing is skipped.
"""

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.corpus import transcript_files
from tests.corpus_home import CorpusHome
from tests.dbt_runs import Home
from tests.plain_count import count_folder
from tests.plain_dollars import used_by_stamp

KINDS = (
    "input_tokens", "cache_creation_5m_input_tokens", "cache_creation_1h_input_tokens",
    "cache_read_input_tokens", "output_tokens",
)  # fmt: skip


@pytest.fixture(scope="module")
def home(corpus_home: CorpusHome) -> Home:
    """The home of the corpus, with its responses priced and published."""
    return corpus_home.home


@pytest.fixture(scope="module")
def published(home: Home) -> dict[str, dict[str, Any]]:
    """Sums of fct_responses by session."""
    sums = ", ".join(f"coalesce(sum({kind}), 0) as {kind}" for kind in KINDS)
    with duckdb.connect(str(home.warehouse_path), read_only=True) as warehouse:
        found = warehouse.execute(
            f"select session_id, {sums}, coalesce(sum(cost_usd), 0) as cost_usd,"  # noqa: S608 - names of ours
            " count(*) - count(cost_usd) as unpriced from marts.fct_responses group by session_id"
        ).to_arrow_table()
    return {row["session_id"]: row for row in found.to_pylist()}


@pytest.fixture(scope="module")
def expected(corpus: Path, home: Home) -> dict[str, Counter[str]]:
    """The independent sums by session: an alias's are its session's."""
    path = home.lake_dir / "raw" / "raw_session_aliases" / "*" / "*.parquet"
    pairs = duckdb.sql(f"select alias_session_id, session_id from '{path}'").fetchall()  # noqa: S608 - a test's
    aliases = dict(pairs)
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for stamp, used in used_by_stamp(count_folder(transcript_files(corpus))).items():
        sums[aliases.get(stamp, stamp)].update(used)
    return sums


@pytest.mark.parametrize("kind", KINDS)
def test_tokens_of_each_session_equal_an_independent_count(
    published: dict[str, dict[str, Any]], expected: dict[str, Counter[str]], kind: str
) -> None:
    assert {session: int(row[kind]) for session, row in published.items()} == {
        session: sums[kind] for session, sums in expected.items()
    }
    assert any(sums[kind] for sums in expected.values()) or "1h" in kind  # the generated corpus has none


def test_dollars_of_each_session_equal_an_independent_multiplication(
    published: dict[str, dict[str, Any]], expected: dict[str, Counter[str]]
) -> None:
    found = {session: row["cost_usd"] for session, row in published.items()}
    assert found == pytest.approx({session: sums["cost_usd"] for session, sums in expected.items()})
    assert sum(found.values()) > 1


def test_uses_without_a_price_are_counted_and_cost_nothing_else(
    published: dict[str, dict[str, Any]], expected: dict[str, Counter[str]]
) -> None:
    assert {session: row["unpriced"] for session, row in published.items()} == {
        session: sums["unpriced"] for session, sums in expected.items()
    }


def test_every_use_has_a_model(home: Home) -> None:
    with duckdb.connect(str(home.warehouse_path), read_only=True) as warehouse:
        (nameless,) = warehouse.execute(
            "select count(*) from marts.fct_responses where model is null"
        ).fetchall()
    assert nameless == (0,)
