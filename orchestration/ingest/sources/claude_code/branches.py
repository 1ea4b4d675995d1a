"""Which files of a session tell one conversation, and which go on apart: the branches of a fork.

Resumes and checkpoints copy records into further files, prefixes and slices included; a fork copies
them too, and then two files each go on with talk that the other lacks. Knows ids and times of
records, nothing of what they say.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime


class Branches:
    """Notes which file holds which record; `settle` says to which branch each record belongs."""

    def __init__(self) -> None:
        self._held: dict[int, dict[str, datetime]] = {}
        self._talk: dict[int, set[str]] = {}
        self._first_copy: dict[str, tuple[int, object]] = {}
        self._linked: dict[int, set[int]] = {}
        self._stamps: dict[int, set[object]] = {}

    def note(self, file: int, record: str, at: datetime, *, stamp: object, is_talk: bool) -> None:
        """A file holds a record; `stamp` is the session id on this copy of it."""
        self._held.setdefault(file, {})[record] = at
        if is_talk:
            self._talk.setdefault(file, set()).add(record)
        first, first_stamp = self._first_copy.setdefault(record, (file, stamp))
        if first != file:
            self._linked.setdefault(first, set()).add(file)
            self._linked.setdefault(file, set()).add(first)
            self._stamps.setdefault(first, set()).update((first_stamp, stamp))

    def settle(self) -> tuple[dict[str, int], int]:
        """Branch of each record that is not on the trunk, and how many branches the session has.

        A copy under another id that has no record of its own yet is a branch all the same: the fork
        was made.
        """
        branch_of: dict[str, int] = {}
        last, copies = 0, 0
        for group in _groups(self._linked):
            trunk, *others = self._tellings(group)
            told = {record for file in trunk for record in self._held[file]}
            for files in others:
                last += 1
                own = {record for file in files for record in self._held[file]} - told
                branch_of.update(dict.fromkeys(own, last))
                told |= own
            ids = set().union(*(self._stamps.get(file, set()) for file in group))
            copies += max(len(others) + 1, len(ids)) - 1
        return branch_of, max(last, copies) + 1

    def _tellings(self, group: set[int]) -> list[list[int]]:
        """The group's files by the conversation they tell; first the one that goes on earliest."""
        partings: dict[int, datetime] = {}
        apart: set[frozenset[int]] = set()
        for one in group:
            for other in group:
                if one < other and (times := self._parting(one, other)) is not None:
                    apart.add(frozenset((one, other)))
                    for file, at in zip((one, other), times, strict=True):
                        partings[file] = min(at, partings.get(file, at))
        tellings: list[list[int]] = []
        going_on = sorted(partings, key=lambda file: (partings[file], file))
        for file in [*going_on, *sorted(group - partings.keys())]:
            open_to_it = [
                files for files in tellings if all(frozenset((file, member)) not in apart for member in files)
            ]
            if open_to_it:  # a slice of a branch shares nothing with the trunk, and parts from nobody
                max(open_to_it, key=lambda files: self._common(file, files)).append(file)
            else:
                tellings.append([file])
        return tellings

    def _common(self, file: int, files: list[int]) -> int:
        """How many records of a file its fellows hold."""
        return sum(any(record in self._held[other] for other in files) for record in self._held[file])

    def _parting(self, one: int, other: int) -> tuple[datetime, datetime] | None:
        """When each of two files goes on by itself after their last common record, if both do.

        Each by its own times: a fork moves the time of the last record that it copies.
        """
        mine, theirs = self._held[one], self._held[other]
        common = mine.keys() & theirs.keys()
        if not common:
            return None
        ours = self._first_talk(one, theirs, max(mine[record] for record in common))
        others = self._first_talk(other, mine, max(theirs[record] for record in common))
        return (ours, others) if ours is not None and others is not None else None

    def _first_talk(self, file: int, elsewhere: Mapping[str, datetime], after: datetime) -> datetime | None:
        held = self._held[file]
        own = (held[record] for record in self._talk.get(file, set()) if record not in elsewhere)
        return min((at for at in own if at > after), default=None)


def _groups(linked: dict[int, set[int]]) -> Iterator[set[int]]:
    """Connected groups of files that share records."""
    left = {file: set(others) for file, others in linked.items()}
    while left:
        group: set[int] = set()
        queue = [min(left)]
        while queue:
            file = queue.pop()
            if file in left:
                group.add(file)
                queue.extend(left.pop(file))
        yield group
