"""The retrospective review on a planted repository through the fake API: origins, verdicts, blind, bill."""

import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from statsmodels.stats.proportion import proportion_confint

from orchestration.change_reviews.find_changes import ChangeSearch
from orchestration.change_reviews.introducing import commit_of, introducing_commit
from orchestration.change_reviews.rows import CHANGES
from orchestration.forgetting.forget import forget_person
from orchestration.git_history.authors import Authors
from orchestration.git_history.incidents import INCIDENTS_FILE
from orchestration.git_history.repository import open_repository
from orchestration.ingest.pseudonyms import Pseudonyms, load_or_create_key
from orchestration.labelling.change_reviews import ask_reviews, land_reviews, plan_reviews
from orchestration.labelling.choices import open_ledger
from orchestration.landing.lake import single_file
from orchestration.settings import Settings
from tests.dbt_runs import Home, Step
from tests.demo_lake import query_file, settings_of, write_key
from tests.fakes.claude_api import FakeClaude
from tests.planted_repository import ALARMS, TOLD, PlantedRepository, PlantedReviewer, plant

Asked = tuple[Settings, PlantedReviewer, FakeClaude]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> PlantedRepository:
    return plant(tmp_path_factory.mktemp("repository") / "app.git")


def home_of(folder: Path, repository: PlantedRepository, **changes: object) -> Settings:
    choices: dict[str, Any] = {
        "budget_usd": "50", "change_review_share": 1.0, "repositories": str(repository.folder),
        "label_requests_per_minute": 1_000_000, "label_replicate_share": 0.0,
    }  # fmt: skip
    home = folder / "home"
    home.mkdir(parents=True)
    settings = settings_of(home, folder, **(choices | changes))
    write_key(settings)
    return settings


def write_incidents(settings: Settings, repository: PlantedRepository, numbers: list[int]) -> None:
    """Incidents that name the fix, in the columns of the organisation's table."""
    at = datetime(2026, 6, 1, tzinfo=UTC)
    rows = [
        {
            "incident_id": f"incident_{number}", "introduced_sha": None,
            "fixed_sha": repository.fixed[number],
            "opened_at": at, "title": f"Totals of count {number:02d} are off", "description": None,
        }
        for number in numbers
    ]  # fmt: skip
    path = settings.lake_dir / INCIDENTS_FILE
    path.parent.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), path)


def rows_of(settings: Settings) -> list[dict[str, Any]]:
    return list(pq.read_table(single_file(settings.lake_dir, CHANGES)).to_pylist())


def pseudonyms_of(settings: Settings) -> Pseudonyms:
    return Pseudonyms(load_or_create_key(settings.pseudonym_key_path))


@pytest.fixture
def reach(monkeypatch: pytest.MonkeyPatch) -> Any:
    def reached(fake: FakeClaude) -> None:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", fake.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-a-key")

    return reached


