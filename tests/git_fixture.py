"""A repository with a history that is made line by line, by the library: no git has to be installed.

Files are given whole, by path; what a commit does not name stays as it was in its first parent. Times are
days and hours after START, so that survival can be planned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pygit2
from pygit2.enums import FileMode

START = datetime(2026, 3, 2, 9, tzinfo=UTC)

ADA = ("Ada Example", "ada@example.com")
ADA_AT_HOME = ("Ada E.", "ada@home.example")
BEN = ("Ben Example", "ben.example@example.com")
BOT = ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com")


def at(days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
    """A time after START."""
    return START + timedelta(days=days, hours=hours, minutes=minutes)


def lines(*texts: str) -> str:
    return "".join(f"{text}\n" for text in texts)


@dataclass
class Made:
    """A repository under construction. `states`: by commit, its files whole."""

    git: pygit2.Repository
    states: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def commit(
        self,
        files: Mapping[str, str | bytes | None],
        message: str,
        when: datetime,
        *,
        author: tuple[str, str] = ADA,
        parents: Sequence[str] | None = None,
        branch: str = "main",
        authored: datetime | None = None,
        keep: bool = True,
    ) -> str:
        """Make a commit on a branch (or on given parents); None deletes a file. Returns its id."""
        if parents is None:
            head = self.git.references.get(f"refs/heads/{branch}")
            parents = [str(head.target)] if head is not None else []
        state = dict(self.states[parents[0]]) if parents and keep else {}
        for path, content in files.items():
            if content is None:
                del state[path]
            else:
                state[path] = content.encode() if isinstance(content, str) else content
        sha = str(
            self.git.create_commit(
                None, self._sign(author, authored or when), self._sign(author, when), message,
                self._tree(state), [pygit2.Oid(hex=parent) for parent in parents],
            )
        )  # fmt: skip
        self.states[sha] = state
        self.point(branch, sha)
        return sha

    def point(self, branch: str, sha: str) -> None:
        """Move a branch, by force where need be."""
        self.git.references.create(f"refs/heads/{branch}", pygit2.Oid(hex=sha), force=True)

    def merge(self, other: str, message: str, when: datetime, *, author: tuple[str, str] = ADA) -> str:
        """Merge a branch into main: files that only one side changed since they parted are that side's."""
        ours = str(self.git.references["refs/heads/main"].target)
        theirs = str(self.git.references[f"refs/heads/{other}"].target)
        base = str(self.git.merge_base(pygit2.Oid(hex=ours), pygit2.Oid(hex=theirs)))
        changed = {
            path: self.states[theirs].get(path)
            for path in self.states[theirs].keys() | self.states[base].keys()
            if self.states[theirs].get(path) != self.states[base].get(path)
        }
        return self.commit(changed, message, when, author=author, parents=[ours, theirs])

    def note(self, sha: str, text: str, *, is_nested: bool = False) -> None:
        """A line-level note of a commit, as the standard keeps them."""
        signature = self._sign(ADA, at(0))
        if not is_nested:
            self.git.create_note(text, signature, signature, sha, "refs/notes/ai", True)
            return
        blob = self.git.create_blob(text.encode())
        inner = self.git.TreeBuilder()
        inner.insert(sha[2:], blob, FileMode.BLOB)
        outer = self.git.TreeBuilder()
        outer.insert(sha[:2], inner.write(), FileMode.TREE)
        self.git.create_commit("refs/notes/ai", signature, signature, "notes", outer.write(), [])

    def _tree(self, state: Mapping[str, bytes]) -> pygit2.Oid:
        builder = self.git.TreeBuilder()
        folders: dict[str, dict[str, bytes]] = {}
        for path, content in state.items():
            folder, _, rest = path.partition("/")
            if rest:
                folders.setdefault(folder, {})[rest] = content
            else:
                builder.insert(path, self.git.create_blob(content), FileMode.BLOB)
        for folder, own in folders.items():
            builder.insert(folder, self._tree(own), FileMode.TREE)
        return builder.write()

    @staticmethod
    def _sign(who: tuple[str, str], when: datetime) -> pygit2.Signature:
        return pygit2.Signature(*who, int(when.timestamp()), 0)


def new_repository(path: Path, *, remote: str | None = None, is_bare: bool = False) -> Made:
    """An empty repository whose default branch is main."""
    git = pygit2.init_repository(str(path), bare=is_bare, initial_head="main")
    if remote is not None:
        git.remotes.create("origin", remote)
    return Made(git)


def note_text(path: str, ranges: str, session_id: str, *, agent: str = "claude") -> str:
    """A note of standard 3.0.0 that gives lines of one file to one session."""
    return (
        f"{path}\n  s_0123456789abcd::t_00000000000001 {ranges}\n---\n"
        '{"schema_version": "authorship/3.0.0", "base_commit_sha": "", "prompts": {}, "sessions": '
        f'{{"s_0123456789abcd": {{"agent_id": {{"tool": "{agent}", "id": "{session_id}", "model": "m"}}}}}}}}'
    )
