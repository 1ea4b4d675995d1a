"""Which of the declared primary comparisons stand, when several are made at once.

Belongs here: the correction over a set declared beforehand (METHODS 4.12). Not here: the tests themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from orchestration.statistics.withholding import WithheldReason

Correction = Literal["benjamini_hochberg", "holm", "bonferroni"]

_METHODS = {"benjamini_hochberg": "fdr_bh", "holm": "holm", "bonferroni": "bonferroni"}


@dataclass(frozen=True)
class DeclaredTest:
    """One declared comparison: its p-value, the corrected one, whether it stands at the chosen level."""

    name: str
    p_value: float | None
    corrected_p_value: float | None
    stands: bool | None
    withheld_reason: WithheldReason | None


def correct_declared(
    p_values: Mapping[str, float | None],
    *,
    declared: Sequence[str],
    level: float = 0.05,
    correction: Correction = "benjamini_hochberg",
) -> tuple[DeclaredTest, ...]:
    """Correct the p-values of the declared set, in its order; METHODS 4.12 (Benjamini & Hochberg 1995).

    A declared test without p-value counts as p = 1: a withheld estimate does not ease the others. Raises
    ValueError for a p-value outside the declared set, a name declared twice, or p outside [0, 1].
    """
    if len(set(declared)) != len(declared):
        raise ValueError("Declare each primary comparison once.")
    undeclared = sorted(set(p_values) - set(declared))
    if undeclared:
        raise ValueError(f"Not among the declared primary comparisons: {', '.join(undeclared)}.")
    found = {name: p_values[name] for name in declared if name in p_values}
    if any(p is not None and not 0 <= p <= 1 for p in found.values()):
        raise ValueError("A p-value lies between 0 and 1; one that is not known is None.")
    if not declared:
        return ()
    from statsmodels.stats.multitest import multipletests

    filled = [1.0 if (p := found.get(name)) is None else p for name in declared]
    stands, corrected, *_ = multipletests(filled, alpha=level, method=_METHODS[correction])
    return tuple(
        DeclaredTest(name, None, None, None, "not_tested")
        if found.get(name) is None
        else DeclaredTest(name, found[name], float(corrected[place]), bool(stands[place]), None)
        for place, name in enumerate(declared)
    )
