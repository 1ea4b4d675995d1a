"""Fixtures that integration tests share: demo homes built once, by stages; change only a copy of one."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestration.demo import SessionTruth
from orchestration.desk.questions import question_of
from orchestration.desk.release_file import opened_release
from tests.claude_lake import label_by_claude
from tests.corpus import corpus_folder
from tests.corpus_home import CorpusHome, Parsed, build_corpus_home, parse_corpus
from tests.dbt_runs import FACTS, METRICS, PERSONAL, TEAM, UNIT_TESTS, Home, Step
from tests.demo_lake import (
    DemoHome,
    ReleasedDemo,
    Row,
    archived_demo,
    release_demo,
    rows_of,
    with_nothing_hidden,
)
from tests.kept_judge import kept_judge
from tests.made_up_home import MadeUpHome, made_up_home
from tests.parsed import discover
from tests.planted_duels import write_asked_apart
from tests.raw_lake import small_lake
from tests.small_git import add_git
from tests.supplied_tables import supplied_settings


@pytest.fixture(scope="session", autouse=True)
def one_judge() -> Iterator[None]:
    """Every home that is built in this process asks the same process of the gates."""
    with kept_judge():
        yield


@pytest.fixture(scope="session")
def archived(tmp_path_factory: pytest.TempPathFactory) -> DemoHome:
    """The demo corpus in the archive of a home, nothing landed. Read only."""
    return archived_demo(tmp_path_factory.mktemp("archived-demo"))


@pytest.fixture(scope="session")
def released(archived: DemoHome, tmp_path_factory: pytest.TempPathFactory) -> ReleasedDemo:
    """A copy of the archived home that has gone the whole way to a release, in team mode. Read only.

    Its organisation supplies every table that it can.
    """
    folder = tmp_path_factory.mktemp("released-demo")
    return release_demo(archived.copy(folder, **supplied_settings(folder / "supplied")))


@pytest.fixture(scope="session")
def home(released: ReleasedDemo) -> DemoHome:
    """The released home. Read only."""
    return released.home


@pytest.fixture(scope="session")
def interactive(archived: DemoHome) -> list[SessionTruth]:
    """The planted sessions in which a person took part: what most metrics are about."""
    return [session for session in archived.truth.sessions if session.is_interactive]


@pytest.fixture(scope="session")
def ask(released: ReleasedDemo) -> Callable[[str], list[Row]]:
    """The answer to a worked question, from the file that an analyst opens."""

    def asked(name: str) -> list[Row]:
        with opened_release(released.release.folder / "marts.duckdb") as release:
            return rows_of(release.execute(question_of(name).sql))

    return asked


@pytest.fixture(scope="session")
def personal(released: ReleasedDemo, tmp_path_factory: pytest.TempPathFactory) -> DemoHome:
    """The released home with nothing hidden. Read only."""
    return with_nothing_hidden(released.home, tmp_path_factory.mktemp("personal-demo"))


@pytest.fixture(scope="session")
def made_up(released: ReleasedDemo, tmp_path_factory: pytest.TempPathFactory) -> MadeUpHome:
    """The released home with traffic and made-up labels, as a team has it and all shown. Read only."""
    return made_up_home(released.home, tmp_path_factory.mktemp("made-up"))


@pytest.fixture(scope="session")
def small_team(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, list[Step]]:
    """The small lake with labels of both labellers, built in team mode, and what became of each step."""
    home = Home(tmp_path_factory.mktemp("team"))
    lake = small_lake()
    label_by_claude(lake)
    add_git(lake)
    lake.write(home.lake_dir)
    write_asked_apart(home.lake_dir)
    steps = home.run(FACTS, TEAM, METRICS, UNIT_TESTS)
    return home, steps


@pytest.fixture(scope="session")
def small_person(
    small_team: tuple[Home, list[Step]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Home, list[Step]]:
    """The small lake with its figures as one person sees their own: nothing is hidden or withheld."""
    home = Home(tmp_path_factory.mktemp("person"))
    shutil.copytree(small_team[0].folder, home.folder, dirs_exist_ok=True)
    return home, home.run(PERSONAL, METRICS)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a whole corpus of transcripts, real where there is one."""
    return corpus_folder(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def parsed_corpus(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Parsed:
    """The rows of the corpus. Read only."""
    return parse_corpus(tmp_path_factory.mktemp("parsed") / "archive", [discover([str(corpus)]).files])


@pytest.fixture(scope="session")
def corpus_home(corpus: Path, parsed_corpus: Parsed, tmp_path_factory: pytest.TempPathFactory) -> CorpusHome:
    """The facts and figures of the corpus. Read only."""
    return build_corpus_home(corpus, parsed_corpus, tmp_path_factory.mktemp("corpus-home"))
