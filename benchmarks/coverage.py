"""How often nominal 95 % intervals hold the truth: the statistics alone, on frames of known parameters.

`python -m benchmarks.coverage --seeds 500 --users 20` prints a table and fails where an interval covers less
than 92 or more than 98 % of the seeds in which it is shown; `--cells` does so for cells of 5 to 120 users
(cell_coverage.py). Not here: the pipeline, whose planted corpus is in the tests.
"""

import argparse
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import pandas as pd
from rich.console import Console
from rich.table import Table

from benchmarks.cell_coverage import (
    USERS,
    CellCoverage,
    cell_coverage,
    difference_coverage,
    quantile_coverage,
)
from benchmarks.figures import Figure
from benchmarks.label_frames import Parameters, Truth, drawn_frame, truth_of
from benchmarks.stopwatch import Stopwatch
from orchestration.statistics.adjusted_rates import AdjustedRates, adjusted_rates
from orchestration.statistics.clusters import rate_by_user
from orchestration.statistics.label_error import ReviewCounts, corrected_difference, corrected_rate
from orchestration.statistics.log_outcomes import geometric_mean
from orchestration.statistics.mean_growth import MeanGrowth, mean_growth
from orchestration.statistics.prediction_powered import powered_mean
from orchestration.statistics.rate_difference import rate_difference
from orchestration.statistics.user_bootstrap import DRAWS
from orchestration.statistics.withholding import Estimate

SEEDS = 500
LEAST, MOST = 0.92, 0.98
CELL = ("work_mode", "band", "month", "work_occupation", "is_software")


class Sample:
    """One drawn frame, with the fits that several estimands share."""

    def __init__(self, parameters: Parameters, seed: int, *, draws: int = DRAWS) -> None:
        self.frame, self.draws = drawn_frame(parameters, seed), draws
        self.parameters = parameters

    @cached_property
    def adjusted(self) -> AdjustedRates:
        return adjusted_rates(self.frame, outcome="success", level="level", user="user", effects=[CELL])

    @cached_property
    def growth(self) -> MeanGrowth:
        return mean_growth(
            self.frame, value="price", group="work_mode", user="user", is_later="is_later", draws=self.draws
        )

    @cached_property
    def estimates(self) -> list[Estimate]:
        """One per estimand, in their order."""
        return [estimand.estimate(self) for estimand in ESTIMANDS]

    @property
    def reviewed(self) -> pd.DataFrame:
        return self.frame.loc[self.frame["reviewed"]]


def _rate(sample: Sample, column: str = "success") -> Estimate:
    return rate_by_user(sample.frame[column], sample.frame["user"]).estimate


def _adjusted_rate(sample: Sample, level: int) -> Estimate:
    return next(rate.adjusted for rate in sample.adjusted.rates if rate.level == level)


def _gap(sample: Sample) -> Estimate:
    frame = sample.frame
    return rate_difference(frame["success"], frame["is_software"], frame["user"]).by_user


def _corrected_gap(sample: Sample) -> Estimate:
    frame = sample.frame
    found = rate_difference(frame["label"], frame["is_software"], frame["user"])
    raw = found.by_user
    if raw.value is None or raw.standard_error is None:
        return raw
    youden = sample.parameters.sensitivity + sample.parameters.specificity - 1
    return corrected_difference(raw.value, raw.standard_error, youden=youden, degrees=found.degrees)


def _rogan_gladen(sample: Sample) -> Estimate:
    labelled = rate_by_user(sample.frame["label"], sample.frame["user"])
    label, truth = sample.reviewed["label"] == 1, sample.reviewed["success"] == 1
    counts = [int(found.sum()) for found in (label & truth, label & ~truth, ~label & truth, ~label & ~truth)]
    if labelled.estimate.value is None:
        return labelled.estimate
    return corrected_rate(labelled.estimate.value, labelled.effective_n, ReviewCounts(*counts))


def _powered(sample: Sample) -> Estimate:
    reviewed, rest = sample.reviewed, sample.frame.loc[~sample.frame["reviewed"]]
    users = (reviewed["user"], rest["user"])
    return powered_mean(reviewed["success"], reviewed["label"], rest["label"], users=users).estimate


@dataclass(frozen=True)
class Estimand:
    """One number with a truth. `is_aimed`: its interval is meant to hold it; a raw label's is not."""

    name: str
    what: str
    truth: Callable[[Truth], float]
    estimate: Callable[[Sample], Estimate]
    is_aimed: bool = True


ESTIMANDS = (
    Estimand("rate", "rate, by user", lambda truth: truth.rate, _rate),
    Estimand("slope", "adjusted slope per level, joint cells", lambda t: t.slope, lambda s: s.adjusted.slope),
    *(
        Estimand(
            f"adjusted_{level}",
            f"adjusted rate of level {level}, joint cells",
            lambda truth, level=level: truth.adjusted_rates[level],  # type: ignore[misc]
            partial(_adjusted_rate, level=level),
        )
        for level in (1, 5)
    ),
    Estimand("gap", "difference of two groups, by user", lambda truth: truth.software_gap, _gap),
    Estimand(
        "geometric_mean",
        "geometric mean, by user",
        lambda truth: truth.geometric_mean,
        lambda sample: geometric_mean(sample.frame["actions"], sample.frame["user"]),
    ),
    Estimand("growth", "growth of a mean", lambda t: t.growth, lambda s: s.growth.total.of_mean),
    Estimand(
        "growth_within",
        "its part within modes (Kitagawa)",
        lambda truth: truth.growth_within,
        lambda sample: sample.growth.within["difference"],
    ),
    Estimand(
        "growth_mix",
        "its part by the mix of modes (Kitagawa)",
        lambda truth: truth.growth_mix,
        lambda sample: sample.growth.mix["difference"],
    ),
    Estimand("raw", "rate of wrong labels, raw", lambda t: t.rate, partial(_rate, column="label"), False),
    Estimand("rogan_gladen", "the same, Rogan–Gladen", lambda truth: truth.rate, _rogan_gladen),
    Estimand("powered", "the same, prediction-powered (PPI++)", lambda truth: truth.rate, _powered),
    Estimand(
        "corrected_gap",
        "difference of wrong labels, corrected by J",
        lambda truth: truth.software_gap,
        _corrected_gap,
    ),
)


