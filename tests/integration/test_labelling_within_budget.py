"""A budget that does not reach everything, against the fake API: which sessions are labelled, what lands."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from classifiers.asking.eligibility import LabelEligibility, budget_place
from expectations.suites.eligibility import ELIGIBILITY
from expectations.verdict import Verdict
from orchestration.date_states import dirty_days
from orchestration.demo import DemoPlan
from orchestration.ingest.rows import arrow_schema
from orchestration.labellers.claude import CLAUDE
from orchestration.labellers.landing import land_labels_by
from orchestration.labelling.asking import AskScope, ask_dates, plan_labels, session_asks
from orchestration.labelling.label_samples import LabelSamples, read_samples
from orchestration.labelling.lake_sessions import days_with_sessions
from orchestration.landing.chunk import LandingRun
from orchestration.landing.lake import label_lake_table, read_partition
from orchestration.stages import land_raw
from tests.demo_lake import ALL_AT_ONCE, NOW, DemoHome, Row, archived_demo
from tests.fakes.claude_api import FakeClaude
from tests.fakes.planted_labels import PlantedAnswers, SessionTokens

PLAN = DemoPlan(end_date=NOW.date(), sessions=24, users=6, months=2)
CHOICES: dict[str, Any] = {
    "budget_usd": "100",
    "label_replicate_share": 0,
    "label_study_c_share": 0,
    "label_classifiers": "outcome,work_mode",
    "label_requests_per_minute": 1_000_000,
    "label_concurrency": 1,  # requests under way reserve their bounds, which are large against this corpus
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> DemoHome:
    """A home whose transcripts are rows, and of which nothing was asked."""
    made = archived_demo(tmp_path_factory.mktemp("sampled-demo"), PLAN, **CHOICES)
    land_raw(made.settings, dirty_days(made.settings), landing())
    return made


def landing() -> LandingRun:
    return LandingRun("sampled", NOW, approve, limits=ALL_AT_ONCE)


def approve(staged: Mapping[date, Any]) -> list[Verdict]:
    return [Verdict("none", "all", day, "not judged", "fail", "pass", 0, 0, "") for day in sorted(staged)]


@contextmanager
def asked(home: DemoHome) -> Iterator[FakeClaude]:
    tokens = SessionTokens()
    with (
        FakeClaude(PlantedAnswers(home.truth.sessions, tokens)) as fake,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("ANTHROPIC_BASE_URL", fake.url)
        patch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-a-key")
        for asks in session_asks(home.settings, AskScope(days_with_sessions(home.settings))):
            for request in asks.requests:
                tokens.tell(request.document, request.session_id)
        yield fake


def eligible(home: DemoHome) -> list[Row]:
    """What landed on who could be asked about what."""
    table = label_lake_table(ELIGIBILITY, arrow_schema(LabelEligibility), labeller="claude")
    return [
        row
        for day in days_with_sessions(home.settings)
        for row in read_partition(home.settings.lake_dir, table, day).to_pylist()
    ]


def test_a_spent_budget_has_asked_a_random_sample_and_a_larger_one_extends_it(
    home: DemoHome, tmp_path: Path
) -> None:
    copy = home.copy(tmp_path, **CHOICES)
    scope = AskScope(days_with_sessions(copy.settings))
    plan = plan_labels(copy.settings, scope)
    everyone = {asks.requests[0].session_id for asks in session_asks(copy.settings, scope) if asks.requests}
    budget = plan.now_usd / 2 + plan.bound_now_usd
    with asked(copy) as fake:
        small = ask_dates(
            copy.settings, scope, run_id="small", budget_usd=budget, as_batches=False, plan=plan
        )
        share = small.reached_share
        assert share is not None
        assert 0 < share < 1
        left = {asks.requests[0].session_id for asks in session_asks(copy.settings, scope) if asks.requests}
        reached = {one for one in everyone if budget_place(one) < share}
        assert reached
        assert not reached & left, "every session below the share is labelled, whatever its date"
        assert small.skipped_budget > 0
        land_labels_by(CLAUDE, copy.settings, scope.days, landing())
        rows = eligible(copy)
        assert {row["reached_share"] for row in rows} == {share}
        assert all(row["sampling_place"] == budget_place(row["session_id"]) for row in rows)
        answered = fake.account.calls["messages"]
        assert answered == small.asked, "what the budget cut off was not asked"
        large = ask_dates(copy.settings, scope, run_id="large", budget_usd=Decimal(100), as_batches=False)
    assert large.reached_share == 1.0
    assert fake.account.calls["messages"] - answered == large.asked
    paid = fake.account.paid
    assert (set(paid.values()), len(paid)) == ({1}, plan.request_count), "everything is paid, nothing twice"
    assert read_samples(copy.settings) == LabelSamples()
