"""The commits that a branch reaches: its landings in order, and what each of them brought.

Belongs here: walking commits, which are read for their parents alone. A landing brings itself and, where it
is a merge, every commit that no earlier landing reached. Not here: what commits say (commit_facts) or change.
"""

from collections.abc import Collection, Iterator
from typing import NamedTuple

import pygit2
from pygit2.enums import SortMode

Parents = dict[bytes, tuple[bytes, ...]]


class Landing(NamedTuple):
    """A commit of the first-parent chain with the commits that it brought, parents before children."""

    commit: bytes
    brought: list[bytes]


def read_parents(git: pygit2.Repository, tip: pygit2.Oid) -> Parents:
    """Every commit that a branch reaches, with its parents."""
    return {
        commit.id.raw: tuple(parent.raw for parent in commit.parent_ids)
        for commit in git.walk(tip, SortMode.NONE)
    }


def first_parents(parents: Parents, tip: bytes) -> list[bytes]:
    """The landings, oldest first."""
    chain = [tip]
    while before := parents[chain[-1]]:
        chain.append(before[0])
    chain.reverse()
    return chain


def landings(parents: Parents, chain: Collection[bytes], known: Collection[bytes]) -> Iterator[Landing]:
    """Each landing with what it brought. `known`: commits that landed before the first of them."""
    landed = set(known)
    for commit in chain:
        brought: list[bytes] = []
        for side in parents[commit][1:]:
            brought += _unreached(parents, side, landed)
        landed.add(commit)
        yield Landing(commit, brought)


def _unreached(parents: Parents, tip: bytes, landed: set[bytes]) -> list[bytes]:
    """Commits behind `tip` that did not land before, parents before children; they have landed now."""
    order: list[bytes] = []
    stack = [(tip, False)]
    while stack:
        commit, is_done = stack.pop()
        if is_done:
            order.append(commit)
        elif commit not in landed:
            landed.add(commit)
            stack.append((commit, True))
            stack.extend((parent, False) for parent in parents[commit])
    return order
