"""Next-step duels through the fake API: planted outcomes come back, the blind holds, no second bill."""

import multiprocessing
import os
import re
import signal
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pyarrow.parquet as pq
import pytest

from orchestration.assets.duels import next_step_duels_asset
from orchestration.assets.label_config import NEXT_STEP_DUELS, asking_config
from orchestration.duels.rows import MOMENT_SETS, NEXT_STEPS
from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.next_step_duels import WIN_RATE, next_step_duels
from orchestration.labelling.next_step_duels import ask_duels, land_duels, plan_duels
from orchestration.landing.lake import single_file
from orchestration.privacy.rules import PublishingRules
from orchestration.progress import SilentReporter
from orchestration.settings import Settings
from orchestration.statistics.withholding import showing_all
from tests.dbt_runs import Home, Step
from tests.demo_lake import query_file
from tests.fakes.claude_api import FakeClaude
from tests.planted_duels import (
    IN_NO_DUEL,
    PEOPLE_WORDS,
    PlantedDuel,
    PlantedJudge,
    duel_home,
    planted_duels,
    shown_below,
)
from tests.raw_lake import AGENT

DUELS = planted_duels()
OF_DUELS = [duel for duel in DUELS if duel.number not in IN_NO_DUEL]


def rows_of(settings: Settings) -> list[dict[str, Any]]:
    return list(pq.read_table(single_file(settings.lake_dir, NEXT_STEPS)).to_pylist())


def judge() -> PlantedJudge:
    return PlantedJudge({duel.number: duel for duel in DUELS})


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, PlantedJudge, FakeClaude]]:
    """A home whose duels were carried out, whoever answered, and the fake API."""
    settings, judged = duel_home(tmp_path_factory.mktemp("duels"), DUELS), judge()
    with FakeClaude(judged) as fake, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTHROPIC_BASE_URL", fake.url)
        patch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-a-key")
        assert plan_duels(settings).request_count == len(OF_DUELS) + 1  # one session has no moment
        assert ask_duels(settings, run_id="duels") == len(OF_DUELS) * 6 + 1
        land_duels(settings)
        yield settings, judged, fake


def test_planted_outcomes_are_recovered(asked: tuple[Settings, PlantedJudge, FakeClaude]) -> None:
    found = {(row["act_id"], row["moment_set"]): row for row in rows_of(asked[0])}
    assert set(found) == {(duel.act_id, duel.moment_set) for duel in OF_DUELS}
    for duel in OF_DUELS:
        row = found[duel.act_id, duel.moment_set]
        assert row["outcome"] == duel.outcome, duel
        assert row["status"] == ("not_judgeable" if duel.outcome is None else "judged")
        assert (row["session_id"], row["user_id"]) == (duel.session_id, duel.user_id)


def test_rates_of_both_sets_are_those_of_the_planted_outcomes(
    asked: tuple[Settings, PlantedJudge, FakeClaude],
) -> None:
    with duckdb.connect() as connection, showing_all():
        connection.execute("create schema intermediate")
        connection.execute(
            "create table intermediate.int_next_steps__judged as select *, outcome as duel_outcome "
            "from read_parquet($path)",
            {"path": str(single_file(asked[0].lake_dir, NEXT_STEPS))},
        )
        rows = next_step_duels(BuiltFacts(connection, AGENT, PublishingRules("personal")))
    found = {
        row.population: (row.estimate, row.n_sessions, row.unknown_share)
        for row in rows
        if (row.metric_name, row.specification, row.statistic) == (WIN_RATE, "both_orders", "share")
    }
    for moment_set in MOMENT_SETS:
        own = [duel for duel in OF_DUELS if duel.moment_set == moment_set]
        judged = [duel for duel in own if duel.outcome is not None]
        wins = sum(duel.outcome == "agent_better" for duel in own)
        assert found[moment_set] == pytest.approx(
            (wins / len(judged), len(judged), 1 - len(judged) / len(own))
        )


