"""What is known of the folders that sessions ran in: which repository they belong to, kept in the home.

A folder is asked about once, when the first transcript from it is archived: git is asked where the folder
is at hand, else a pull request that the transcript links to names the repository. The answer is kept as
pseudonyms in `projects.json`, because a folder may be gone when a date is parsed anew. A pull request that
comes later changes the answer; every date is then parsed anew.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from orchestration.ingest.projects import project_pseudonym, project_root
from orchestration.ingest.pseudonyms import Pseudonyms
from orchestration.ingest.repositories import Repository, repository_at, repository_key
from orchestration.ingest.sources import SOURCES
from orchestration.ingest.sources.source import TranscriptFile


class ProjectRootsError(Exception):
    """The kept answers cannot be read; the message says what to do."""


@dataclass
class ProjectRoots:
    """`projects`: root → project, by pseudonym, a root being its own where nothing is known of it.

    `settled`: roots of which git spoke. `changed`: roots whose answer became another one later.
    """

    projects: dict[str, str] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)

    @property
    def change_key(self) -> str:
        """Changes whenever rows that were parsed before would get another project."""
        later = sorted((root, self.projects[root]) for root in self.changed)
        return blake2b(json.dumps(later).encode(), digest_size=8).hexdigest() if later else ""

    def by_git(self, root: str, project: str) -> None:
        """What git says stands, unless git was asked before."""
        if root not in self.settled:
            self._set(root, project)
            self.settled.add(root)

    def by_pull_request(self, root: str, project: str | None) -> None:
        """What a pull request says stands where git said nothing and no other one spoke before."""
        if root in self.settled:
            return
        if root not in self.projects:
            self.projects[root] = project or root
        elif project is not None and self.projects[root] == root:
            self._set(root, project)

    def _set(self, root: str, project: str) -> None:
        before = self.projects.get(root)
        self.projects[root] = project
        if before is not None and before != project:
            self.changed.add(root)


def read_roots(path: Path) -> ProjectRoots:
    """The kept answers; none where nothing was archived yet. Raises ProjectRootsError."""
    try:
        kept = json.loads(path.read_bytes())
        return ProjectRoots(dict(kept["projects"]), set(kept["settled"]), set(kept["changed"]))
    except FileNotFoundError:
        return ProjectRoots()
    except (ValueError, LookupError, TypeError) as error:
        raise ProjectRootsError(
            f"{path} is damaged: restore it from a backup, or remove it and run again; "
            "projects are then looked up again."
        ) from error


def write_roots(path: Path, roots: ProjectRoots) -> None:
    """Write the answers whole or not at all."""
    content = {
        "projects": dict(sorted(roots.projects.items())),
        "settled": sorted(roots.settled),
        "changed": sorted(roots.changed),
    }
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=1)
        file.write("\n")
    beside.replace(path)


def learn_roots(
    roots: ProjectRoots, files: Iterable[TranscriptFile], *, pseudonyms: Pseudonyms, home: Path
) -> None:
    """Ask about the folders of transcripts that are to be archived; unreadable files are passed over."""
    asked: dict[str, Repository | None] = {}
    for file in sorted(files, key=lambda file: file.path):
        try:
            places = SOURCES[file.source].places(file.path.read_bytes())
        except OSError:
            continue
        root = project_root(places.cwd) if places.cwd else None
        if places.cwd is None or root is None:
            continue
        if places.cwd not in asked:
            asked[places.cwd] = repository_at(Path(places.cwd), home=home)
        repository = asked[places.cwd]
        named = {key for url in places.repositories if (key := repository_key(url))}
        if repository is not None:
            project = project_of_repository(repository, pseudonyms)
            for folder in (root, *filter(None, map(project_root, repository.worktrees))):
                roots.by_git(project_pseudonym(folder, pseudonyms), project)
        else:
            one = pseudonyms.project(min(named)) if len(named) == 1 else None
            roots.by_pull_request(project_pseudonym(root, pseudonyms), one)


def project_of_repository(repository: Repository, pseudonyms: Pseudonyms) -> str:
    """The remote names the repository for everybody; without one it is its root."""
    if repository.key:
        return pseudonyms.project(repository.key)
    root = str(repository.root)
    return project_pseudonym(project_root(root) or root, pseudonyms)
