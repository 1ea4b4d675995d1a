"""Clustering 100,000 summaries: time, memory, whether it repeats itself, how well it finds themes."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure
from benchmarks.processes import Watched, own_environment, python, run_watched
from benchmarks.stopwatch import Spent

SUMMARIES = 100_000
AIM_MB = 2000


def measure_clusters(work: Path) -> Iterator[Figure]:
    """Two processes on the same summaries, the second in another order."""
    once, again = (_run(work, stage) for stage in ("clusters", "clusters-again"))
    first, second = once.answer(), again.answer()
    yield Figure(
        "clusters", f"clusters of {SUMMARIES:,} summaries", Spent(**first["clusters"]).wall, "s",
        spent=Spent(**first["clusters"]),
        note=f"{first['texts']:,} texts, {first['found']} clusters in {first['groups']} groups",
    )  # fmt: skip
    yield Figure(
        "clusters_memory", "the same: peak memory", once.largest_bytes / 1e6, "MB", AIM_MB, once.spent,
        "the summaries included",
    )  # fmt: skip
    yield Figure(
        "clusters_differences", "the same twice, in another order: different bytes",
        float(first["digest"] != second["digest"]), "", 0.0, note=f"digest {first['digest'][:12]}",
    )  # fmt: skip
    yield Figure(
        "clusters_themes", "agreement with 60 planted themes (adjusted Rand)", first["rand"], "",
        note=f"{first['rest_share']:.0%} in the rest",
    )  # fmt: skip


def _run(work: Path, stage: str) -> Watched:
    with TemporaryDirectory(dir=work) as home:
        return run_watched(python("benchmarks.steps", stage), environment=own_environment(home=home))
