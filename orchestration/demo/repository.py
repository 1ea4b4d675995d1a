"""Bare repositories of the demo's most used projects: a history in which it is known whose every line is.

People commit by hand from `HISTORY_FROM` on; from the first session on also what sessions wrote, for a part
of which a trailer names the agent. Commits are reverted, lines rewritten, branches merged. Every added line
that people write stands nowhere else, so that no reader takes it for a line that was moved or an agent wrote.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

import pygit2
from pygit2.enums import FileMode

from orchestration.demo.people import first_day_of, people_of
from orchestration.demo.plan import DemoPlan
from orchestration.demo.projects import CODE_KINDS, PROJECTS, Project
from orchestration.demo.written_work import ORGANISATION, Work, of_one_project, tell_commit

REPOSITORIES = 2
COMMITTERS = 16
"""Of the people, those who commit: enough that shares over them are not hidden."""

HISTORY_FROM = date(2025, 7, 1)
"""The study's baseline and its break at the start of 2026 have days in half a year before it."""

BY_HAND_PER_MONTH = 8
"""Commits that people write by hand, in a month and repository."""

TRAILER_SHARE, KEPT_SHARE, REVERTED_SHARE, REWRITTEN_SHARE = 0.6, 0.85, 0.05, 0.3
TRAILERS = {
    "claude_code": "Co-Authored-By: Claude <noreply@anthropic.com>",
    "codex": "Co-authored-by: Codex <noreply@openai.com>",
}
_AT_ONCE = timedelta(minutes=2)


class MadeCommit(NamedTuple):
    """A commit that landed by itself or by a merge. `landed_sha`: of that merge, or its own."""

    repository: str
    sha: str
    landed_sha: str
    author: str
    authored_at: datetime
    landed_at: datetime
    added: int
    removed: int
    agent: str | None  # that its trailer names
    request: int | None
    reverts: str | None = None


class _Line(NamedTuple):
    text: str
    sha_at: int  # number of the commit that wrote it


@dataclass(frozen=True)
class _Planned:
    """A commit to be made; `work` is what a session wrote, without one it is by hand."""

    landed_at: datetime
    authored_at: datetime
    author: str
    work: Work | None = None


def write_repositories(
    folder: Path, transcripts: Path, works: Sequence[Work], plan: DemoPlan
) -> list[MadeCommit]:
    """Write the repositories below `folder`; sessions whose commit landed are told its true id."""
    made: list[MadeCommit] = []
    for project, own in _most_used(works):
        history = _History(folder / f"{project.name}.git", project, plan)
        for planned in sorted(_planned(project, own, plan), key=lambda each: each.landed_at):
            history.play(planned)
            if planned.work is not None and planned.work.printed is not None:
                tell_commit(transcripts, planned.work, history.made[-1].sha)
        made += history.made
    return made


def planted(made: Sequence[MadeCommit]) -> dict[str, object]:
    """What a reader of the repositories must find. `trailer_lines`: by the agent that the trailer names."""
    by_agent = Counter[str]()
    for commit in made:
        if commit.agent is not None:
            by_agent[commit.agent] += commit.added
    return {
        "commits": len(made),
        "merged_lines": sum(commit.added for commit in made),
        "trailer_lines": dict(sorted(by_agent.items())),
        "reverts": sum(commit.reverts is not None for commit in made),
    }


def _most_used(works: Sequence[Work]) -> list[tuple[Project, list[Work]]]:
    known = of_one_project(works)
    by_project = {
        project.name: [work for work in known if work.session.project == project.name and work.files]
        for project in PROJECTS
        if project.kind in CODE_KINDS
    }
    names = sorted(by_project, key=lambda name: (-len(by_project[name]), name))[:REPOSITORIES]
    return [(project, by_project[project.name]) for project in PROJECTS if project.name in names]


