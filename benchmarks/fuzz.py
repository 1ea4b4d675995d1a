"""The long fuzz campaign: broken transcripts through archive and parser, thousands of them.

    python -m benchmarks.fuzz --mutations 10000 --seed 1

Breaks the fixtures, and with `--corpus` (or SESSIONMART_CORPUS) stretches of real transcripts. A
mutation that crashes or breaks a promise is written to `--keep`, with the seed that made it. Prints one
line at the end; its exit status is 1 where anything was found.
"""

import argparse
import os
import sys
import time
import traceback
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from tests.mutated_lines import mutate, read_records, seeded, violations
from tests.parsed import parse_folder

FIXTURES = Path(__file__).parent.parent / "tests" / "fixtures" / "claude_code"
AFTER_ALL = datetime(2030, 1, 1, tzinfo=UTC)
STRETCH = 40
"""Records of a real transcript that are broken at a time."""


def read_sources(corpus: Path | None) -> list[list[dict[str, Any]]]:
    """Records of every fixture, and of every real transcript where there is a corpus."""
    paths = sorted(FIXTURES.rglob("*.jsonl"))
    real = sorted((corpus / "claude-code").rglob("*.jsonl")) if corpus else []
    return [records for path in [*paths, *real] if (records := read_records(path))]


def pick(sources: list[list[dict[str, Any]]], random: Random) -> list[dict[str, Any]]:
    records = random.choice(sources)
    start = random.randrange(max(1, len(records) - STRETCH))
    return records[start : start + STRETCH]


def try_one(content: bytes) -> str | None:
    """What is wrong with the rows of one broken file, or None."""
    with TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:  # noqa: S108
        project = Path(folder) / "files" / "-project"
        project.mkdir(parents=True)
        (project / "s1.jsonl").write_bytes(content)
        try:
            found = violations(parse_folder(Path(folder) / "files", Path(folder) / "archive", now=AFTER_ALL))
        except Exception as error:  # every crash is a finding
            where = traceback.extract_tb(error.__traceback__)[-1]
            return f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}"
    return found[0] if found else None


def campaign(sources: list[list[dict[str, Any]]], *, mutations: int, seed: int, keep: Path) -> Counter[str]:
    """Findings by kind; each broken file that made one is kept."""
    findings = Counter[str]()
    started = time.monotonic()
    for number in range(mutations):
        random = seeded(f"{seed}-{number}")
        content = mutate(pick(sources, random), random)
        finding = try_one(content)
        if finding is not None:
            findings[finding] += 1
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{seed}-{number}.jsonl").write_bytes(content)
        if (number + 1) % 500 == 0:
            print(f"{number + 1} mutations, {findings.total()} findings, {time.monotonic() - started:.0f} s")
    return findings


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--mutations", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--corpus", type=Path, default=os.environ.get("SESSIONMART_CORPUS"))
    options.add_argument("--keep", type=Path, default=Path("data/fuzz-findings"))
    given = options.parse_args()
    sources = read_sources(Path(given.corpus) if given.corpus else None)
    findings = campaign(sources, mutations=given.mutations, seed=given.seed, keep=given.keep)
    for finding, count in findings.most_common():
        print(f"{count} × {finding}")
    print(
        f"{given.mutations} mutations of {len(sources)} transcripts, seed {given.seed}: "
        f"{findings.total()} findings"
    )
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
