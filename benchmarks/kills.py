"""Kill senders at random moments and prove that nothing is lost, paid twice or beyond a budget.

    python -m benchmarks.kills --kills 200 --seed 20261121

Half of the kills hit senders that ask one by one, half senders that ask in batches. Prints a table; its
exit status is 1 where a claim does not hold. Moments are drawn from the seed; what they hit depends on
the machine.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks.kill_campaign import KillCampaign, make_creating_slow, start_fake
from benchmarks.kill_claims import Verdicts, judge
from tests.fakes.killed_sender import Way

WAYS: tuple[Way, ...] = ("synchronous", "batch")


def kill_senders(way: Way, folder: Path, *, kills: int, seed: int) -> Verdicts:
    """One campaign from its first sender to its verdicts."""
    with start_fake(folder) as fake:
        make_creating_slow(fake)
        campaign = KillCampaign(way, folder, fake, seed=seed)
        campaign.kill(kills)
        campaign.exceed_the_month()
        campaign.finish()
        return judge(campaign)


def table_of(found: dict[Way, Verdicts]) -> Table:
    """Figures of both ways side by side."""
    table = Table("", *found)
    names = dict.fromkeys(name for verdicts in found.values() for name in verdicts.figures)
    for name in names:
        table.add_row(name, *(verdicts.figures[name] for verdicts in found.values()))
    table.add_row("claims broken", *(str(len(verdicts.broken)) for verdicts in found.values()))
    return table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both campaigns; 1 where a claim does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--way", choices=WAYS, help="only this way, with all the kills")
    options = parser.parse_args(arguments)
    ways = (options.way,) if options.way else WAYS
    console = Console(width=None if sys.stdout.isatty() else 120)
    found: dict[Way, Verdicts] = {}
    with TemporaryDirectory(prefix="sessionmart-kills-") as folder:
        for way in ways:
            kills = options.kills // len(ways)
            found[way] = kill_senders(way, Path(folder) / way, kills=kills, seed=options.seed)
    console.print(table_of(found))
    for way, verdicts in found.items():
        for claim in verdicts.broken:
            console.print(f"{way}: broken: {claim}", markup=False)
    return 1 if any(verdicts.broken for verdicts in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
