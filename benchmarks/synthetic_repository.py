"""A repository of many commits, and how long and how much memory reading it takes.

`python -m benchmarks.synthetic_repository --commits 100000` makes it with `git fast-import`, reads it from
the beginning and then again with nothing new. The history has merges of short branches, several hundred files
and lines that are rewritten; no session wrote any. Figures: docs/benchmarks.md.
"""

import argparse
import random
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestration.git_history.land_git import GitPlaces, GitReport, GitRules, land_git
from orchestration.git_history.read_ledger import Advance
from orchestration.git_history.repository_rows import Surroundings
from orchestration.ingest.pseudonyms import Pseudonyms

FILES = 600
FILE_LINES = 120
FIRST_SECOND = 1_600_000_000
PEOPLE = 40


def make_repository(folder: Path, commits: int, *, seed: int = 7) -> None:
    """A bare repository with about `commits` commits on its default branch."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder)], check=True)
    importing = subprocess.Popen(
        ["git", "-C", str(folder), "fast-import", "--quiet", "--date-format=raw"],
        stdin=subprocess.PIPE,
    )
    assert importing.stdin is not None
    for piece in _history(commits, random.Random(seed)):  # noqa: S311 - a benchmark's noise
        importing.stdin.write(piece)
    importing.stdin.close()
    if importing.wait() != 0:
        raise RuntimeError("git fast-import failed")


def _history(commits: int, noise: random.Random) -> Iterator[bytes]:
    files: list[list[str]] = [[] for _ in range(FILES)]
    main, mark = 0, 0
    while mark < commits:
        branch = main
        length = noise.choice((1, 1, 1, 2, 3, 5))
        changed: set[int] = set()
        for _ in range(length):
            mark += 1
            number = noise.randrange(FILES)
            changed.add(number)
            _edit(files[number], mark, noise)
            yield _commit(mark, branch, None, {number: files[number]}, noise)
            branch = mark
        if length > 1:
            mark += 1
            yield _commit(mark, main, branch, {n: files[n] for n in changed}, noise)
            branch = mark
        main = branch
    yield f"reset refs/heads/main\nfrom :{main}\n\n".encode()


def _edit(lines: list[str], mark: int, noise: random.Random) -> None:
    at = noise.randrange(len(lines) + 1)
    gone = noise.randrange(0, 12) if len(lines) > FILE_LINES else noise.randrange(0, 3)
    del lines[at : at + gone]
    lines[at:at] = [
        f"    value_{mark}_{line} = compute({noise.random()})" for line in range(noise.randrange(2, 16))
    ]


def _commit(
    mark: int, parent: int, other: int | None, files: dict[int, list[str]], noise: random.Random
) -> bytes:
    who = noise.randrange(PEOPLE)
    sign = f"Person {who} <person{who}@example.com> {FIRST_SECOND + mark * 600} +0000"
    message = f"Change {mark}" + ("\n\nCo-Authored-By: Claude <noreply@anthropic.com>" if mark % 3 else "")
    parts = [f"commit refs/heads/work\nmark :{mark}\nauthor {sign}\ncommitter {sign}\n"]
    parts.append(f"data {len(message)}\n{message}\n")
    parts += [f"from :{parent}\n"] if parent else []
    parts += [f"merge :{other}\n"] if other else []
    for number, lines in files.items():
        content = "\n".join(lines) + "\n"
        parts.append(f"M 100644 inline part{number % 30}/file{number}.py\ndata {len(content)}\n{content}\n")
    return "".join(parts).encode()


def read(home: Path, repository: Path) -> tuple[GitReport, float]:
    """Read one repository into a home's lake; the report and the seconds."""

    @contextmanager
    def silent(_title: str) -> Iterator[Advance]:
        yield lambda _done, _total: None

    rules = GitRules(
        Surroundings(Pseudonyms(b"b" * 32), {}, lambda _author: False), {}, shows_names=False, memory_gb=1.0
    )
    started = time.perf_counter()
    report = land_git(GitPlaces(home / "lake", home / "git", (str(repository),)), rules, lambda _: [], silent)
    return report, time.perf_counter() - started


def main(arguments: list[str] | None = None) -> None:
    """Make, read, read again; one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commits", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, required=True, help="an empty folder for it")
    asked = parser.parse_args(arguments)
    repository = asked.folder / "repository.git"
    if not repository.exists():
        asked.folder.mkdir(parents=True, exist_ok=True)
        make_repository(repository, asked.commits)
    shutil.rmtree(asked.folder / "home", ignore_errors=True)
    for what in ("from the beginning", "with nothing new"):
        report, seconds = read(asked.folder / "home", repository)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sys.stdout.write(f"{what}: {seconds:.1f} s, peak {peak:.0f} MB, {report.row_counts}\n")


if __name__ == "__main__":
    main()
