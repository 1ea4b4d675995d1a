"""A home with planted effects, labelled through the fake API with a known error and reviewed by the truth.

Test support: the stages from files to metrics. What the metrics must show of it is in `planted_claims`; the
size of a corpus belongs to who uses it. Gates let everything pass: they are tested elsewhere.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from expectations.verdict import Verdict
from orchestration.date_states import dirty_days
from orchestration.demo import DemoPlan
from orchestration.demo.effects import PlantedEffects
from orchestration.labellers.claude import CLAUDE
from orchestration.labellers.landing import land_labels_by
from orchestration.labellers.rules import RULES
from orchestration.labelling import asking
from orchestration.labelling.asking import AskScope, ask_dates
from orchestration.labelling.batches import collect_ended, wait_for_batches
from orchestration.labelling.lake_sessions import days_with_sessions
from orchestration.landing.chunk import LandingRun
from orchestration.publishing.warehouse import Warehouse
from orchestration.publishing.warehouse_stages import build_facts
from orchestration.reviewing.import_reviews import import_reviews
from orchestration.reviewing.sample import SampleOrder, sample_for_review
from orchestration.stages import land_raw
from tests.demo_lake import ALL_AT_ONCE, NOW, DemoHome, archived_demo, build_warehouse
from tests.fakes.claude_api import FakeClaude
from tests.fakes.claude_api_service import FakeSettings
from tests.fakes.planted_labels import CallAnswers, Confusion, Declines, PlantedAnswers, SessionTokens

ASKED = (
    "work_mode", "outcome", "success_evidence", "failure_evidence", "expertise", "task_value",
    "work_occupation", "user_occupation",
)  # fmt: skip
"""What adjusted rates, value and its parts rest on; nothing else is asked."""

LENIENT = {"partially_succeeded": {"succeeded": 0.8, "partially_succeeded": 0.2}}
"""The judge's error: what came half-way mostly passes for success, whoever worked on whatever.

What is verified, or failed, rests on further evidence and is not touched by it.
"""

CONFUSIONS: Mapping[str, Confusion] = {"outcome": LENIENT}

_CHOICES: dict[str, Any] = {
    "budget_usd": "100000",
    "label_batch_above": 0,
    "label_replicate_share": 0,
    "label_study_c_share": 0,
    "label_classifiers": ",".join(ASKED),
}


def planted_plan(effects: PlantedEffects, *, sessions: int, users: int, months: int) -> DemoPlan:
    """A corpus of short turns that nobody interrupts, as many in every month."""
    return DemoPlan(
        end_date=NOW.date(),
        sessions=sessions,
        users=users,
        months=months,
        activity_growth=1.0,
        interrupt_rate_start=0.0,
        interrupt_rate_end=0.0,
        median_turn_seconds=8.0,
        tail_sigma_start=0.5,
        tail_sigma_end=0.5,
        effects=effects,
    )


def labelled_home(
    folder: Path,
    plan: DemoPlan,
    *,
    confusions: Mapping[str, Confusion] = CONFUSIONS,
    declines: Declines | None = None,
    calls: Callable[[DemoHome], Mapping[str, CallAnswers]] = lambda _: {},
    **changes: object,
) -> DemoHome:
    """Files to rows, rows to questions, the fake's answers to labels; nothing is built yet.

    `confusions` is the judge's error, `declines` what it leaves to the forced label, `calls` what is planted
    of tool calls, once their rows are there.
    """
    home = archived_demo(folder, plan, **{**_CHOICES, **changes})
    land_raw(home.settings, dirty_days(home.settings), _run())
    days = days_with_sessions(home.settings)
    tokens = SessionTokens()
    of_calls = calls(home)
    judge = PlantedAnswers(
        home.truth.sessions, tokens, confusions=confusions, declines=declines, calls=of_calls
    )
    with _asked(judge, tokens):
        for _ in range(2):  # the price is asked once its posting is there
            ask_dates(home.settings, AskScope(days), run_id="asked", as_batches=True)
            wait_for_batches(home.settings, pause=lambda _: None, seconds=0.0, advance=lambda *_: None)
            assert collect_ended(home.settings) is None
    land_labels_by(CLAUDE, home.settings, days, _run())
    if of_calls:  # of which the rules settle a part
        land_labels_by(RULES, home.settings, days, _run())
    return home


def review(home: DemoHome, size: int) -> None:
    """Build the facts, draw sessions for review, answer them by the truth, and take the answers in."""
    build_facts(home.settings, Warehouse(home.settings))
    outcomes = {session.session_id: session.outcome for session in home.truth.sessions}
    review_by(home, ("outcome",), lambda _, unit_id: outcomes[unit_id], size=size)


def review_by(home: DemoHome, names: tuple[str, ...], truth: Callable[[str, str], str], *, size: int) -> None:
    """Draw units of built facts for review, answer them by classifier and unit, and take the answers in."""
    form = sample_for_review(home.settings, SampleOrder(names, size=size), now=NOW).folder / "sample.csv"
    with form.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with form.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        for row in rows:
            answer = truth(row["classifier"], row["unit_id"])
            writer.writerow({**row, "answer": answer, "reviewer": "first"})
    report = import_reviews(home.settings, form, _run())
    assert not report.set_aside
    assert report.kept["new"] == len(rows) == size * len(names)


def build_all(home: DemoHome) -> None:
    build_warehouse(home.settings)


def _run() -> LandingRun:
    return LandingRun("planted", NOW, _approve, limits=ALL_AT_ONCE)


def _approve(staged: Mapping[date, Any]) -> list[Verdict]:
    return [Verdict("none", "all", day, "not judged", "fail", "pass", 0, 0, "") for day in sorted(staged)]


@contextmanager
def _asked(judge: PlantedAnswers, tokens: SessionTokens) -> Iterator[FakeClaude]:
    """The fake API as the one that the environment names; it is told whose document it sees as they leave."""
    made = asking._asks

    def told(*given: Any, **named: Any) -> Iterator[Any]:
        for asks in made(*given, **named):
            for request in asks.requests:
                is_call = request.unit_kind == "tool_call"
                tokens.tell(request.document, request.unit_id if is_call else request.session_id)
            yield asks

    with (
        FakeClaude(judge, settings=FakeSettings(looks_in_progress=0)) as fake,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("ANTHROPIC_BASE_URL", fake.url)
        patch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-a-key")
        patch.setattr(asking, "_asks", told)
        yield fake
