"""A home with a repository: judged rows, a person who is deleted from it, and the setting taken away."""

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
    assert before["commits"] == 20
    state = release_state(settings)
    ada = Pseudonyms(load_or_create_key(settings.pseudonym_key_path)).user("ada")
    assert (ada,) in ask(settings, "distinct user_id")
    shown = forget_person(settings, user="ada", now=NOW)
    assert sum(place.before for place in shown.places if place.name == "lake") > 0
    done = forget_person(settings, user="ada", now=NOW, is_confirmed=True)
    assert all(place.after == 0 for place in done.places)
    assert not list((settings.lake_dir / "git").glob("*/*.parquet"))
    after = read_all(settings)
    assert (ada,) not in ask(settings, "distinct user_id")
    assert 0 < after["commits"] < before["commits"]
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


def ask(settings: Settings, columns: str) -> list[tuple[object, ...]]:
    path = settings.lake_dir / "git" / "commits" / "part.parquet"
    with duckdb.connect() as connection:
        statement = f"select {columns} from read_parquet($path)"  # noqa: S608 - a test's own
        return connection.execute(statement, {"path": str(path)}).fetchall()
