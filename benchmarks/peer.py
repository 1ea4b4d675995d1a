"""Archive, parse, redact and land, beside a peer that parses the same transcripts: `agentsview sync`.

agentsview (PyPI; a Go binary) reads the files into its own SQLite database. Both run on the same corpus,
in turns, each in a fresh home, and whole processes are compared, with their start. The peer redacts
nothing, keeps no archive and has no gates, so the gates of landing are a figure apart.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.corpora import Corpus
from benchmarks.figures import Figure
from benchmarks.parsing import WORKERS
from benchmarks.processes import CHECKOUT, ProgramFailedError, own_environment, python, run_watched
from benchmarks.stopwatch import Spent

PEER = "agentsview"
AIM = 1.0


def measure_peer(corpus: Corpus, work: Path, *, repeat: int) -> Iterator[Figure]:
    """Processor seconds of both, in pairs; the ratio is the median of the pairs' ratios."""
    binary = peer_binary()
    ours: list[Spent] = []
    gated: list[Spent] = []
    theirs: list[Spent] = []
    for _ in range(repeat):
        ours.append(_ours("ingest", corpus, work))
        if binary is not None:
            theirs.append(_theirs(binary, corpus, work))
        gated.append(_ours("land", corpus, work))
    note = "" if binary else f"no comparison: {PEER} is not installed (.venv/bin/pip install {PEER})"
    yield _figure("peer-ours", "archive + parse + redact + land, gates apart: processor time", ours, note)
    yield _figure("peer-gated", "the same with the gates: processor time", gated)
    if binary is None:
        return
    yield _figure("peer-theirs", f"{PEER} sync: processor time", theirs)
    for name, what, mine, aim in (
        ("peer", f"archive + parse + redact + land / {PEER} sync, processor time", ours, AIM),
        ("peer-with-gates", "the same with the gates", gated, None),
    ):
        ratios = [one.cpu / other.cpu for one, other in zip(mine, theirs, strict=True)]
        note = f"pairs from {min(ratios):.2f} to {max(ratios):.2f}"
        yield Figure(name, what, median(ratios), aim=aim, note=note)


def peer_binary() -> Path | None:
    """The peer beside this interpreter or on the path; None where it is not installed."""
    beside = Path(sys.executable).parent / PEER
    found = str(beside) if beside.exists() else shutil.which(PEER)
    return Path(found) if found else None


def _figure(name: str, what: str, samples: list[Spent], note: str = "") -> Figure:
    middle = Spent(median(each.wall for each in samples), median(each.cpu for each in samples))
    return Figure(name, what, middle.cpu, "s", spent=middle, note=note)


def _ours(stage: str, corpus: Corpus, work: Path) -> Spent:
    with TemporaryDirectory(dir=work) as home:
        environment = own_environment(home=home, transcripts=corpus.pattern, workers=WORKERS)
        answer = run_watched(python("benchmarks.steps", stage), environment=environment).answer()
    return Spent(**answer["whole"])


def _theirs(binary: Path, corpus: Corpus, work: Path) -> Spent:
    """One `sync` of the peer into an empty home whose transcripts are the corpus."""
    with TemporaryDirectory(dir=work) as home:
        projects = Path(home) / ".claude" / "projects"
        projects.mkdir(parents=True)
        for project in (each for folder in corpus.folders for each in folder.iterdir()):
            (projects / project.name).symlink_to(project)
        environment = os.environ | {"HOME": home, "AGENTSVIEW_NO_DAEMON": "1"}
        before = os.times()
        done = subprocess.run(
            [binary, "sync"], env=environment, cwd=CHECKOUT, capture_output=True, text=True, check=False
        )
        after = os.times()
    if done.returncode:
        raise ProgramFailedError(f"{PEER} sync ended with {done.returncode}:\n{done.stdout[-2000:]}")
    used = after.children_user - before.children_user + after.children_system - before.children_system
    return Spent(after.elapsed - before.elapsed, used)
