"""A git repository with planted bugs: who brought each in, what fixed it, and innocent changes around them.

Test support. Each bug has a file of its own: it is written, then changed so that it is wrong, then changed
by others elsewhere, then fixed. What is planted says whether a reviewer who sees the change names the bug.
"""

import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pygit2

Told = Literal["named", "minor", "other", "nothing", "unknown"]
"""What is said of a bug: its name, its name as minor, something else, nothing; or the judge cannot tell."""

TOLD: tuple[Told, ...] = (
    *(("named",) * 4), "minor", "other", "other", "other", "nothing", "nothing", "unknown",
)  # fmt: skip
ALARMS = 3
"""Control changes with a file that the planted reviewer takes for a bug."""
FIRST_DAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass
class PlantedRepository:
    """A repository in the making. `introduced`, `fixed`: commits by number of the bug; `innocent`: others."""

    folder: Path
    introduced: dict[int, str] = field(default_factory=dict)
    fixed: dict[int, str] = field(default_factory=dict)
    innocent: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    day: int = 0

    def __post_init__(self) -> None:
        self.git = pygit2.init_repository(str(self.folder), bare=True, initial_head="main")

    def commit(self, author: str, message: str, **files: str) -> str:
        """A commit that writes these files; one a day."""
        self.files |= {f"{name}.py": text for name, text in files.items()}
        tree = self.git.TreeBuilder()
        for name, text in sorted(self.files.items()):
            tree.insert(name, self.git.create_blob(text.encode()), pygit2.enums.FileMode.BLOB)
        at = int((FIRST_DAY + timedelta(days=self.day)).timestamp())
        self.day += 1
        who = pygit2.Signature(author.title(), f"{author}@example.com", at, 0)
        parents = [] if self.git.head_is_unborn else [self.git.head.target]
        return str(self.git.create_commit("HEAD", who, who, message, tree.write(), parents))


def plant(folder: Path) -> PlantedRepository:
    """The repository, its bugs fixed by commits whose messages say so."""
    repository = PlantedRepository(folder)
    people = [f"dev{number}" for number in range(6)]
    repository.commit("dev0", "Begin", readme="# begin\n")
    for number in range(len(TOLD)):
        head = f"def count_{number:02d}(items):\n    # how many\n"
        repository.commit(
            people[number % 6], f"Count {number}", **{f"m{number:02d}": head + "    return len(items)\n"}
        )
        wrong = head + f"    total = len(items) - 1\n    return total + {number} - {number}\n"
        repository.introduced[number] = repository.commit(
            people[(number + 1) % 6], f"Rework of count {number}", **{f"m{number:02d}": wrong}
        )
    for number in range(16):
        text = f"LIMIT_{number:02d} = {number}\n" + ("SUSPICIOUS = True\n" if number < ALARMS else "")
        repository.innocent.append(
            repository.commit(people[number % 6], f"Limit {number}", **{f"c{number:02d}": text})
        )
    repository.day += 60
    for number in range(len(TOLD)):
        right = f"def count_{number:02d}(items):\n    # how many\n    total = len(items)\n    return total\n"
        repository.fixed[number] = repository.commit(
            people[(number + 2) % 6],
            f"Fix count {number:02d}, which was one too low",
            **{f"m{number:02d}": right},
        )
    return repository


@dataclass
class PlantedReviewer:
    """Reviews changes and judges findings as planted; keeps what it was asked."""

    seen: list[tuple[str, str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, name: str, _step: str, document: str, _question: str) -> dict[str, Any]:
        with self._lock:
            self.seen.append((name, document))
        number = int(re.findall(r"count_(\d\d)", document)[0]) if "count_" in document else None
        is_wrong = "len(items) - 1" in document or name == "change_match"
        told = TOLD[number] if number is not None and is_wrong else None
        if name == "change_findings":
            return {"evidence_record_ids": [], "findings": _findings(told, document)}
        assert name == "change_match"
        if told == "unknown":
            return {"evidence_record_ids": [], "verdict": "not_judgeable"}
        named = re.findall(r"\[(f\d)\][^\n]*\n  counts one too low", document)
        return {"evidence_record_ids": named, "verdict": "named" if named else "not_named"}


def _findings(told: Told | None, document: str) -> list[dict[str, Any]]:
    other = {"file_record_id": "d1", "severity": "minor", "finding": "has no test"}
    right = {"file_record_id": "d1", "severity": "blocks_merge", "finding": "counts one too low"}
    if told is None:
        alarm = right | {"finding": "this flag breaks logins"}
        return [alarm] if "SUSPICIOUS" in document else []
    return {
        "named": [other, right],
        "minor": [right | {"severity": "minor"}],
        "other": [other, right | {"finding": "fails on an empty list"}],
        "nothing": [],
        "unknown": [other],
    }[told]
