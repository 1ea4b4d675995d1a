"""Peak memory of archiving, parsing, judging and landing: what bounds it, and that size does not.

Each landing is a process of its own with its workers and gates, all watched from outside.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.corpora import Corpus, double, generate
from benchmarks.figures import Figure
from benchmarks.processes import OTHERS, Watched, own_environment, python, run_watched

AIM_MB = 1000
GROWTH_AIM = 1.1
"""Twice or four times the transcripts, with no larger session, need no more memory; a tenth is noise."""

SESSIONS = 320
TIMES = 4


def measure_memory(corpus: Corpus, work: Path, *, today: date) -> Iterator[Figure]:
    """Of the corpus, of the corpus doubled under other ids, of a generated lake and one four times as big.

    One landing each: a peak hardly differs between two runs.
    """
    with TemporaryDirectory(dir=work) as folder:
        once, twice = _land(corpus), _land(double(corpus, Path(folder) / "again"))
    answer = once.answer()
    largest = answer["largest_session_bytes"] / 1e6
    yield Figure(
        "memory", "peak memory of landing, largest process", once.largest_bytes / 1e6, "MB", AIM_MB,
        once.spent, once.peaks(),
    )  # fmt: skip
    yield Figure(
        "memory_together", "all processes at one moment, shared pages in each", once.together_bytes / 1e6,
        "MB", note=f"{answer['sessions']} sessions, the largest {largest:.1f} MB",
    )  # fmt: skip
    yield from _growth("doubled", "the corpus doubled under other ids", once, twice)
    with TemporaryDirectory(dir=work) as folder:
        small, big = (
            _land(_generated(Path(folder) / str(times), SESSIONS * times, today)) for times in (1, TIMES)
        )
    yield from _growth("generated", f"a generated lake of {TIMES} times the sessions", small, big)


def _growth(name: str, what: str, small: Watched, big: Watched) -> Iterator[Figure]:
    """Each kind of process by itself: a growing worker must not hide behind the gates."""
    for kind in sorted((small.peak_bytes.keys() & big.peak_bytes.keys()) - {OTHERS}):
        before, after = small.peak_bytes[kind], big.peak_bytes[kind]
        yield Figure(
            f"memory_{name}_{kind.replace(' ', '_')}", f"{what}: {kind}", after / before, aim=GROWTH_AIM,
            spent=big.spent, note=f"{before / 1e6:.0f} MB, then {after / 1e6:.0f} MB",
        )  # fmt: skip


def _generated(folder: Path, sessions: int, today: date) -> Corpus:
    generate(folder, sessions=sessions, months=6, today=today)
    return Corpus((folder,), "generated")


def _land(corpus: Corpus) -> Watched:
    with TemporaryDirectory() as home:
        environment = own_environment(home=home, transcripts=corpus.pattern, workers=2)
        return run_watched(python("benchmarks.steps", "land"), environment=environment)
