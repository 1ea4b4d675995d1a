"""Repositories → the tables of git, as functions of the settings: what the asset and a release call.

Belongs here: putting settings, key, tombstones and lake together for this stage. Not here: how repositories
are read (git_history), what Dagster is told (assets).
"""

from datetime import datetime
from hashlib import blake2b

from orchestration.forgetting.tombstones import deleted_people
from orchestration.git_history.authors import Author
from orchestration.git_history.land_git import GitPlaces, GitReport, GitRules, land_git
from orchestration.git_history.ledger import LEDGER_VERSION
from orchestration.git_history.repository import refs_state, repository_places
from orchestration.git_history.repository_rows import Surroundings
from orchestration.git_history.tables import git_lake_tables
from orchestration.ingest.pseudonyms import Pseudonyms, load_or_create_key
from orchestration.landing.gate_log import record_verdicts
from orchestration.landing.judge_process import JudgeProcess
from orchestration.landing.lake import ensure_typed_empty_files, single_file
from orchestration.progress import Reporter
from orchestration.settings import Settings
from orchestration.stages import writing


def read_repositories(
    settings: Settings, judge: JudgeProcess, reporter: Reporter, *, run_id: str, now: datetime
) -> GitReport:
    """Land the rows of the repositories of the setting; without any, what an earlier setting left goes.

    Raises GitRowsError.
    """
    with writing(settings, "reading repositories"):
        if not settings.repositories:
            for table in git_lake_tables():
                single_file(settings.lake_dir, table).unlink(missing_ok=True)
            ensure_typed_empty_files(settings.lake_dir, git_lake_tables())
            return GitReport(row_counts={table.name: 0 for table in git_lake_tables()})
        pseudonyms = Pseudonyms(load_or_create_key(settings.pseudonym_key_path))
        places = GitPlaces(settings.lake_dir, settings.ledgers_dir, settings.repositories)
        with deleted_people(settings) as deleted:

            def is_deleted(author: Author) -> bool:
                return deleted is not None and deleted.has_author(author.user_id, author.key)

            rules = GitRules(
                Surroundings(pseudonyms, settings.users, is_deleted),
                settings.projects,
                shows_names=settings.mode == "personal",
                memory_gb=settings.memory_gb,
            )
            report = land_git(places, rules, judge.judge_git, reporter.task)
        record_verdicts(settings.lake_dir, report.verdicts, run_id=run_id, stage="git", now=now)
    return report


def repositories_state(settings: Settings) -> str:
    """Changes when a reference of a repository does, or what decides how it is read."""
    digest = blake2b(digest_size=16)
    for place in repository_places(settings.repositories):
        digest.update(f"{place} {refs_state(place)}\n".encode("utf-8", "surrogatepass"))
    if settings.repositories:
        digest.update(repr((LEDGER_VERSION, sorted(settings.users.items()))).encode())
    return digest.hexdigest()
