"""What is kept of reviews: a draw, a unit of it as it was shown, an answer.

Plain values; keeping them is the store's.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple


@dataclass(frozen=True)
class Sample:
    """One draw: from which units, of which labeller, by which seed; which classifiers are asked."""

    sample_id: str
    labeller: str
    seed: int
    frame_size: int
    frame_until: datetime
    drawn_at: datetime
    fingerprints: dict[str, str]
    versions: dict[str, str]


@dataclass(frozen=True)
class Shown:
    """How a unit was shown to reviewers; `record_ids`: short id → record id."""

    input_hash: str
    coverage: float
    record_ids: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class Sampled:
    """One unit of a sample, a session or a tool call of one; `shown` by rendering."""

    review_id: str
    sample_id: str
    unit_id: str
    session_id: str
    stratum: str | None
    inclusion_probability: float
    shown: dict[str, Shown]


class Answered(NamedTuple):
    """One answer of one reviewer; `number`: which of the sample's reviewers, from 0."""

    review_id: str
    classifier: str
    reviewer: str
    answer: str
    note: str
    answered_at: datetime
    number: int


Kept = Literal["new", "changed", "same"]
