"""Which units are reviewed: drawn at random, each with a known probability.

Plain functions of the frame and the seed. Belongs here: simple and stratified draws, the order in which
units are shown. Not here: which units are in the frame, and how they are shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Drawn:
    """A unit that was drawn; `probability` is the same for every unit of its stratum."""

    unit_id: str
    stratum: str | None
    probability: float


def draw(frame: Sequence[tuple[str, str | None]], size: int, *, seed: int) -> list[Drawn]:
    """`size` units of the frame of (unit id, stratum), in an order that tells nothing of either.

    Strata get equally many, what a small stratum lacks goes to the others; within a stratum every unit
    is as likely as another. The same frame and seed give the same draw, in whatever order the frame comes.
    """
    strata: dict[str | None, list[str]] = {}
    for unit_id, stratum in sorted(frame, key=lambda each: each[0]):
        strata.setdefault(stratum, []).append(unit_id)
    random = Random(seed)  # noqa: S311 - a sample must be drawn again from its seed, not be secret
    drawn = []
    for stratum, count in _allocated({name: len(ids) for name, ids in strata.items()}, size).items():
        ids = strata[stratum]
        drawn += [Drawn(one, stratum, count / len(ids)) for one in random.sample(ids, count)]
    random.shuffle(drawn)
    return drawn


def _allocated(sizes: dict[str | None, int], size: int) -> dict[str | None, int]:
    """How many of each stratum: as equal as their sizes allow, the smallest first."""
    left, found = min(size, sum(sizes.values())), {}
    ordered = sorted(sizes, key=lambda name: (sizes[name], name or ""))
    for place, stratum in enumerate(ordered):
        found[stratum] = min(sizes[stratum], left // (len(ordered) - place))
        left -= found[stratum]
    return found
