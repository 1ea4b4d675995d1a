"""What a repository says of its own files: the attributes `linguist-generated` and `linguist-vendored`.

Belongs here: reading `.gitattributes` of one commit. They are read at the tip, as GitHub reads them, and a
ledger is made again when they change: `state` tells. Not here: what our own lists say (exclusions).
"""

from collections.abc import Iterator
from hashlib import blake2b
from typing import NamedTuple

import pygit2
from pygit2.enums import AttrCheck

from orchestration.git_history.repository import object_at

ATTRIBUTES = ".gitattributes"
_NAMES = (b"linguist-generated", b"linguist-vendored")
_OF_COMMIT = AttrCheck.INDEX_ONLY | AttrCheck.NO_SYSTEM | AttrCheck.INCLUDE_COMMIT


class Stated(NamedTuple):
    """Whether a file is generated or vendored; None where nothing says so."""

    is_generated: bool | None = None
    is_vendored: bool | None = None


NOTHING_STATED = Stated()


class LinguistAttributes:
    """The attributes at one commit. `state` is empty where there are none."""

    def __init__(self, git: pygit2.Repository, tip: pygit2.Oid) -> None:
        self._git, self._tip = git, tip
        digest = blake2b(digest_size=8)
        names = [
            (path, blob.id)
            for path, blob in _attribute_files(object_at(git, tip).tree)
            if any(name in blob.data for name in _NAMES)
        ]
        for path, blob_id in names:
            digest.update(f"{path}\0{blob_id}\n".encode("utf-8", "surrogateescape"))
        self.state = digest.hexdigest() if names else ""

    def of(self, path: str) -> Stated:
        """What is said of a path."""
        return Stated(*(self._attribute(path, name) for name in _NAMES)) if self.state else NOTHING_STATED

    def _attribute(self, path: str, name: bytes) -> bool | None:
        value = self._git.get_attr(path, name, _OF_COMMIT, self._tip)
        return {"true": True, "false": False}.get(value) if isinstance(value, str) else value


def _attribute_files(tree: pygit2.Tree, folder: str = "") -> Iterator[tuple[str, pygit2.Blob]]:
    for entry in tree:
        if isinstance(entry, pygit2.Tree):
            yield from _attribute_files(entry, f"{folder}{entry.name}/")
        elif entry.name == ATTRIBUTES and isinstance(entry, pygit2.Blob):
            yield folder + ATTRIBUTES, entry
