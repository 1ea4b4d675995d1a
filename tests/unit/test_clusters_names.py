"""Names of clusters through the ledger and the fake API: what is sent, paid, shown and kept back."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from orchestration.clusters.land_clusters import land_clusters
from orchestration.clusters.rows import NAMES, SAMPLES
from orchestration.clusters.rules import DEFAULT_CLUSTER_RULES
from orchestration.labelling.choices import open_ledger
from orchestration.labelling.cluster_names import ask_names, land_names, plan_names
from orchestration.landing.lake import single_file
from orchestration.settings import Settings
from tests.demo_lake import settings_of
from tests.fakes.claude_api import FakeClaude
from tests.planted_items import SECRET, planted, small_cluster

MARK = "planted name"


def good(name: str, step: str, document: str, question: str) -> dict[str, Any]:
    """A namer and an auditor who do as they are told."""
    assert name == "cluster_name"
    return {"name": MARK} if step == "name" else {"is_private": False}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    home.mkdir()
    found = settings_of(home, tmp_path, budget_usd="5", label_requests_per_minute=1_000_000)
    land_clusters(found.lake_dir, [*planted()[0], *small_cluster()], DEFAULT_CLUSTER_RULES)
    return found


@pytest.fixture
def asked(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., FakeClaude]]:
    """Names the clusters through a fake that answers as given, and lands the names."""

    def ask(answer: Any = good, **budget: Any) -> FakeClaude:
        with FakeClaude(answer) as fake:
            monkeypatch.setenv("ANTHROPIC_BASE_URL", fake.url)
            monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-a-key")
            ask_names(settings, run_id="names", **budget)
            land_names(settings)
        return fake

    return ask


def rows_of(settings: Settings) -> list[dict[str, Any]]:
    return list(pq.read_table(single_file(settings.lake_dir, NAMES)).to_pylist())


def cluster_count(settings: Settings) -> int:
    samples = pq.read_table(single_file(settings.lake_dir, SAMPLES)).to_pylist()
    return len({(row["level"], row["cluster_id"]) for row in samples})


def test_every_cluster_is_named_by_two_requests_that_are_paid_once(
    settings: Settings, asked: Callable[..., FakeClaude]
) -> None:
    count = cluster_count(settings)
    assert count > 10
    assert plan_names(settings).request_count == count
    fake = asked()
    assert len(fake.account.charges) == 2 * count
    assert [row["name"] for row in rows_of(settings)] == [MARK] * count
    assert {row["status"] for row in rows_of(settings)} == {"named"}
    assert plan_names(settings).request_count == 0
    assert not asked().account.charges
    with open_ledger(settings) as ledger:
        assert ledger.spent("names") == fake.account.usd


def test_nothing_of_a_cluster_below_the_minimum_is_sent(
    settings: Settings, asked: Callable[..., FakeClaude]
) -> None:
    sent = "\n".join(asked().account.texts)
    assert "run pytest suite" in sent
    assert SECRET not in sent
    assert "bullion" not in sent


def test_the_same_cluster_of_enough_people_is_sent(
    settings: Settings, asked: Callable[..., FakeClaude]
) -> None:
    """So that the test above fails for its people and not for its words."""
    land_clusters(settings.lake_dir, [*planted()[0], *small_cluster(users=12)], DEFAULT_CLUSTER_RULES)
    assert SECRET in "\n".join(asked().account.texts)


@pytest.mark.parametrize("name", ["Fix the login of Acme", "read /srv/zebra", "text 17"])
def test_a_name_that_breaks_a_rule_is_not_shown(
    settings: Settings, asked: Callable[..., FakeClaude], name: str
) -> None:
    asked(lambda _, step, *__: {"name": name} if step == "name" else {"is_private": False})
    assert {(row["name"], row["status"]) for row in rows_of(settings)} == {(None, "private")}


def test_a_name_that_the_audit_finds_private_is_not_shown(
    settings: Settings, asked: Callable[..., FakeClaude]
) -> None:
    asked(lambda _, step, *__: {"name": MARK} if step == "name" else {"is_private": True})
    assert {(row["name"], row["status"]) for row in rows_of(settings)} == {(None, "private")}


def test_the_audit_sees_the_name_and_no_summary(settings: Settings, asked: Callable[..., FakeClaude]) -> None:
    seen: dict[str, set[str]] = {"name": set(), "answer": set()}

    def answer(name: str, step: str, document: str, question: str) -> dict[str, Any]:
        seen[step].add(document)
        return good(name, step, document, question)

    asked(answer)
    assert len(seen["answer"]) == 1
    assert MARK in next(iter(seen["answer"]))
    assert not any("pytest" in document for document in seen["answer"])
    assert all("of a near non-member" in document for document in seen["name"])


def test_an_answer_without_a_name_is_no_name(settings: Settings, asked: Callable[..., FakeClaude]) -> None:
    asked(lambda *_: {"name": "x" * 200})
    assert {(row["name"], row["status"]) for row in rows_of(settings)} == {(None, "failed")}


def test_without_money_nothing_is_named_and_nothing_fails(
    settings: Settings, asked: Callable[..., FakeClaude]
) -> None:
    fake = asked(budget_usd=Decimal("0.000001"))
    assert not fake.account.charges
    assert {(row["name"], row["status"]) for row in rows_of(settings)} == {(None, "not_asked")}


def test_without_a_ledger_there_are_no_names_and_no_ledger_is_made(settings: Settings) -> None:
    assert land_names(settings) == 0
    assert rows_of(settings) == []
    assert not settings.ledger_path.exists()
