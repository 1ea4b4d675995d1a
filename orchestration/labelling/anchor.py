"""The anchor set: sessions that every version of a question labels, so that versions can be compared.

About 200 sessions, or all where there are fewer, drawn once, when a home first asks Claude, and kept in
`<home>/anchor.json` (METHODS 4.9). The file holds how they were drawn and no session id: membership is a
function of the id, so that a deletion has nothing to remove here. Not here: what the comparison shows
(orchestration.estimates).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from classifiers.asking.eligibility import PERSON_SURFACES, is_sampled
from orchestration.failures import RunStoppedError
from orchestration.labelling.lake_sessions import days_with_sessions
from orchestration.settings import Settings
from orchestration.stages import reader_of

ANCHOR_FILE = "anchor.json"
ANCHOR_SIZE = 200
"""Sessions that METHODS 4.9 asks for: enough to see a label's share move by a few points."""

SEED: Literal["anchor"] = "anchor"


class Anchor(BaseModel):
    """How the set was drawn: this share of the sessions of dates up to `until`, by a hash of their id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: Literal["anchor"] = SEED
    share: float = Field(gt=0, le=1)
    until: date
    drawn_at: datetime
    frame_size: int = Field(ge=1)

    def holds(self, session_id: str, day: date) -> bool:
        """Whether a session of a date is in the set."""
        return day <= self.until and is_sampled(self.share, seed=self.seed, unit_id=session_id)


@dataclass(frozen=True)
class AnchorFrame:
    """What a set is drawn from: interactive sessions of the lake, and the last date that has any."""

    size: int
    until: date


def read_anchor(settings: Settings) -> Anchor | None:
    """The set of the home; None before one is drawn. Raises RunStoppedError for a file that is not one."""
    path = settings.home / ANCHOR_FILE
    if not path.exists():
        return None
    try:
        return Anchor.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise RunStoppedError(
            f"{path} does not say how the anchor set was drawn ({error.error_count()} errors). Restore it, "
            "or remove it: the next labelling then draws another set."
        ) from error


def anchor_of(settings: Settings, *, now: datetime, keep: bool) -> Anchor | None:
    """The set of the home, drawn if there is none yet; None where the lake has no session to draw.

    Without `keep`, a new draw is not written: a quote changes nothing.
    """
    found = read_anchor(settings)
    if found is not None:
        return found
    frame = _frame(settings, days_with_sessions(settings))
    if frame is None:
        return None
    drawn = Anchor(
        share=min(1.0, ANCHOR_SIZE / frame.size), until=frame.until, drawn_at=now, frame_size=frame.size
    )
    if keep:
        path = settings.home / ANCHOR_FILE
        partial = path.with_suffix(".partial")
        partial.write_text(drawn.model_dump_json(indent=2) + "\n", encoding="utf-8")
        partial.replace(path)
    return drawn


def _frame(settings: Settings, days: Sequence[date]) -> AnchorFrame | None:
    """Sessions in which a person took part."""
    size, until = 0, None
    for day in days:
        surfaces = reader_of(settings, day)("raw_sessions")["surface"].to_pylist()
        own = sum(surface in PERSON_SURFACES for surface in surfaces)
        size, until = size + own, day if own else until
    return None if until is None else AnchorFrame(size, until)
