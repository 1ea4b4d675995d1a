"""Reasons of stops and interruptions on the demo: summarised through the fake API, audited, clustered.

The answers are planted: four reasons that anybody has, and one that says of itself that it is private.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from expectations.verdict import Verdict
from orchestration.clusters.rows import FOUND, MEMBERS, SUMMARIES
from orchestration.date_states import dirty_days
from orchestration.labelling.reason_summaries import ask_summaries, land_summaries, plan_summaries
from orchestration.landing.chunk import LandingRun
from orchestration.landing.lake import single_file
from orchestration.publishing.warehouse_stages import cluster_units
from orchestration.settings import Settings
from orchestration.stages import land_raw
from tests.demo_lake import ALL_AT_ONCE, NOW, DemoHome
from tests.fakes.claude_api import FakeClaude
from tests.fakes.claude_api_answers import drawn
from tests.planted_items import SECRET, texts_of

REASONS = (
    "asks which of several ways to take",
    "waits for approval before a risky step",
    "needs the output of a command that only the person can run",
    "finished what was asked and reports back",
)
SHARE = 0.6


def answer(name: str, step: str, document: str, question: str) -> dict[str, Any]:
    """One of the planted reasons; one in ten is private, and one in ten cannot be told."""
    assert name == "reason_summary"
    draw = drawn(document)
    number = draw.random()
    if number < 0.1:
        return {"summary": f"waits for {SECRET} to sign", "is_private": True, "evidence_record_ids": []}
    if number < 0.2:
        return {"summary": None, "is_private": False, "evidence_record_ids": []}
    if number < 0.3:
        return {"summary": "mail ada@example.com first", "is_private": False, "evidence_record_ids": []}
    return {"summary": draw.choice(REASONS), "is_private": False, "evidence_record_ids": []}


def approve(staged: Mapping[date, Any]) -> list[Verdict]:
    """A gate that lets everything pass."""
    return [Verdict("none", "all", day, "not judged", "fail", "pass", 0, 0, "") for day in sorted(staged)]


@pytest.fixture(scope="module")
def landed(archived: DemoHome, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = archived.copy(
        tmp_path_factory.mktemp("reasons"), budget_usd="50", cluster_reason_share=SHARE,
        label_requests_per_minute=1_000_000, label_concurrency=8, cluster_min_users=5,
    )  # fmt: skip
    land_raw(
        home.settings,
        dirty_days(home.settings),
        LandingRun("reasons", NOW, approve, limits=ALL_AT_ONCE),
    )
    return home.settings


@pytest.fixture(scope="module")
def fake(landed: Settings) -> Iterator[FakeClaude]:
    """The fake API after every reason was asked for."""
    with FakeClaude(answer) as found, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTHROPIC_BASE_URL", found.url)
        patch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-a-key")
        planned = plan_summaries(landed).request_count
        assert ask_summaries(landed, run_id="reasons") == planned > 100
        yield found


def rows(settings: Settings, table: Any) -> list[dict[str, Any]]:
    return list(pq.read_table(single_file(settings.lake_dir, table)).to_pylist())


def test_a_share_of_the_turns_is_asked_about_and_paid_once(landed: Settings, fake: FakeClaude) -> None:
    paid = len(fake.account.charges)
    assert plan_summaries(landed).request_count == 0
    assert ask_summaries(landed, run_id="again") == 0
    assert len(fake.account.charges) == paid
    everything = plan_summaries(landed.model_copy(update={"cluster_reason_share": 1.0}))
    assert everything.request_count == pytest.approx(paid * (1 - SHARE) / SHARE, rel=0.25)


def test_private_summaries_are_left_out_and_counted(landed: Settings, fake: FakeClaude) -> None:
    counts = land_summaries(landed)
    assert counts["usable"] + counts["private"] + counts["no_reason"] == len(fake.account.charges)
    assert counts["private"] > 0
    assert counts["no_reason"] > 0
    texts = Counter(row["text"] for row in rows(landed, SUMMARIES))
    assert set(texts) == set(REASONS)


def test_stops_and_interruptions_are_clustered_apart_with_claude_as_labeller(
    landed: Settings, fake: FakeClaude
) -> None:
    land_summaries(landed)
    cluster_units(landed)
    found = [row for row in rows(landed, FOUND) if row["kind"] != "action"]
    assert {row["kind"] for row in found} >= {"stop_reason"}
    assert {row["labeller"] for row in found} == {"claude"}
    assert all(row["fingerprint"].startswith("reason_summary-v1-turn-") for row in found)
    members = Counter(row["kind"] for row in rows(landed, MEMBERS))
    stops = Counter(row["kind"] for row in rows(landed, SUMMARIES))
    assert members["stop_reason"] == stops["stop_reason"] > 50
    assert SECRET not in texts_of(row.values() for row in found)


def test_with_a_share_of_nothing_nothing_is_asked(landed: Settings) -> None:
    assert plan_summaries(landed.model_copy(update={"cluster_reason_share": 0.0})).request_count == 0


def test_without_a_ledger_there_are_no_summaries(archived: DemoHome, tmp_path: Path) -> None:
    settings = archived.copy(tmp_path).settings
    assert land_summaries(settings) == {"usable": 0}
    assert not settings.ledger_path.exists()
