"""A home with a repository: judged rows, a person who is deleted from it, and the setting taken away."""

from pathlib import Path

import duckdb
import pytest

from orchestration.forgetting.forget import forget_person
from orchestration.ingest.pseudonyms import Pseudonyms, load_or_create_key
from orchestration.landing.judge_process import JudgeProcess
from orchestration.progress import SilentReporter
from orchestration.publishing.warehouse_stages import release_state
from orchestration.repository_stage import read_repositories
from orchestration.settings import Settings
from tests.demo_lake import NOW, settings_of, write_key
from tests.planted_git import plant, session_rows, write_sessions


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("home with git")
    planted = plant(folder / "widgets")
    made = settings_of(folder / "home", folder / "none", repositories=(str(planted.path),))
    write_key(made)
    write_sessions(made.lake_dir, session_rows(planted))
    return made


def test_a_home_reads_its_repositories_and_forgets_a_person_who_only_commits(settings: Settings) -> None:
    before = read_all(settings)
    assert before["commits"] == 21
    state = release_state(settings)
    repository = Path(settings.repositories[0])
    ada = Pseudonyms(load_or_create_key(settings.pseudonym_key_path)).user("ada")
    assert (ada,) in ask(settings, "distinct user_id")
    hers = ask(settings, "git_commit_id, author_key", where="user_id = $user", user=ada)
    assert len({key for _, key in hers}) == 2, "she has two addresses"
    content = {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()}
    shown = forget_person(settings, user="ada", now=NOW)
    assert sum(place.before for place in shown.places if place.name == "lake") > 0
    done = forget_person(settings, user="ada", now=NOW, is_confirmed=True)
    assert all(place.after == 0 for place in done.places)
    assert not list((settings.lake_dir / "git").glob("*/*.parquet"))
    after = read_all(settings)
    assert (ada,) not in ask(settings, "distinct user_id")
    assert 0 < after["commits"] < before["commits"]
    # Neither address comes back, and no table has a row of her commits; the repository is its owner's.
    assert not set(ask(settings, "author_key")) & {(key,) for _, key in hers}
    for table in ("commit_files", "line_groups", "commit_sessions", "commit_events"):
        assert not set(ask(settings, "git_commit_id", table=table)) & {(commit,) for commit, _ in hers}
    assert {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()} == content
    assert release_state(settings) == state


def test_without_the_setting_nothing_is_read_and_what_was_goes(settings: Settings) -> None:
    emptied = settings.model_copy(update={"repositories": ()})
    assert set(read_all(emptied).values()) == {0}
    assert ask(settings, "count(*)") == [(0,)]
    assert release_state(emptied) != release_state(settings)


def read_all(settings: Settings) -> dict[str, int]:
    with JudgeProcess() as judge:
        report = read_repositories(settings, judge, SilentReporter(), run_id="run", now=NOW)
    assert report.set_aside == []
    return report.row_counts


def ask(
    settings: Settings, columns: str, *, table: str = "commits", where: str = "true", **given: str
) -> list[tuple[object, ...]]:
    path = settings.lake_dir / "git" / table / "part.parquet"
    with duckdb.connect() as connection:
        statement = f"select {columns} from read_parquet($path) where {where}"  # noqa: S608 - a test's own
        return connection.execute(statement, {"path": str(path)} | given).fetchall()
