"""Wall and processor seconds of a piece of work, and the median of several.

Processor seconds are those of this process and all its descendants, so that work done in a pool counts.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import psutil


@dataclass(frozen=True)
class Spent:
    """Seconds that something took: on the clock, and of processors."""

    wall: float
    cpu: float


class Stopwatch:
    """Runs from its making. Looking at the processes takes a moment, which is kept out of the wall time."""

    def __init__(self) -> None:
        self._cpu = tree_cpu_seconds(psutil.Process())
        self._wall = time.perf_counter()

    def spent(self) -> Spent:
        wall = time.perf_counter() - self._wall
        return Spent(wall, tree_cpu_seconds(psutil.Process()) - self._cpu)


def median_of(samples: Sequence[Spent]) -> Spent:
    """The median of each; raises StatisticsError where there is no sample."""
    return Spent(median(sample.wall for sample in samples), median(sample.cpu for sample in samples))


def tree_cpu_seconds(root: psutil.Process) -> float:
    """Processor seconds of a process and its descendants, with those of children already gone."""
    total = 0.0
    for process in (root, *root.children(recursive=True)):
        try:
            total += sum(process.cpu_times()[:4])
        except psutil.NoSuchProcess:
            continue
    return total
