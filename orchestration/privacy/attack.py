"""An attack on a release: which of its hidden counts follow from what it shows.

Belongs here: the strongest reader we can be, who knows every definition and has the published tables and
nothing else: every line, relation and nested rate of all tables together, as one linear program. Not here:
hiding (protect), the equations and their solution (count_system), reading a release's file
(released_figures). See ADR 0036.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.measures.count_relations import CountIdentities
from orchestration.privacy.count_system import CountSystem
from orchestration.privacy.released_counts import BEFORE, ROLES, USERS, released_counts


@dataclass(frozen=True)
class Attack:
    """What became of an attack.

    `hidden`: one row per hidden count (COUNT_KEY, `figure`: position of a row that hides it, `is_told`,
    `told_value`, `is_nothing`: a shown count of nothing holds it, and `width`: as wide as single equations
    leave it, in whole numbers). `unmet_equations`: kinds of the equations between counts of the catalogue
    that the shown counts break, so that a relation is not that of the data. Samples of estimates overlap;
    what does not hold of them is left out and not told.
    """

    hidden: pd.DataFrame
    shown_count: int
    equation_count: int
    unmet_equations: tuple[str, ...]

    @property
    def told(self) -> pd.DataFrame:
        """The hidden counts that can have one value only."""
        return self.hidden[self.hidden["is_told"]]

    def narrower_than(self, width: int) -> pd.DataFrame:
        """The hidden counts known to within fewer than `width` whole numbers, those told included.

        Not those that are nothing because a shown count that holds them is.
        """
        return self.hidden[(self.hidden["width"] < width) & ~self.hidden["is_nothing"]]


def attack(
    figures: pd.DataFrame,
    identities: CountIdentities,
    *,
    previous: pd.DataFrame | None = None,
) -> Attack:
    """Attack a release, given as one row per published row of all tables (with table_name, is_suppressed).

    `previous`: the same of the release before, whose hidden counts are not asked for.
    """
    counts = released_counts(figures, identities)
    # What is nowhere in the release is not hidden in it, and so is not asked for.
    counts["figure"] = counts["figure"].astype(object).where(counts["is_in_release"], None)
    if previous is not None:
        before = released_counts(previous, identities)
        counts = pd.concat([counts, before.assign(agent=BEFORE + before["agent"], figure=None)])
    system = CountSystem.of(counts, identities.traits)
    keyed, values = system.counts, system.counts["value"].to_numpy(float)
    numbers = np.flatnonzero((keyed["value"].isna() & keyed["figure"].notna()).to_numpy())
    solution = system.solved(values)
    low, high = solution.bounds[numbers].T
    is_nothing = system.holds_nothing(values)[numbers]
    told = solution.values[numbers] * system.units[numbers]
    is_told = ~np.isnan(told) & ~is_nothing
    is_amount = keyed["is_amount"].to_numpy(bool)[numbers]
    hidden = keyed.iloc[numbers].assign(
        told_value=told,
        is_nothing=is_nothing,
        is_told=is_told,
        width=np.where(is_told, 0.0, np.where(is_amount, np.inf, high - low)),
    )
    shown = int(keyed["value"].notna().sum())
    unmet = [system.kinds[number] for number in solution.unmet]
    return Attack(hidden, shown, len(system.kinds), tuple(_of_catalogue(unmet, identities)))


def _of_catalogue(kinds: Sequence[str], identities: CountIdentities) -> Iterator[str]:
    """The equations between counts that the catalogue names."""
    named = {name for one in identities.names.values() for role, _ in ROLES if (name := one.of(role))}
    named |= {name for one in identities.traits.relations for name in (one.total, *one.parts)}
    for kind in kinds:
        count = kind.partition(": ")[2].removeprefix(USERS).removeprefix("sessions of ")
        if count in named:
            yield kind
