"""The demo labelled by Claude the whole way: transcripts to release through Dagster, against the fake API.

Both ways of sending, a second run that sends nothing, budgets, staleness, a changed prompt, a relabel. The
homes are built in order by module fixtures; a test that changes one takes a copy.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from classifiers.asking.eligibility import budget_place
from classifiers.catalog import CATALOG
from classifiers.classifier import Classifier
from classifiers.ledger.ledger import Ledger
from expectations.verdict import Verdict
from orchestration import run as main_job
from orchestration.dagster_instance import open_instance
from orchestration.date_states import dirty_days
from orchestration.demo import DemoPlan
from orchestration.labellers.claude import CLAUDE
from orchestration.labellers.landing import land_labels_by
from orchestration.labelling.asking import AskScope, ask_dates, days_to_ask, plan_labels, session_asks
from orchestration.labelling.batches import batch_state
from orchestration.labelling.label_samples import LabelSamples, read_samples
from orchestration.labelling.lake_sessions import days_with_sessions
from orchestration.labelling.stale import relabelled_units
from orchestration.landing.chunk import LandingRun
from orchestration.landing.lake import label_lake_table, read_partition
from orchestration.progress import SilentReporter
from orchestration.run import RunOptions, RunOutcome, run_home
from orchestration.sensors import finished_batches_sensor
from orchestration.settings import Settings
from orchestration.stages import land_raw
from tests.demo_lake import NOW, DemoHome, Row, archived_demo, query_file
from tests.fakes.claude_api import FakeClaude
from tests.fakes.claude_api_faults import Fault
from tests.fakes.claude_api_service import FakeSettings
from tests.fakes.planted_labels import PlantedAnswers, SessionTokens

PLAN = DemoPlan(end_date=NOW.date(), sessions=14, users=5, months=1)
CHOICES: dict[str, Any] = {
    "budget_usd": "20",
    "label_requests_per_minute": 1_000_000,
    "label_concurrency": 8,
    "label_replicate_share": 0.2,
    "label_study_c_share": 0.2,
    "call_sample_share": 0.1,
}
AT_ONCE = {"label_batch_above": 1_000_000}
AS_BATCHES = {"label_batch_above": 0}


@contextmanager
def asked(home: DemoHome, **faked: Any) -> Iterator[FakeClaude]:
    """The fake API as the one that the environment names, answering from what was planted in the home."""
    tokens = SessionTokens()
    with (
        FakeClaude(PlantedAnswers(home.truth.sessions, tokens), settings=FakeSettings(**faked)) as fake,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("ANTHROPIC_BASE_URL", fake.url)
        patch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-a-key")
        patch.setattr(main_job, "POLL_SECONDS", 0.05)
        for asks in session_asks(home.settings, AskScope(days_with_sessions(home.settings))):
            for request in asks.requests:
                tokens.tell(request.document, request.session_id)
        yield fake


def run(settings: Settings, **options: Any) -> RunOutcome:
    return run_home(settings, SilentReporter(), RunOptions(**options))


def ask_and_land(settings: Settings, relabel: str = "none") -> None:
    """The two steps of a run that are about labels, without what comes before and after them."""
    days = days_with_sessions(settings)
    ask_dates(
        settings,
        AskScope(days, None, relabelled_units(settings, days, None, which=relabel)),
        run_id="asked",
        as_batches=False,
    )
    land_labels_by(CLAUDE, settings, days, LandingRun("landed", datetime.now(UTC), approve))


def approve(staged: Mapping[date, Any]) -> list[Verdict]:
    """A gate that lets everything pass: the real ones judge in the runs."""
    return [Verdict("none", "all", day, "not judged", "fail", "pass", 0, 0, "") for day in sorted(staged)]


def labels(settings: Settings) -> list[Row]:
    """Claude's labels in the current release."""
    path = settings.published_dir / "current" / "marts.duckdb"
    return query_file(path, "select * from marts.fct_labels where labeller = 'claude'")


def landed_labels(settings: Settings) -> list[Row]:
    """Claude's labels in the lake, with their answers."""
    return [
        row
        for classifier in CATALOG
        for day in days_with_sessions(settings)
        for row in read_partition(
            settings.lake_dir,
            label_lake_table(classifier.name, classifier.label_schema, labeller="claude"),
            day,
        ).to_pylist()
    ]


def ledger_spent(settings: Settings) -> Decimal:
    with Ledger.open(settings.ledger_path, clock=lambda: datetime.now(UTC)) as ledger:
        return sum((ledger.spent(run_id) for run_id in ledger.run_ids()), Decimal(0))