def _planned(project: Project, works: Sequence[Work], plan: DemoPlan) -> Iterator[_Planned]:
    rng = random.Random(f"{plan.seed}-commits-{project.name}")
    names = [person.name for person in people_of(plan) if person.name is not None][:COMMITTERS]
    end = datetime.combine(plan.end_date, time(), UTC)
    day, last = min(HISTORY_FROM, first_day_of(plan)), plan.end_date
    while day < last:
        for _ in range(BY_HAND_PER_MONTH):
            on = day + timedelta(days=rng.randrange(28))
            on -= timedelta(days=max(0, on.weekday() - 4))
            at = datetime.combine(on, time(rng.randrange(8, 17), rng.randrange(60), rng.randrange(60)), UTC)
            landed = at + timedelta(minutes=rng.randrange(60, 300))
            if landed < end:
                yield _Planned(landed, at, rng.choice(names))
        day += timedelta(days=30)
    for work in works:
        written = work.printed.at if work.printed is not None else work.last_at
        assert written is not None
        assert work.session.user is not None
        at = written.replace(microsecond=0)
        landed = at + timedelta(minutes=rng.randrange(240, 900))
        if landed < end:
            yield _Planned(landed, at, work.session.user, work)


class _History:
    """One repository as it is written: its files by line, and its commits so far."""

    def __init__(self, path: Path, project: Project, plan: DemoPlan) -> None:
        self.made: list[MadeCommit] = []
        self._git = pygit2.init_repository(str(path), bare=True, initial_head="main")
        self._git.remotes.create("origin", f"git@github.com:{ORGANISATION}/{project.name}.git")
        self._project, self._rng = project, random.Random(f"{plan.seed}-history-{project.name}")
        self._files: dict[str, list[_Line]] = {}
        self._blobs: dict[str, pygit2.Oid] = {}
        self._head: pygit2.Oid | None = None
        self._said = 0
        self._requests: set[int] = set()

    def play(self, planned: _Planned) -> None:
        """Make the commit; by hand, it may take another one back instead."""
        rng = self._rng
        target = None if planned.work is not None else self._to_revert(planned)
        if target is not None:
            self._take_back(target, planned)
            return
        added = self._by_session(planned.work) if planned.work is not None else self._by_hand()
        removed = 0
        if planned.work is None and rng.random() < REWRITTEN_SHARE:
            removed = self._rewrite(rng.choice(sorted(self._files)))
        agent = None
        if planned.work is not None and (planned.work.printed or rng.random() < TRAILER_SHARE):
            agent = planned.work.session.agent
        topic = rng.choice(self._project.topics)
        subject = f"{rng.choice(('Add', 'Fix', 'Change', 'Clean up'))} {topic.replace('_', ' ')}"
        message = f"{subject}\n\n{TRAILERS[agent]}\n" if agent is not None else f"{subject}\n"
        self._land(planned, message, added=added + removed, removed=removed, agent=agent)

    def _by_hand(self) -> int:
        count = self._rng.randint(6, 26)
        topic = self._rng.choice(self._project.topics)
        name = self._rng.choice((self._project.source, self._project.test)).format(topic)
        return self._add(name, self._own_lines(topic, count))

    def _by_session(self, work: Work) -> int:
        """Most of what the session wrote, and now and then something that its person put beside it."""
        added = 0
        for path, lines in work.files.items():
            kept = lines[: max(1, round(len(lines) * KEPT_SHARE))]
            more = self._own_lines("review", self._rng.randint(1, 5)) if self._rng.random() < 0.4 else []
            added += self._add(path, [*kept, *more])
        return added

    def _own_lines(self, topic: str, count: int) -> list[str]:
        first, self._said = self._said, self._said + count
        return [f"checked_{topic}_{number} = by_hand({number})" for number in range(first, first + count)]

    def _add(self, path: str, lines: Sequence[str]) -> int:
        self._files.setdefault(path, []).extend(_Line(line, len(self.made)) for line in lines)
        self._blobs.pop(path, None)
        return len(lines)

    def _rewrite(self, path: str) -> int:
        """Some lines in place, whoever wrote them, but for those of this very commit."""
        own, number = self._files[path], len(self.made)
        places = [place for place, line in enumerate(own) if line.sha_at != number]
        chosen = self._rng.sample(places, min(len(places), self._rng.randint(1, 6)))
        for place, text in zip(chosen, self._own_lines("again", len(chosen)), strict=True):
            own[place] = _Line(text, number)
        self._blobs.pop(path, None)
        return len(chosen)

    def _to_revert(self, planned: _Planned) -> int | None:
        if self._rng.random() >= REVERTED_SHARE:
            return None
        earliest = planned.authored_at - timedelta(days=21)
        reverted = {commit.reverts for commit in self.made}
        return next(
            (
                number
                for number in range(len(self.made) - 1, -1, -1)
                if earliest < self.made[number].landed_at < planned.authored_at
                and self.made[number].added > 0
                and self.made[number].sha not in reverted
            ),
            None,
        )

    def _take_back(self, target: int, planned: _Planned) -> None:
        removed = 0
        for path, own in list(self._files.items()):
            left = [line for line in own if line.sha_at != target]
            if len(left) < len(own):
                removed += len(own) - len(left)
                self._files[path] = left
                self._blobs.pop(path, None)
        sha = self.made[target].sha
        message = f'Revert "a change of {self._project.name}"\n\nThis reverts commit {sha}.\n'
        self._land(planned, message, added=0, removed=removed, agent=None, reverts=sha)

    def _land(
        self,
        planned: _Planned,
        message: str,
        *,
        added: int,
        removed: int,
        agent: str | None,
        reverts: str | None = None,
    ) -> None:
        """By a merge where the session opened a pull request, else as one commit with the number of one."""
        request = planned.work.request if planned.work is not None else None
        is_merged = request is not None and request not in self._requests
        if request is None or not is_merged:
            request = 1_000 + len(self.made)
            subject, _, rest = message.partition("\n")
            message = f"{subject} (#{request})\n{rest}"
        self._requests.add(request)
        own_time = planned.landed_at - _AT_ONCE if is_merged else planned.landed_at
        parents = [self._head] if self._head is not None else []
        own = self._commit(planned, message, own_time, parents)
        landed = own
        if is_merged:
            text = f"Merge pull request #{request} from {ORGANISATION}/topic\n"
            landed = self._commit(planned, text, planned.landed_at, [*parents, own], authored_at=own_time)
        self._head = landed
        self._git.references.create("refs/heads/main", landed, force=True)
        self.made.append(
            MadeCommit(
                f"{ORGANISATION}/{self._project.name}", str(own), str(landed), planned.author,
                planned.authored_at, planned.landed_at, added, removed, agent, request, reverts,
            )
        )  # fmt: skip

    def _commit(
        self,
        planned: _Planned,
        message: str,
        at: datetime,
        parents: list[pygit2.Oid],
        *,
        authored_at: datetime | None = None,
    ) -> pygit2.Oid:
        who = planned.author.title(), f"{planned.author}@example.com"
        author = pygit2.Signature(*who, int((authored_at or planned.authored_at).timestamp()), 0)
        committer = pygit2.Signature(*who, int(at.timestamp()), 0)
        return self._git.create_commit(None, author, committer, message, self._tree(), parents)

    def _tree(self) -> pygit2.Oid:
        for path, lines in self._files.items():
            if path not in self._blobs:
                text = "".join(f"{line.text}\n" for line in lines)
                self._blobs[path] = self._git.create_blob(text.encode())
        return _tree_of(self._git, self._blobs)


def _tree_of(git: pygit2.Repository, blobs: Mapping[str, pygit2.Oid]) -> pygit2.Oid:
    builder = git.TreeBuilder()
    folders: dict[str, dict[str, pygit2.Oid]] = {}
    for path, blob in blobs.items():
        folder, _, rest = path.partition("/")
        if rest:
            folders.setdefault(folder, {})[rest] = blob
        else:
            builder.insert(path, blob, FileMode.BLOB)
    for folder, own in folders.items():
        builder.insert(folder, _tree_of(git, own), FileMode.TREE)
    return builder.write()