@dataclass(frozen=True)
class Coverage:
    """Of an estimand: the seeds whose interval holds the truth, of those that are not withheld."""

    estimand: Estimand
    truth: float
    seeds: int
    withheld: int
    covered: int
    mean_width: float
    mean_error: float  # of the estimates: their mean less the truth

    @property
    def share(self) -> float:
        shown = self.seeds - self.withheld
        return self.covered / shown if shown else math.nan

    @property
    def is_met(self) -> bool:
        return not self.estimand.is_aimed or (self.withheld < self.seeds and LEAST <= self.share <= MOST)


def coverage_of(samples: Iterable[Sample], *, stretch: float = 1.0) -> list[Coverage]:
    """Coverage of every estimand; `stretch` makes intervals wider or narrower, to see that it would show."""
    found: list[list[Estimate]] = []
    truth: Truth | None = None
    for sample in samples:
        truth = truth or truth_of(sample.parameters)
        found.append(sample.estimates)
    if truth is None:
        return []
    return [
        _coverage(estimand, estimand.truth(truth), [row[place] for row in found], stretch)
        for place, estimand in enumerate(ESTIMANDS)
    ]


def _coverage(estimand: Estimand, truth: float, estimates: Sequence[Estimate], stretch: float) -> Coverage:
    covered, widths, errors = 0, 0.0, 0.0
    shown = [one for one in estimates if one.value is not None and one.low is not None]
    for one in shown:
        assert one.value is not None
        assert one.low is not None
        assert one.high is not None
        low, high = (one.value + stretch * (bound - one.value) for bound in (one.low, one.high))
        covered += low <= truth <= high
        widths += high - low
        errors += one.value - truth
    count = max(1, len(shown))
    withheld = len(estimates) - len(shown)
    return Coverage(estimand, truth, len(estimates), withheld, covered, widths / count, errors / count)


def measure_coverage(*, seeds: int = SEEDS) -> Iterator[Figure]:
    """Distance of each coverage from 95 %, in points."""
    watch = Stopwatch()
    found = coverage_of(Sample(Parameters(), seed) for seed in range(seeds))
    spent = watch.spent()
    for place, one in enumerate(found):
        yield Figure(
            f"coverage_{one.estimand.name}",
            f"95 % interval of {one.estimand.what}: coverage off by",
            abs(one.share - 0.95) * 100,
            unit="points",
            aim=(MOST - LEAST) / 2 * 100 if one.estimand.is_aimed else None,
            spent=spent if not place else None,
            note=f"{one.share:.1%} of {one.seeds} seeds, mean width {one.mean_width:.4f}",
        )


def table_of(found: Sequence[Coverage]) -> Table:
    """For the terminal."""
    table = Table()
    for heading in ("estimand", "truth", "seeds", "withheld", "coverage", "mean width", "mean error", "met"):
        table.add_column(heading, justify="left" if heading == "estimand" else "right")
    for one in found:
        numbers = (f"{one.share:.1%}", f"{one.mean_width:.4f}", f"{one.mean_error:+.4f}")
        met = ("yes" if one.is_met else "NO") if one.estimand.is_aimed else ""
        what = one.estimand.what
        table.add_row(what, f"{one.truth:.4f}", str(one.seeds), str(one.withheld), *numbers, met)
    return table


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where an interval does not keep what it says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--users", type=int, default=Parameters.users)
    parser.add_argument("--draws", type=int, default=DRAWS, help="draws of the bootstrap")
    parser.add_argument("--cells", action="store_true", help="cells of 5 to 120 users instead")
    chosen = parser.parse_args(arguments)
    if chosen.cells:
        return _print_cells()
    seeds = range(chosen.first_seed, chosen.first_seed + chosen.seeds)
    parameters = Parameters(users=chosen.users)
    found = coverage_of(Sample(parameters, seed, draws=chosen.draws) for seed in seeds)
    Console(width=None if sys.stdout.isatty() else 140).print(table_of(found))
    return 0 if all(one.is_met for one in found) else 1


def _print_cells() -> int:
    """Coverage of the cells shown, and their share, by estimate and number of users."""
    found = [*cell_coverage(), *quantile_coverage(), *difference_coverage()]
    table = Table("estimate", *(f"{users} users" for users in USERS))
    for what in dict.fromkeys(one.what for one in found):
        row = [one for one in found if one.what == what]
        table.add_row(what, *(_shown_of(one) for one in row))
    Console(width=None if sys.stdout.isatty() else 140).print(table)
    return 0 if all(not one.is_seen or LEAST <= one.share <= MOST for one in found) else 1


def _shown_of(one: CellCoverage) -> str:
    shown = f"{one.shown / one.drawn:.0%}"
    return f"{one.share:.1%} of {shown}" if one.is_seen else f"{shown} shown"


if __name__ == "__main__":
    sys.exit(main())