def ledger_states(settings: Settings) -> Mapping[str, int]:
    with Ledger.open(settings.ledger_path, clock=lambda: datetime.now(UTC)) as ledger:
        return dict(ledger.state_counts())


@pytest.fixture(scope="module")
def with_a_key_alone(
    tmp_path_factory: pytest.TempPathFactory, dbt_manifest: object
) -> tuple[DemoHome, FakeClaude, RunOutcome]:
    """A home that has run with a key and without a budget. Read only."""
    home = archived_demo(tmp_path_factory.mktemp("labelled-demo"), PLAN, **{**CHOICES, "budget_usd": "0"})
    with asked(home) as fake:
        outcome = run(home.settings)
    return home, fake, outcome


@pytest.fixture(scope="module")
def landed(with_a_key_alone: tuple[DemoHome, FakeClaude, RunOutcome]) -> DemoHome:
    """The same home. Read only."""
    return with_a_key_alone[0]


@pytest.fixture(scope="module")
def at_once(landed: DemoHome, tmp_path_factory: pytest.TempPathFactory) -> tuple[DemoHome, FakeClaude]:
    """A copy labelled by synchronous calls. Read only."""
    home = landed.copy(tmp_path_factory.mktemp("at-once"), **CHOICES, **AT_ONCE)
    with asked(home) as fake:
        run(home.settings)
    return home, fake


@pytest.fixture(scope="module")
def in_batches(landed: DemoHome, tmp_path_factory: pytest.TempPathFactory) -> tuple[DemoHome, FakeClaude]:
    """A copy labelled by batches that were waited for. Read only."""
    home = landed.copy(tmp_path_factory.mktemp("in-batches"), **CHOICES, **AS_BATCHES)
    with asked(home, looks_in_progress=2) as fake:
        run(home.settings, wait=True)
    return home, fake


def test_a_key_alone_spends_nothing(with_a_key_alone: tuple[DemoHome, FakeClaude, RunOutcome]) -> None:
    """Eligibility lands, so that coverage can be said; nothing is asked."""
    home, fake, outcome = with_a_key_alone
    assert outcome.budget_run is None
    assert fake.account.calls.total() == 0
    assert labels(home.settings) == []


@pytest.mark.parametrize("way", ["at_once", "in_batches"])
def test_the_demo_is_labelled_completely(way: str, request: pytest.FixtureRequest) -> None:
    home, fake = request.getfixturevalue(way)
    found = labels(home.settings)
    assert {row["classifier"] for row in found} == {classifier.name for classifier in CATALOG}
    plan = plan_labels(home.settings, AskScope(days_with_sessions(home.settings)))
    assert plan.request_count == 0
    assert sum(line.held + line.gave_up for line in plan.lines) == len(found)
    assert {row["status"] for row in found} == {"ok"}
    assert len(fake.account.charges) == ledger_states(home.settings)["answered"]


@pytest.mark.parametrize("way", ["at_once", "in_batches"])
def test_the_bill_is_the_labels_cost_and_the_ledgers(way: str, request: pytest.FixtureRequest) -> None:
    home, fake = request.getfixturevalue(way)
    billed = float(fake.account.usd)
    assert float(ledger_spent(home.settings)) == pytest.approx(billed, abs=1e-6)
    assert sum(row["cost_usd"] for row in labels(home.settings)) == pytest.approx(billed, abs=1e-6)


def test_the_warehouse_is_built_before_a_wait_and_once_after_it(
    in_batches: tuple[DemoHome, FakeClaude],
) -> None:
    """A question of two steps makes two batches: what the first brings is landed, and not yet released."""
    with open_instance(in_batches[0].settings.dagster_home) as instance:
        runs = [run for run in instance.get_runs() if run.job_name != "update"]
    assert all(run.is_success for run in runs)
    jobs = [run.job_name for run in reversed(runs)]
    rounds = jobs[1:-1]
    assert jobs == ["update_and_label", *["label"] * len(rounds), "update_and_label"]
    assert len(rounds) > 1


def test_planted_outcomes_come_out_as_claudes_labels(at_once: tuple[DemoHome, FakeClaude]) -> None:
    home, _ = at_once
    planted = {session.session_id: session.outcome for session in home.truth.sessions}
    found = {
        row["unit_id"]: row["answer_label"]
        for row in labels(home.settings)
        if row["classifier"] == "outcome" and row["is_current"]
    }
    assert len(found) > 5
    assert found == {session_id: planted[session_id] for session_id in found}


