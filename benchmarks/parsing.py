"""Archive, parsing and redaction over one unit: single-core `orjson.loads` of the same lines.

The unit is measured in this process, once in every round; each stage in a process of its own, which
reports its seconds without its imports, but with the start of its workers.
"""

import gc
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from benchmarks.corpora import Corpus, lines_of
from benchmarks.figures import Figure
from benchmarks.processes import own_environment, python, run_watched
from benchmarks.stopwatch import Spent, median_of

UNIT_PASSES = 3
WORKERS = 2
AIM = 1.5


def measure_parsing(corpus: Corpus, work: Path, *, repeat: int) -> Iterator[Figure]:
    """The unit, and every stage over it; medians of `repeat` rounds."""
    seen: dict[str, list[Spent]] = {}
    for _ in range(repeat):
        units = [time_lines(corpus) for _ in range(UNIT_PASSES)]
        seen.setdefault("unit", []).extend(units)
        with TemporaryDirectory(dir=work) as home:
            for stage in ("archive", "parse-unredacted", "parse", "redact"):
                for name, spent in _run_stage(stage, corpus, Path(home)).items():
                    unredacted = stage == "parse-unredacted" and name == "parse"
                    seen.setdefault("parse_unredacted" if unredacted else name, []).append(spent)
    medians = {name: median_of(samples) for name, samples in seen.items()}
    unit = medians["unit"]
    megabytes = corpus.byte_count() / 1e6
    yield Figure(
        "unit", "unit: orjson.loads of all lines, one core", unit.wall, "s", spent=unit,
        note=f"{megabytes / unit.wall:.0f} MB/s",
    )  # fmt: skip
    for name, what, aim in (
        ("archive", "archive: hash, compress, scan, index / unit", None),
        ("parse_unredacted", "parsing to Parquet, two processes, no redaction / unit", AIM),
        ("redact", "redaction alone, one core / unit", None),
        ("parse", "parsing to Parquet with redaction / unit", None),
        ("commit", "commit of the landed dates, gates apart / unit", None),
    ):
        spent = medians[name]
        note = f"processor time {spent.cpu / unit.cpu:.2f} ×"
        yield Figure(name, what, spent.wall / unit.wall, aim=aim, spent=spent, note=note)


def read_all_lines(corpus: Corpus) -> Spent:
    """Seconds of `orjson.loads` alone over all lines; each object is dropped at once."""
    wall = cpu = 0.0
    for path in corpus.paths():
        lines = lines_of(path)
        wall, cpu = wall - time.perf_counter(), cpu - time.process_time()
        for line in lines:
            try:
                orjson.loads(line)
            except orjson.JSONDecodeError:
                continue  # a glued or cut line: parsing settles it, the unit does not
        wall, cpu = wall + time.perf_counter(), cpu + time.process_time()
    return Spent(wall, cpu)


def time_lines(corpus: Corpus) -> Spent:
    """The unit. Without the collector, which has nothing to do for objects that are dropped at once."""
    gc.disable()
    try:
        return read_all_lines(corpus)
    finally:
        gc.enable()


def _run_stage(stage: str, corpus: Corpus, home: Path) -> dict[str, Spent]:
    """What a stage says of its seconds."""
    environment = own_environment(home=home, transcripts=corpus.pattern, workers=WORKERS)
    answer = run_watched(python("benchmarks.steps", stage), environment=environment).answer()
    return {name: Spent(**value) for name, value in answer.items() if isinstance(value, dict)}