def test_whoever_proposes_sees_nothing_from_the_moment_on(
    asked: tuple[Settings, PlantedJudge, FakeClaude],
) -> None:
    asked_for = Counter(name for name, _, _ in asked[1].seen)
    assert asked_for["next_step_proposal"] == len(OF_DUELS)
    for name, document, question in asked[1].seen:
        if name in ("next_step_proposal", "next_step_restatement"):
            duel = duel_of(document)
            assert "shows timeouts" in document
            for later in (duel.move, duel.later, duel.end, "Taken up at once", "Nothing is wrong there"):
                assert later not in document
            if name == "next_step_proposal":
                assert not shown_below(question)


def test_the_judge_sees_the_end_and_no_word_of_the_person_from_the_moment_on(
    asked: tuple[Settings, PlantedJudge, FakeClaude],
) -> None:
    for name, document, _ in asked[1].seen:
        if name == "next_step_judgement":
            duel = duel_of(document)
            assert duel.end in document
            for told in (duel.move, duel.later, "Taken up at once"):
                assert told not in document


def test_nothing_says_whose_step_is_whose(asked: tuple[Settings, PlantedJudge, FakeClaude]) -> None:
    source = re.compile(r"human|person|user|agent|model|assistant|claude|propos", re.I)
    for name, _, question in asked[1].seen:
        if name == "next_step_judgement":
            steps = shown_below(question)
            assert not source.findall(steps)
            assert not [word for word in PEOPLE_WORDS if word in steps]
            assert re.findall(r"^\[s\d\] .*$", steps, re.MULTILINE) == [
                "[s1] observed · next step 1",
                "[s2] observed · next step 2",
            ]
    restating = {question for name, _, question in asked[1].seen if name == "next_step_restatement"}
    heads = {head for question in restating for head in re.findall(r"^\[s1\].*$", question, re.MULTILINE)}
    assert heads == {"[s1] observed · a next step"}


def test_both_orders_are_judged_and_the_first_is_drawn(
    asked: tuple[Settings, PlantedJudge, FakeClaude],
) -> None:
    orders: dict[int, list[str]] = {}
    for name, document, question in asked[1].seen:
        if name == "next_step_judgement":
            orders.setdefault(duel_of(document).number, []).append(shown_below(question))
    for shown in orders.values():
        assert {tuple(re.findall(r"the (cache|queue) of", one)) for one in shown} == {
            ("cache", "queue"),
            ("queue", "cache"),
        }
    first = Counter(row["is_agent_first"] for row in rows_of(asked[0]))
    assert min(first[True], first[False]) > len(OF_DUELS) / 4


def test_a_second_run_asks_nothing(
    asked: tuple[Settings, PlantedJudge, FakeClaude], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, _, fake = asked
    monkeypatch.setenv("ANTHROPIC_BASE_URL", fake.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-a-key")
    before = len(fake.account.charges)
    assert set(fake.account.paid.values()) == {1}
    assert plan_duels(settings).request_count == 0
    assert ask_duels(settings, run_id="again") == 0
    assert len(fake.account.charges) == before


def test_nothing_is_asked_by_default(
    asked: tuple[Settings, PlantedJudge, FakeClaude], tmp_path: Path
) -> None:
    settings = duel_home(tmp_path, DUELS[:2], duel_share=0.0)
    assert plan_duels(settings).request_count == 0
    assert ask_duels(settings, run_id="none") == 0
    assert land_duels(settings)["moments"] == 0


def test_a_spent_budget_leaves_moments_unasked_and_a_larger_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = OF_DUELS[:4]
    settings = duel_home(tmp_path, tuple(some), label_concurrency=1)
    with FakeClaude(judge()) as fake:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", fake.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-a-key")
        ask_duels(settings, run_id="small", budget_usd=Decimal("0.006"))
        land_duels(settings)
        assert 0 < len(fake.account.charges) < len(some) * 6
        assert {row["status"] for row in rows_of(settings)} <= {"not_asked", "judged"}
        ask_duels(settings, run_id="large")
        land_duels(settings)
        assert {row["outcome"] for row in rows_of(settings)} == {"agent_better"}
        assert set(fake.account.paid.values()) == {1}


def test_the_asset_asks_only_where_a_run_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = duel_home(tmp_path, tuple(OF_DUELS[:2]))
    with FakeClaude(judge()) as fake:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", fake.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-a-key")
        for config, charges in (({}, 0), (asking_config(has_dates=False)["ops"][NEXT_STEP_DUELS], 12)):
            made = dg.materialize(
                [next_step_duels_asset(settings)],
                resources={"reporter": SilentReporter()},
                run_config={"ops": {NEXT_STEP_DUELS: config}} if config else {},
            )
            assert made.success
            assert len(fake.account.charges) == charges
    assert [row["outcome"] for row in rows_of(settings)] == ["agent_better"] * 2