@pytest.fixture(scope="module")
def asked(repository: PlantedRepository, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    settings, reviewer = home_of(tmp_path_factory.mktemp("reviews"), repository), PlantedReviewer()
    write_incidents(settings, repository, list(range(len(TOLD))))
    with FakeClaude(reviewer) as fake, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTHROPIC_BASE_URL", fake.url)
        patch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-a-key")
        assert plan_reviews(settings).request_count == 2 * len(TOLD)
        said = sum(told != "nothing" for told in TOLD)
        assert ask_reviews(settings, run_id="reviews") == 2 * len(TOLD) + said
        land_reviews(settings)
        yield settings, reviewer, fake


def test_the_change_behind_each_fix_is_found(repository: PlantedRepository) -> None:
    with open_repository(repository.folder) as opened:
        for number, sha in repository.fixed.items():
            fix = commit_of(opened.git, sha)
            assert fix is not None
            found = introducing_commit(opened.git, fix)
            assert found is not None
            assert str(found.id) == repository.introduced[number]


def test_a_fix_that_only_adds_lines_has_no_origin(tmp_path: Path) -> None:
    repository = PlantedRepository(tmp_path / "added.git")
    repository.commit("dev0", "Begin", a="one\n")
    sha = repository.commit("dev1", "Fix a", a="one\ntwo\n")
    with open_repository(repository.folder) as opened:
        fix = commit_of(opened.git, sha)
        assert fix is not None
        assert introducing_commit(opened.git, fix) is None


def test_planted_verdicts_and_alarms_are_recovered(asked: Asked, repository: PlantedRepository) -> None:
    settings = asked[0]
    found = {row["change_id"]: row for row in rows_of(settings)}
    pseudonyms = pseudonyms_of(settings)
    for number, told in enumerate(TOLD):
        row = found[pseudonyms.change(repository.introduced[number])]
        assert row["change_set"] == "incident"
        assert row["user_id"] == pseudonyms.user(f"dev{(number + 1) % 6}")
        expected = {"named": (True, True), "minor": (True, False), "unknown": (None, None)}
        assert (row["is_named"], row["is_named_as_bug"]) == expected.get(told, (False, False)), told
        assert row["status"] == ("not_judgeable" if told == "unknown" else "reviewed")
    controls = [row for row in found.values() if row["change_set"] == "control"]
    innocent = {pseudonyms.change(sha) for sha in repository.innocent}
    assert len(controls) == len(TOLD)
    assert {row["change_id"] for row in controls} & set(
        map(pseudonyms.change, repository.introduced.values())
    ) == set()
    suspicious = {pseudonyms.change(sha) for sha in repository.innocent[:ALARMS]}
    assert {row["change_id"] for row in controls if row["blocking_count"]} == suspicious & set(found)
    assert innocent & set(found)
    assert {row["is_named"] for row in controls} == {None}


def test_the_reviewer_sees_the_change_alone(asked: Asked) -> None:
    """No fix, no incident, no message, no author: nothing that says that there is a bug."""
    shown = [document for name, document in asked[1].seen if name == "change_findings"]
    assert len(shown) == 2 * len(TOLD)
    for document in shown:
        for word in ("Totals", "one too low", "Fix", "Rework", "Dev", "@example", "Limit "):
            assert word not in document
    judged = [document for name, document in asked[1].seen if name == "change_match"]
    assert all("what is known of a bug" in document and "Totals" in document for document in judged)


def test_a_second_run_pays_nothing(asked: Asked, reach: Any) -> None:
    settings, _, fake = asked
    reach(fake)
    before = len(fake.account.charges)
    assert set(fake.account.paid.values()) == {1}
    assert plan_reviews(settings).request_count == 0
    assert ask_reviews(settings, run_id="again") == 0
    assert len(fake.account.charges) == before


def test_a_killed_run_goes_on_and_pays_no_answer_twice(
    repository: PlantedRepository, tmp_path: Path, reach: Any
) -> None:
    settings, planted = home_of(tmp_path, repository, label_concurrency=1), PlantedReviewer()
    write_incidents(settings, repository, [0, 4, 5])
    killed = False

    def killing(name: str, step: str, document: str, question: str) -> dict[str, Any]:
        nonlocal killed
        found = planted(name, step, document, question)
        if not killed and name == "change_match":
            killed = True
            os.kill(int(sender.pid or 0), signal.SIGKILL)
        return found

    with FakeClaude(killing) as fake:
        reach(fake)
        sender = multiprocessing.get_context("spawn").Process(
            target=ask_reviews, args=(settings,), kwargs={"run_id": "killed"}
        )
        sender.start()
        sender.join(timeout=120)
        assert sender.exitcode == -signal.SIGKILL
        ask_reviews(settings, run_id="after")
        land_reviews(settings)
    named = Counter(row["is_named"] for row in rows_of(settings) if row["change_set"] == "incident")
    assert named == {True: 2, False: 1}
    assert sum(count - 1 for count in fake.account.paid.values()) <= 1


def test_without_incidents_bug_fix_commits_take_their_place(
    repository: PlantedRepository, tmp_path: Path
) -> None:
    settings = home_of(tmp_path, repository)
    pseudonyms = pseudonyms_of(settings)
    search = ChangeSearch(
        settings.lake_dir, settings.repositories, 1.0, pseudonyms, Authors(pseudonyms, {}), lambda _: False
    )
    sets = Counter(change.change_set for change in search.changes())
    assert sets == {"bug_fix": len(TOLD), "control": len(TOLD)}


def test_nothing_is_asked_by_default(repository: PlantedRepository, tmp_path: Path) -> None:
    settings = home_of(tmp_path, repository, change_review_share=0.0)
    assert ask_reviews(settings, run_id="none") == 0
    assert land_reviews(settings) == {}


def test_a_deleted_person_has_no_changes_in_lake_ledger_and_next_runs(
    repository: PlantedRepository, tmp_path: Path, reach: Any
) -> None:
    settings = home_of(tmp_path, repository)
    write_incidents(settings, repository, [0, 1])
    with FakeClaude(PlantedReviewer()) as fake:
        reach(fake)
        ask_reviews(settings, run_id="before")
        land_reviews(settings)
        gone = pseudonyms_of(settings).user("dev1")
        own = [row["change_id"] for row in rows_of(settings) if row["user_id"] == gone]
        assert own
        forget_person(settings, user="dev1", now=datetime(2026, 7, 1, tzinfo=UTC), is_confirmed=True)
        assert not single_file(settings.lake_dir, CHANGES).exists()
        with open_ledger(settings) as ledger:
            assert list(ledger.requests_of(own)) == []
        charges = len(fake.account.charges)
        ask_reviews(settings, run_id="after")
        land_reviews(settings)
        assert gone not in {row["user_id"] for row in rows_of(settings)}
        asked_again = [request for request in fake.account.paid.values() if request > 1]
        assert not asked_again
        assert len(fake.account.charges) >= charges


def test_a_commit_under_another_name_of_a_deleted_person_is_not_sent(tmp_path: Path, reach: Any) -> None:
    """The mailmap says whose the address is: people are known here as in the rows of repositories."""
    repository = PlantedRepository(tmp_path / "named.git")
    repository.files[".mailmap"] = "Dev1 <dev1@example.com> <somebody@example.com>\n"
    repository.commit("dev0", "Begin", a="one\n", b="two\n")
    repository.introduced[0] = repository.commit("somebody", "Rework a", a="other = 1\n", b="two\n")
    repository.introduced[1] = repository.commit("dev2", "Rework b", a="other = 1\n", b="more = 2\n")
    repository.fixed[0] = repository.commit("dev0", "Fix a", a="other = 3\n", b="more = 2\n")
    repository.fixed[1] = repository.commit("dev0", "Fix b", a="other = 3\n", b="more = 4\n")
    settings = home_of(tmp_path, repository)
    write_incidents(settings, repository, [0, 1])
    gone = pseudonyms_of(settings).user("dev1")
    land_reviews(settings)
    assert gone in {row["user_id"] for row in rows_of(settings)}
    forget_person(settings, user="dev1", now=datetime(2026, 7, 1, tzinfo=UTC), is_confirmed=True)
    with FakeClaude(PlantedReviewer()) as fake:
        reach(fake)
        ask_reviews(settings, run_id="after")
        assert fake.account.texts
        assert not [text for text in fake.account.texts if "-one" in text and "+other = 1" in text]
        land_reviews(settings)
    assert gone not in {row["user_id"] for row in rows_of(settings)}


def test_the_release_shows_catches_next_to_false_alarms(small_team: tuple[Home, list[Step]]) -> None:
    """42 changes behind incidents, 14 named as bugs and 7 as minor; 5 alarms on 42 control changes."""
    found = {
        (row["metric_name"], row["population"], row["specification"], row["statistic"]): row
        for row in query_file(
            small_team[0].warehouse_path,
            "select * from metrics.rpt_retrospective_reviews where segment_name = 'all'",
        )
    }
    caught = found["incident_bug_catch_rate", "incident", "named_as_bug", "share"]
    assert caught["estimate"] == pytest.approx(14 / 42)
    assert (caught["agent"], caught["standing"], caught["n_sessions"]) == ("organisation", "exploratory", 30)
    assert (caught["published_value"], caught["published_grade"]) == (0.33, "similar")
    named = found["incident_bug_catch_rate", "incident", "named", "wilson"]
    assert named["estimate"] == pytest.approx(21 / 42)
    low, high = proportion_confint(21, 42, method="wilson")
    assert (named["interval_low"], named["interval_high"]) == pytest.approx((low, high))
    assert found["review_alarm_rate", "control", None, "share"]["estimate"] == pytest.approx(5 / 42)
    assert ("incident_bug_catch_rate", "control", "named", "share") not in found