def test_both_ways_give_the_same_labels(
    at_once: tuple[DemoHome, FakeClaude], in_batches: tuple[DemoHome, FakeClaude]
) -> None:
    def judged(home: DemoHome) -> set[tuple[Any, ...]]:
        names = ("unit_id", "fingerprint", "replicate", "status", "answer_label", "answer_score")
        planted = {"outcome", "work_mode", "codebase_relation", "success_evidence", "failure_evidence"}
        rows = [row for row in labels(home.settings) if row["classifier"] in planted]
        return {tuple(row[name] for name in names) for row in rows}

    assert judged(at_once[0]) == judged(in_batches[0])


@pytest.mark.parametrize("way", ["at_once", "in_batches"])
def test_a_second_run_sends_nothing_and_releases_nothing(way: str, request: pytest.FixtureRequest) -> None:
    home, _ = request.getfixturevalue(way)
    with asked(home) as again:
        assert run(home.settings).ending == "nothing_changed"
    assert again.account.calls.total() == 0


def test_a_changed_rendering_of_the_input_sends_nothing_and_marks_labels_stale(
    at_once: tuple[DemoHome, FakeClaude], tmp_path: Path
) -> None:
    home = at_once[0].copy(tmp_path, **CHOICES, **AT_ONCE, text_cut_bytes=256)
    before = {(row["unit_id"], row["fingerprint"], row["replicate"]) for row in landed_labels(home.settings)}
    changed = dirty_days(home.settings)
    land_raw(home.settings, changed, LandingRun("landed", datetime.now(UTC), approve))
    with asked(home) as fake:
        assert days_to_ask(home.settings) == []
        ask_and_land(home.settings)
    found = landed_labels(home.settings)
    assert fake.account.calls.total() == 0
    assert {(row["unit_id"], row["fingerprint"], row["replicate"]) for row in found} == before
    assert 0 < sum(row["is_stale"] for row in found) < len(found)


