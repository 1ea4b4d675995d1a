"""A large corpus with planted effects through the whole pipeline: every planted value beside its estimate.

`python -m benchmarks.planted_effects --sessions 1500` prints them and fails where an interval misses one. The
same on a small corpus is a test; this one has the narrower intervals.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks.stopwatch import Stopwatch
from orchestration.demo.effects import PlantedEffects
from tests.demo_lake import with_nothing_hidden
from tests.planted_claims import Claim, claims_of, judged_success_claims
from tests.planted_corpus import build_all, labelled_home, planted_plan, review

RAW = "raw"
"""The statistic that must miss: its labels have a known error."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print planted and recovered values; 1 where one is missed, or the wrong labels' rate is not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planted_effects", description=__doc__)
    parser.add_argument("--sessions", type=int, default=1500)
    parser.add_argument("--users", type=int, default=60)
    parser.add_argument("--months", type=int, default=4)
    parser.add_argument("--reviews", type=int, default=300)
    parser.add_argument("--work", type=Path, help="folder for temporary data; else the system's")
    chosen = parser.parse_args(arguments)
    watch = Stopwatch()
    with TemporaryDirectory(prefix="sessionmart-planted-", dir=chosen.work) as work:
        size = {"sessions": chosen.sessions, "users": chosen.users, "months": chosen.months}
        home = labelled_home(Path(work), planted_plan(PlantedEffects(), **size))
        review(home, chosen.reviews)
        build_all(home)
        home = with_nothing_hidden(home, Path(work) / "shown")
        judged = judged_success_claims(home)
        claims = [*claims_of(home), *(claim for name, claim in judged.items() if name != RAW)]
    spent = watch.spent()
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(table_of([*claims, judged[RAW]]))
    console.print(f"{spent.wall:.0f} s, {spent.cpu:.0f} s of processors", highlight=False)
    return 0 if all(claim.is_recovered for claim in claims) and not judged[RAW].is_recovered else 1


def table_of(claims: Sequence[Claim]) -> Table:
    """For the terminal."""
    table = Table()
    for heading in ("effect", "planted", "estimate", "low", "high", "sessions", "users", "holds it"):
        table.add_column(heading, justify="left" if heading == "effect" else "right")
    for claim in claims:
        row, bounds = claim.row, claim.interval or ("", "")
        numbers = (row["estimate"], *bounds)
        shown = [f"{number:.4f}" if isinstance(number, float) else "" for number in numbers]
        held = "yes" if claim.is_recovered else "no"
        table.add_row(
            claim.what, f"{claim.planted:.4f}", *shown, str(row["n_sessions"]), str(row["n_users"]), held
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
