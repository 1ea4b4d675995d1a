"""The demo's repositories and tables: deterministic, of lines that sessions wrote, as is planted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import orjson
import pygit2
import pytest

from orchestration.demo import DemoPlan, PlantedTruth, write_demo_corpus
from orchestration.demo.organisation import write_organisation
from orchestration.demo.written_work import works_of
from orchestration.demo_home import demo_places, demo_settings, demo_transcripts

PLAN = DemoPlan(
    end_date=date(2026, 7, 1), sessions=120, users=8, months=3, has_weekends=False, codex_share=0.4
)


@dataclass(frozen=True)
class Written:
    home: Path
    before: PlantedTruth
    truth: PlantedTruth
    printed: set[str]
    """Ids of commits as the sessions first printed them."""


def write(home: Path) -> Written:
    transcripts = Path(demo_transcripts(home))
    before = write_demo_corpus(transcripts, PLAN)
    printed = printed_ids(transcripts, before)
    return Written(home, before, write_organisation(demo_places(home), transcripts, PLAN, before), printed)


def printed_ids(transcripts: Path, truth: PlantedTruth) -> set[str]:
    return {work.printed.sha for work in works_of(transcripts, truth.sessions) if work.printed is not None}


def repositories(home: Path) -> list[pygit2.Repository]:
    return [pygit2.Repository(path) for path in demo_settings(home)["repositories"]]


def commits(home: Path) -> dict[str, pygit2.Commit]:
    return {
        str(commit.id): commit
        for git in repositories(home)
        for commit in git.walk(git.references["refs/heads/main"].target)
    }


def table(home: Path, setting: str) -> list[dict[str, object]]:
    (folder,) = demo_settings(home)[setting]
    return [orjson.loads(line) for line in (Path(folder) / "all.jsonl").read_bytes().splitlines()]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return write(tmp_path_factory.mktemp("organisation"))


def test_the_same_plan_writes_the_same_history_and_tables(written: Written, tmp_path: Path) -> None:
    again = write(tmp_path)
    assert again.truth == written.truth
    assert commits(again.home).keys() == commits(written.home).keys()
    for setting in ("pull_requests", "survey_answers", "incidents", "wages"):
        assert table(again.home, setting) == table(written.home, setting) != []


def test_only_the_population_of_the_truth_is_added(written: Written) -> None:
    assert written.truth.sessions == written.before.sessions
    assert written.truth.population.keys() - written.before.population.keys() == {"repositories"}


def test_some_sessions_printed_commits_that_landed_and_some_did_not(written: Written) -> None:
    made = {sha[:7] for sha in commits(written.home)}
    after = printed_ids(Path(demo_transcripts(written.home)), written.truth)
    assert not written.printed & made
    assert after & made
    assert after - made


def test_agents_lines_are_those_that_sessions_wrote(written: Written) -> None:
    works = works_of(Path(demo_transcripts(written.home)), written.truth.sessions)
    own = {line for work in works for lines in work.files.values() for line in lines}
    for git in repositories(written.home):
        tip = git[git.references["refs/heads/main"].target].tree
        lines = [line for blob in blobs(tip) for line in blob.data.decode().splitlines()]
        by_hand = [line for line in lines if " = by_hand(" in line]
        assert len(set(by_hand)) == len(by_hand) > 100
        assert set(lines) - set(by_hand) <= own
        assert len(by_hand) < len(lines)


def blobs(tree: pygit2.Tree) -> Iterator[pygit2.Blob]:
    for entry in tree:
        if isinstance(entry, pygit2.Tree):
            yield from blobs(entry)
        elif isinstance(entry, pygit2.Blob):
            yield entry


def test_pull_requests_and_incidents_name_commits_of_the_repositories(written: Written) -> None:
    made = commits(written.home)
    requests = table(written.home, "pull_requests")
    merged = [each for each in requests if each["merged_at"] is not None]
    assert {each["merge_sha"] for each in merged} <= made.keys()
    assert 0 < len(merged) < len(requests)
    assert {each["introduced_sha"] for each in table(written.home, "incidents")} <= made.keys()
    assert any(len(commit.parents) > 1 for commit in made.values())
    assert any("This reverts commit" in commit.message for commit in made.values())


def test_a_demo_home_without_an_organisation_reads_its_transcripts_alone(tmp_path: Path) -> None:
    assert demo_settings(tmp_path) == {"transcripts": (demo_transcripts(tmp_path),)}
