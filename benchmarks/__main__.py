"""`python -m benchmarks` (`make bench`): the figures of docs/benchmarks.md for this machine, in one run.

Ratios, because they hold between machines better than seconds do. Measures the transcripts in the folder
SESSIONMART_CORPUS (it contains `claude-code/`), or generated ones. Nothing here passes or fails.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from benchmarks.corpora import Corpus, given_corpus
from benchmarks.figures import Figure, Report, json_of, line_of, markdown_of, table_of, write_into
from benchmarks.machine import this_machine
from benchmarks.processes import CHECKOUT, ProgramFailedError
from benchmarks.study_c_scale import SIZES

DOCUMENT = CHECKOUT / "docs" / "benchmarks.md"
PLAIN_WIDTH = 160
"""Columns of the table where the output is no terminal."""
NAMES = (
    "parsing", "peer", "memory", "one-date", "many-dates", "labelling", "linking", "study-c", "coverage",
    "clusters",
)  # fmt: skip


def read_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The options; exits with a message where one is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=NAMES, help="measure this; may be repeated")
    parser.add_argument("--repeat", type=_at_least_one, default=3, help="rounds that medians are of")
    parser.add_argument("--dates", type=_at_least_one, default=300, help="dates of the large lake")
    parser.add_argument(
        "--sizes", type=_sizes, default=SIZES, help="sessions of study-c's lakes, e.g. 4000,40000,400000"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    parser.add_argument("--markdown", action="store_true", help="print the block of docs/benchmarks.md")
    parser.add_argument("--write", action="store_true", help="replace the block in docs/benchmarks.md")
    parser.add_argument("--work", type=Path, help="folder for temporary data; else the system's")
    return parser.parse_args(arguments)


def measurements(
    options: argparse.Namespace, corpus: Corpus, work: Path, *, today: date
) -> Mapping[str, "Measurement"]:
    """The named measurements, not begun."""
    from benchmarks.clusters import measure_clusters
    from benchmarks.coverage import measure_coverage
    from benchmarks.labelling import measure_labelling
    from benchmarks.linking import measure_linking
    from benchmarks.memory import measure_memory
    from benchmarks.one_date import measure_many_dates, measure_one_date
    from benchmarks.parsing import measure_parsing
    from benchmarks.peer import measure_peer
    from benchmarks.study_c_scale import measure_study_c_scale

    return {
        "parsing": partial(measure_parsing, corpus, work, repeat=options.repeat),
        "peer": partial(measure_peer, corpus, work, repeat=options.repeat),
        "memory": partial(measure_memory, corpus, work, today=today),
        "one-date": partial(measure_one_date, corpus, work, today=today, repeat=options.repeat),
        "many-dates": partial(
            measure_many_dates, work, today=today, many=options.dates, repeat=options.repeat
        ),
        "labelling": partial(measure_labelling, corpus, work, today=today),
        "linking": partial(measure_linking, corpus, work),
        "study-c": partial(measure_study_c_scale, work, sizes=options.sizes),
        "coverage": measure_coverage,
        "clusters": partial(measure_clusters, work),
    }


Measurement = Callable[[], Iterator[Figure]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where a measured program failed, never because a figure misses its aim."""
    options = read_arguments(arguments)
    machine, today = this_machine(), datetime.now(UTC).date()
    progress = Console(stderr=True, highlight=False)
    figures: list[Figure] = []
    failed = False
    with TemporaryDirectory(prefix="sessionmart-bench-", dir=options.work) as work:
        corpus = given_corpus(Path(work), today=today)
        described = corpus.describe()
        progress.print(f"Corpus: {described}")
        for name, measure in measurements(options, corpus, Path(work), today=today).items():
            if not options.only or name in options.only:
                progress.print(f"Measuring {name} ...")
                try:
                    for figure in measure():
                        figures.append(figure)
                        progress.print(f"  {line_of(figure)}", markup=False, soft_wrap=True)
                except ProgramFailedError as error:
                    failed = True
                    progress.print(str(error), markup=False, soft_wrap=True)
    report = Report(today, machine, described, options.repeat, figures)
    if options.markdown:
        print(markdown_of(report))
    else:
        Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH).print(table_of(report))
    if options.json:
        options.json.write_text(json_of(report), encoding="utf-8")
    if options.write:
        write_into(DOCUMENT, markdown_of(report))
    return 1 if failed else 0


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(_at_least_one(size) for size in text.split(","))


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
