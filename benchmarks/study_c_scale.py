"""Building the warehouse and its statistics at the size of the published study (398,198 sessions).

Synthetic lakes of rising size (synthetic_lake) on the same dates. Each stage is a process of its own: the
facts (dbt, tests included), the statistics, the metrics (dbt, tests included), the copy of a release.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure
from benchmarks.processes import Watched, own_environment, python, run_watched

SIZES = (4_000, 40_000)
STAGES: Mapping[str, str] = {
    "facts": "dbt build of the facts",
    "estimates": "statistics",
    "metrics": "dbt build of the metrics",
    "attack": "attack on the release",
    "release": "copy of a release",
    "report": "page of the release",
}
COUNTED = ("attack", "release", "report")
"""Stages whose parts are no seconds of its own: they have figures of their own."""
MEMORY_AIM_GB = 8.0
READING_AIM_SECONDS = 0.5
PAGE_AIM_MB = 3.0
NAMED_PARTS = 3
"""Models, tests or tables of estimates that a note names: those that took longest."""


@dataclass(frozen=True)
class Scaled:
    """What each stage took at one size."""

    sessions: int
    stages: Mapping[str, Watched]

    def parts(self, stage: str) -> list[tuple[str, float]]:
        """Seconds of what a stage consists of, the longest first; of a release, of reading its tables."""
        parts: dict[str, float] = self.stages[stage].answer()["parts"]
        return sorted(parts.items(), key=lambda part: -part[1])

    @property
    def largest_gb(self) -> float:
        return max(watched.largest_bytes for watched in self.stages.values()) / 1e9


def measure_study_c_scale(work: Path, *, sizes: Sequence[int] = SIZES) -> Iterator[Figure]:
    """Seconds and peak memory of each stage at each size, and how they grow from one to the next."""
    scaled = []
    for sessions in sorted(sizes):
        with TemporaryDirectory(dir=work) as folder:
            scaled.append(scale_to(sessions, Path(folder)))
        yield from figures_of(scaled[-1])
    for small, big in pairwise(scaled):
        yield from growth_of(small, big)


def scale_to(sessions: int, home: Path) -> Scaled:
    """Write a lake into the home, where there is none, and build everything on it."""
    lake_dir = home / "lake"
    transcripts = home / "transcripts"
    transcripts.mkdir(parents=True, exist_ok=True)
    environment = own_environment(home=home, transcripts=transcripts)
    if not lake_dir.exists():
        arguments = ("--sessions", str(sessions), "--out", str(lake_dir))
        run_watched(python("benchmarks.synthetic_lake", *arguments), environment=environment)
    stages = {
        stage: run_watched(python("benchmarks.steps", stage), environment=environment) for stage in STAGES
    }
    return Scaled(sessions, stages)


def figures_of(scaled: Scaled) -> Iterator[Figure]:
    """Of one size: seconds by stage, the largest process, the slowest reading of a metrics table."""
    size = f"{scaled.sessions:,} sessions"
    for stage, what in STAGES.items():
        watched = scaled.stages[stage]
        slowest = [] if stage in COUNTED else scaled.parts(stage)[:NAMED_PARTS]
        peak = f"peak {watched.largest_bytes / 1e9:.2f} GB"
        yield Figure(
            f"scale_{stage}_{scaled.sessions}", f"{size}: {what}", watched.spent.wall, "s",
            spent=watched.spent, note="; ".join([peak, *(f"{name} {took:.1f} s" for name, took in slowest)]),
        )  # fmt: skip
    yield Figure(
        f"scale_memory_{scaled.sessions}", f"{size}: largest process", scaled.largest_gb, "GB", MEMORY_AIM_GB
    )
    found = dict(scaled.parts("attack"))
    yield Figure(
        f"scale_told_{scaled.sessions}", f"{size}: hidden counts that the attack finds", found["told"], "",
        aim=0.0, note=f"of {found['hidden']:,.0f}; {found['broken']:.0f} relations broken",
    )  # fmt: skip
    yield Figure(
        f"scale_page_{scaled.sessions}", f"{size}: size of the page", scaled.parts("report")[0][1], "MB",
        PAGE_AIM_MB,
    )  # fmt: skip
    read = scaled.parts("release")
    yield Figure(
        f"scale_reading_{scaled.sessions}", f"{size}: the slowest of {len(read)} readings of rpt_ tables",
        read[0][1], "s", READING_AIM_SECONDS, note=read[0][0],
    )  # fmt: skip


def growth_of(small: Scaled, big: Scaled) -> Iterator[Figure]:
    """Each stage at the larger size over the smaller one: no more times longer than there are sessions."""
    times = big.sessions / small.sessions
    sizes = f"{big.sessions:,} / {small.sessions:,} sessions"
    for stage, what in STAGES.items():
        before, after = small.stages[stage].spent, big.stages[stage].spent
        yield Figure(
            f"scale_growth_{stage}_{big.sessions}", f"{sizes}: {what}", after.wall / before.wall, aim=times,
            spent=after, note=f"processor time {after.cpu / before.cpu:.2f} ×",
        )  # fmt: skip