def test_a_killed_run_goes_on_and_pays_no_answer_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = OF_DUELS[8:12]
    settings, planted = duel_home(tmp_path, tuple(some), label_concurrency=1), judge()
    context = multiprocessing.get_context("spawn")
    killed = False

    def killing(name: str, step: str, document: str, question: str) -> dict[str, Any]:
        """Kills the sender while the third judgement is being answered."""
        nonlocal killed
        found = planted(name, step, document, question)
        if not killed and sum(one == "next_step_judgement" for one, _, _ in planted.seen) == 3:
            killed = True
            os.kill(int(sender.pid or 0), signal.SIGKILL)
        return found

    with FakeClaude(killing) as fake:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", fake.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-a-key")
        sender = context.Process(target=ask_duels, args=(settings,), kwargs={"run_id": "killed"})
        sender.start()
        sender.join(timeout=120)
        assert sender.exitcode == -signal.SIGKILL
        ask_duels(settings, run_id="after")
        land_duels(settings)
    assert [row["outcome"] for row in rows_of(settings)] == [duel.outcome for duel in some]
    # The one request that was under way when the sender died may have been answered: it is asked again.
    assert sum(count - 1 for count in fake.account.paid.values()) <= 1
    assert len(fake.account.charges) <= len(some) * 6 + 1


def test_a_share_of_the_duels_is_judged_three_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some = tuple(OF_DUELS[:3])
    settings = duel_home(tmp_path, some, label_replicate_share=1.0)
    with FakeClaude(judge()) as fake:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", fake.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-a-key")
        assert ask_duels(settings, run_id="repeats") == len(some) * (4 + 3 * 2)
        land_duels(settings)
    assert Counter(row["replicate"] for row in rows_of(settings)) == {0: 3, 1: 3, 2: 3}
    assert {row["outcome"] for row in rows_of(settings)} == {"agent_better"}


def duel_of(document: str) -> PlantedDuel:
    number = int(re.findall(r"failure (\d{3})", document)[0])
    return next(duel for duel in DUELS if duel.number == number)


def test_the_release_shows_the_win_rate_next_to_the_studys(small_team: tuple[Home, list[Step]]) -> None:
    """42 detours, 22 won in both orders, 2 contradicting; no person can review them."""
    found = {
        (row["specification"], row["statistic"]): row
        for row in query_file(
            small_team[0].warehouse_path,
            "select * from metrics.rpt_next_step_duels "
            "where metric_name = 'next_step_win_rate' and segment_name = 'all'",
        )
    }
    row = found["both_orders", "share"]
    assert row["estimate"] == pytest.approx(22 / 42)
    assert (row["population"], row["n_sessions"], row["n_users"], row["standing"]) == (
        "detour", 30, 5, "exploratory",
    )  # fmt: skip
    assert (row["published_low"], row["published_high"], row["published_grade"]) == (0.51, 0.64, "similar")
    assert found["ties_half", "share"]["estimate"] == pytest.approx(23 / 42)
    assert found["both_orders", "wilson"]["published_id"] is None
