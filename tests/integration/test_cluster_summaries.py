"""Reasons and tool calls of the demo: summarised through the fake API, audited, clustered.

The answers are planted: a few summaries that anybody has, and one that says of itself that it is private.
"""

import shutil
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
from orchestration.demo import DemoPlan
from orchestration.labelling.choices import open_ledger
from orchestration.labelling.cluster_summaries import (
    ACTIONS,
    REASONS,
    SUMMARISED,
    ask_summaries,
    in_steps,
    land_summaries,
    plan_summaries,
)
from orchestration.landing.chunk import LandingRun
from orchestration.landing.lake import single_file
from orchestration.publishing.warehouse_stages import cluster_units
from orchestration.settings import Settings
from orchestration.stages import land_raw
from tests.demo_lake import ALL_AT_ONCE, NOW, DemoHome, archived_demo
from tests.fakes.claude_api import FakeClaude
from tests.fakes.claude_api_answers import drawn
from tests.planted_items import SECRET, texts_of

TEXTS = (
    "asks which of several ways to take",
    "waits for approval before a risky step",
    "needs the output of a command that only the person can run",
    "finished what was asked and reports back",
)
DONE = (
    "runs the checks after a change to the code",
    "reads a file to find where a value is set",
    "changes a function so that a check passes",
)
REASON, ACTION = "reason_summary", "action_summary"
PLAN = DemoPlan(end_date=NOW.date(), sessions=160, months=3)
SHARE, CALL_SHARE = 0.6, 0.06


def answer(name: str, step: str, document: str, question: str) -> dict[str, Any]:
    """One of the planted reasons; one in ten is private, and one in ten cannot be told."""
    assert name in (REASON, ACTION)
    draw = drawn(document)
    number = draw.random()
    if number < 0.1:
        return {"summary": f"waits for {SECRET} to sign", "is_private": True, "evidence_record_ids": []}
    if number < 0.2:
        return {"summary": None, "is_private": False, "evidence_record_ids": []}
    if number < 0.3:
        return {"summary": "mail ada@example.com first", "is_private": False, "evidence_record_ids": []}
    text = draw.choice(DONE if name == ACTION else TEXTS)
    return {"summary": text, "is_private": False, "evidence_record_ids": []}


def approve(staged: Mapping[date, Any]) -> list[Verdict]:
    """A gate that lets everything pass."""
    return [Verdict("none", "all", day, "not judged", "fail", "pass", 0, 0, "") for day in sorted(staged)]


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> DemoHome:
    """A corpus in which enough stops and calls are summarised, and not many more."""
    return archived_demo(tmp_path_factory.mktemp("archived"), PLAN)


