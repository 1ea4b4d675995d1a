"""What estimates know of the labellers beyond the warehouse: agreement with judged cases, the anchor set.

Belongs here: the shapes. Not here: reading them (publishing hands them over, for estimates import neither
classifiers nor the home), what follows from them (standing, label_drift).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple


class CaseAgreement(NamedTuple):
    """One row per labeller, classifier and judged field: how far it agrees with the catalog's cases."""

    classifier: str
    labeller: str
    fingerprint: str
    field: str
    measure: str
    kappa: float | None
    interval_low: float | None
    interval_high: float | None
    case_count: int


@dataclass(frozen=True)
class References:
    """`on_cases`: agreement with judged cases. `is_anchor`: whether a session (its id and date) is in the
    frozen set that every version labels; None where no set has been drawn.
    """

    on_cases: tuple[CaseAgreement, ...] = ()
    is_anchor: Callable[[str, date], bool] | None = None


NO_REFERENCES = References()