def test_an_edited_prompt_replans_that_classifier_alone_and_says_its_price(
    at_once: tuple[DemoHome, FakeClaude], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = at_once[0].settings
    text = Classifier.prompt
    monkeypatch.setattr(
        Classifier, "prompt", lambda own, step: text(own, step) + ("?" if own.name == "outcome" else "")
    )
    plan = plan_labels(settings, AskScope(days_with_sessions(settings)))
    asked_again = {line.classifier: line for line in plan.lines if line.to_ask}
    assert set(asked_again) == {"outcome"}
    assert asked_again["outcome"].expected_usd == plan.now_usd > 0


def test_a_budget_is_not_exceeded_and_what_is_beyond_it_is_a_row(landed: DemoHome, tmp_path: Path) -> None:
    tight = {**CHOICES, **AT_ONCE, "budget_usd": "0.02"}
    home = landed.copy(tmp_path, **tight)
    with asked(home) as fake:
        ask_and_land(home.settings)
    found = landed_labels(home.settings)
    assert Decimal(0) < fake.account.usd <= Decimal("0.02")
    assert {row["status"] for row in found} == {"ok", "skipped_budget"}
    outcomes = [row for row in found if row["classifier"] == "outcome"]
    assert all((row["outcome"] is None) == (row["status"] == "skipped_budget") for row in outcomes)


def test_a_relabel_is_paid_again_and_keeps_one_label_a_unit(
    at_once: tuple[DemoHome, FakeClaude], tmp_path: Path
) -> None:
    home = at_once[0].copy(tmp_path, **CHOICES, **AT_ONCE, label_classifiers="outcome")
    before = [row for row in landed_labels(home.settings) if row["classifier"] == "outcome"]
    with asked(home) as fake:
        ask_and_land(home.settings, relabel="all")
    after = [row for row in landed_labels(home.settings) if row["classifier"] == "outcome"]
    assert fake.account.calls["messages"] == sum(row["replicate"] == 0 for row in before)
    assert len(after) == len(before)
    assert sum(row["cost_usd"] for row in after) > sum(row["cost_usd"] for row in before)


def test_a_batch_that_is_not_awaited_comes_home_by_the_sensor(landed: DemoHome, tmp_path: Path) -> None:
    home = landed.copy(tmp_path, **CHOICES, **AS_BATCHES, label_classifiers="outcome,work_mode")
    settings = home.settings
    with asked(home, looks_in_progress=1) as fake:
        days = days_with_sessions(settings)
        ask_dates(settings, AskScope(days), run_id="submitted", as_batches=True)
        pending = batch_state(settings, ask=False)
        assert [batch.state for batch in pending.open_batches] == ["created"]
        assert labels(settings) == []
        sensor = finished_batches_sensor(settings)
        fake.faults.queue("batch_retrieve", Fault("status", status=401, error_type="authentication_error"))
        (skipped,) = list(sensor(dg.build_sensor_context()))
        assert "does not accept the key" in str(skipped.skip_message)
        first, second = (sensor(dg.build_sensor_context()) for _ in range(2))
        requests = [each for found in (first, second) for each in _requests(found)]
        assert len(requests) >= 1
        assert len({request.run_key for request in requests}) == 1, "Dagster starts a run per key once"
        run(settings)
        calls = fake.account.calls["messages"]
    assert calls == 0
    assert {row["status"] for row in labels(settings)} == {"ok"}
    assert not batch_state(settings, ask=False).open_batches


def _requests(found: Any) -> list[dg.RunRequest]:
    """Run requests among what a sensor yields."""
    given = found if isinstance(found, list) else list(found)
    return [each for each in given if isinstance(each, dg.RunRequest)]


def test_every_fault_ends_in_a_row_with_its_status_and_coverage_counts_it(
    landed: DemoHome, tmp_path: Path
) -> None:
    """One of each, then none; what failed without an answer is asked again and stays one label."""
    chosen = {"label_classifiers": "work_mode", "label_replicate_share": 0, "label_study_c_share": 0}
    home = landed.copy(
        tmp_path, **{**CHOICES, **AT_ONCE, **chosen, "mode": "personal", "label_concurrency": 1}
    )
    kinds = ("refusal", "max_tokens", "context_exceeded", "invalid_json", "wrong_enum", "missing_field")
    with asked(home) as fake:
        fake.faults.queue("messages", *(Fault(kind) for kind in kinds), Fault("thinking_first"))
        run(home.settings)
    found = Counter(row["status"] for row in labels(home.settings))
    assert {status: found[status] for status in ("refused", "truncated", "invalid")} == {
        "refused": 1,
        "truncated": 2,
        "invalid": 3,
    }
    assert found["ok"] == found.total() - 6 > 0
    shares = query_file(
        home.settings.published_dir / "current" / "metrics.duckdb",
        "select metric_name, numerator from metrics.rpt_label_coverage"
        " where labeller = 'claude' and segment_value = 'work_mode' and period_kind = 'overall'",
    )
    counted = {row["metric_name"]: row["numerator"] for row in shares}
    assert (counted["refused_share"], counted["truncated_share"], counted["invalid_share"]) == (1, 2, 3)


def places_of(found: list[Row], status: str) -> set[float]:
    """Places, in the order of budgets, of sessions with a label of this status."""
    return {budget_place(str(row["session_id"])) for row in found if row["status"] == status}


def test_a_spent_budget_has_labelled_a_random_sample_and_a_larger_one_extends_it(
    landed: DemoHome, tmp_path: Path
) -> None:
    days = days_with_sessions(landed.settings)
    whole = plan_labels(landed.settings, AskScope(days)).now_usd
    home = landed.copy(tmp_path, **{**CHOICES, **AT_ONCE, "budget_usd": f"{whole / 2:.4f}"})
    with asked(home) as fake:
        ask_and_land(home.settings)
        first, calls = landed_labels(home.settings), fake.account.calls.total()
        shares = read_samples(home.settings)
        (share,) = {each for day in days for each in shares.of_day(day).values()}
        assert 0 < share < 1
        held = {row["session_id"] for row in first if row["status"] == "ok"}
        inside = {one.session_id for one in home.truth.sessions if budget_place(one.session_id) < share}
        assert {one for one in held if budget_place(str(one)) < share} >= inside & held
        beyond = places_of(first, "skipped_budget")
        assert min(beyond) >= share, "below the share no label is beyond the budget"
        ask_dates(home.settings, AskScope(days), run_id="larger", budget_usd=2 * whole, as_batches=False)
        land_labels_by(CLAUDE, home.settings, days, LandingRun("larger", datetime.now(UTC), approve))
        second = landed_labels(home.settings)
    assert fake.account.calls.total() > calls
    assert {row["status"] for row in second} == {"ok"}
    paid = [(row["request_id"], row["unit_id"]) for row in first if row["status"] == "ok"]
    assert set(paid) <= {(row["request_id"], row["unit_id"]) for row in second}, "nothing is paid twice"
    assert read_samples(home.settings) == LabelSamples()
