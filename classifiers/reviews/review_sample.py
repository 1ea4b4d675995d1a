"""The row that says how a reviewed unit came to be drawn: what weights a human label.

Lands beside the human labels, one per unit and classifier of the sample that counts.
"""

from datetime import datetime
from typing import NamedTuple


class ReviewSample(NamedTuple):
    """One row per unit and classifier of the newest answered sample, drawn with a known probability.

    The frame: interactive sessions, or tool calls, with a usable label by `frame_labeller`, `frame_size` of
    them; the last session of it started at `frame_until`. `stratum` is null where the draw was not
    stratified. `answer_count`: reviewers who have answered so far, 0 to 2.
    """

    unit_id: str
    session_id: str
    classifier: str
    fingerprint: str
    sample_id: str
    stratum: str | None
    inclusion_probability: float
    frame_labeller: str
    frame_size: int
    frame_until: datetime
    answer_count: int