@pytest.fixture(scope="module")
def landed(archived: DemoHome, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = archived.copy(
        tmp_path_factory.mktemp("summaries"), budget_usd="50", cluster_reason_share=SHARE,
        cluster_action_share=CALL_SHARE, label_requests_per_minute=1_000_000, label_concurrency=8,
        cluster_min_users=5,
    )  # fmt: skip
    land_raw(
        home.settings,
        dirty_days(home.settings),
        LandingRun("summaries", NOW, approve, limits=ALL_AT_ONCE),
    )
    return home.settings


@pytest.fixture(scope="module")
def fake(landed: Settings) -> Iterator[FakeClaude]:
    """The fake API after every summary was asked for."""
    with FakeClaude(answer) as found, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTHROPIC_BASE_URL", found.url)
        patch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-a-key")
        planned = [plan_summaries(landed, one).request_count for one in SUMMARISED]
        assert min(planned) > 60
        assert ask_summaries(landed, run_id="summaries") == sum(planned)
        yield found


def rows(settings: Settings, table: Any) -> list[dict[str, Any]]:
    return list(pq.read_table(single_file(settings.lake_dir, table)).to_pylist())


def answered(settings: Settings) -> Counter[str]:
    """Answers that the ledger holds, by question."""
    with open_ledger(settings) as ledger:
        sessions = [row["session_id"] for row in rows_of_table(settings, "raw_sessions")]
        return Counter(row.classifier for row in ledger.requests_of(sessions) if row.state == "answered")


def rows_of_table(settings: Settings, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(settings.raw_dir / table).to_pylist()
    return found


def test_a_share_of_the_units_is_asked_about_and_paid_once(landed: Settings, fake: FakeClaude) -> None:
    paid = len(fake.account.charges)
    assert ask_summaries(landed, run_id="again") == 0
    assert len(fake.account.charges) == paid
    assert [plan_summaries(landed, one).request_count for one in SUMMARISED] == [0, 0]
    held = answered(landed)
    everything = plan_summaries(landed.model_copy(update={"cluster_reason_share": 1.0}), REASONS)
    assert everything.request_count == pytest.approx(held[REASON] * (1 - SHARE) / SHARE, rel=0.25)
    calls = sum(row["has_call"] for row in rows_of_table(landed, "raw_tool_calls"))
    assert held[ACTION] == pytest.approx(calls * CALL_SHARE, rel=0.25)


def test_private_summaries_are_left_out_and_counted(landed: Settings, fake: FakeClaude) -> None:
    counts = land_summaries(landed)
    assert counts["usable"] + counts["private"] + counts["no_summary"] == len(fake.account.charges)
    assert counts["private"] > 0
    assert counts["no_summary"] > 0
    found = rows(landed, SUMMARIES)
    assert {row["text"] for row in found if row["kind"] != "action"} == set(TEXTS)
    assert {row["text"] for row in found if row["kind"] == "action"} == set(DONE)


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


def test_calls_are_clustered_by_summaries_where_enough_were_summarised(
    landed: Settings, fake: FakeClaude
) -> None:
    land_summaries(landed)
    summarised = {row["unit_id"] for row in rows(landed, SUMMARIES) if row["kind"] == "action"}
    cluster_units(landed)
    by_labeller: dict[str | None, set[str]] = {"claude": set(), None: set()}
    agents: dict[str, set[str | None]] = {}
    for row in (row for row in rows(landed, MEMBERS) if row["kind"] == "action"):
        by_labeller[row["labeller"]].add(row["unit_id"])
        agents.setdefault(row["agent"], set()).add(row["labeller"])
    assert agents["claude_code"] == {"claude"}
    assert all(len(labellers) == 1 for labellers in agents.values()), "no agent's calls are in both"
    assert by_labeller["claude"] <= summarised
    assert not by_labeller[None] & by_labeller["claude"]
    claude = [row for row in rows(landed, FOUND) if row["kind"] == "action" and row["labeller"]]
    assert all(row["fingerprint"].startswith("action_summary-v1-tool_call-") for row in claude)
    assert SECRET not in texts_of(row.values() for row in claude)


def test_too_few_summaries_leave_the_clusters_of_recorded_columns(landed: Settings, fake: FakeClaude) -> None:
    """As long as no cluster of summaries is large enough, those of recorded columns are there."""
    land_summaries(landed)
    summarised = sum(row["kind"] == "action" for row in rows(landed, SUMMARIES))
    cluster_units(landed.model_copy(update={"cluster_min_items": summarised + 1}))
    found = [row for row in rows(landed, MEMBERS) if row["kind"] == "action"]
    assert found
    assert {row["labeller"] for row in found} == {None}
    cluster_units(landed)


def test_with_a_share_of_nothing_nothing_is_asked(landed: Settings) -> None:
    nothing = landed.model_copy(update={"cluster_reason_share": 0.0, "cluster_action_share": 0.0})
    assert [plan_summaries(nothing, one).request_count for one in SUMMARISED] == [0, 0]
    assert ask_summaries(nothing, run_id="nothing") == 0


def test_what_a_budget_reaches_first_is_of_all_dates_and_not_of_the_oldest(
    landed: Settings, tmp_path: Path
) -> None:
    """Half of the calls in the order in which they are asked; with one step they were the first half."""
    copy = tmp_path / "part"
    shutil.copytree(landed.home, copy, symlinks=True)
    part = landed.model_copy(update={"home": copy})
    part.ledger_path.unlink(missing_ok=True)
    with open_ledger(part) as ledger:
        order = [request for chunk in in_steps(part, ACTIONS, ledger) for request in chunk]
    assert (
        len({request.unit_id for request in order})
        == len(order)
        == plan_summaries(part, ACTIONS).request_count
    )
    days = [request.session_date for request in order]
    first, every = sorted(days[: len(days) // 2]), sorted(days)
    assert first[len(first) // 2] > every[len(every) // 3]


def test_without_a_ledger_there_are_no_summaries(archived: DemoHome, tmp_path: Path) -> None:
    settings = archived.copy(tmp_path).settings
    assert land_summaries(settings) == {"usable": 0}
    assert not settings.ledger_path.exists()
