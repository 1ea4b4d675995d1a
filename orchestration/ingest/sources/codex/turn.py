"""One turn while it is read, and the marks of human oversight on it.

Holds the time rules of D4: which stretches between records were work, which idle or a wait. Where a
turn opens and ends is decided in `turns.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from orchestration.ingest.rows import HumanActKind, TurnEnd, TurnOpener
from orchestration.ingest.sources.codex.threads import Entry
from orchestration.ingest.sources.codex.tool_call import Call, is_question
from orchestration.ingest.sources.codex.tool_categories import LONG_RUNNING

IDLE_GAP = timedelta(minutes=10)
"""A longer gap in which nothing can run is idle time (D4): laptops sleep."""

APPROVAL_GAP = timedelta(seconds=10)
"""A result that comes this much later than its tool ran has waited for a person, or for a machine to wake."""

MarkKind = Literal["interrupt", "denial"]


@dataclass(slots=True)
class Act:
    """One act of a person at one record; `turn_id` is the turn it opens or lies in."""

    act_id: str
    kind: HumanActKind
    entry: Entry
    text: str | None
    command_name: str | None = None
    call: Call | None = None
    permission_mode: str | None = None
    is_mid_run: bool = False
    has_image: bool = False
    turn_id: str | None = None


@dataclass(slots=True)
class Mark:
    """An interrupt or a denial, with the call it hit, if any."""

    kind: MarkKind
    entry: Entry
    turn_id: str | None
    call: Call | None = None


@dataclass(slots=True)
class Turn:
    """One turn; `active` are the stretches of work between idle gaps and waits."""

    turn_id: str
    entry: Entry
    started_at: datetime
    ended_at: datetime
    previous_at: datetime
    opened_by: TurnOpener = "unknown"
    opening_act: Act | None = None
    active: list[tuple[datetime, datetime]] = field(default_factory=list)
    end_reason: TurnEnd | None = None
    reported_seconds: float | None = None
    permission_mode: str | None = None
    model: str | None = None
    speed: str | None = None
    last_text: str = ""
    compactions: int = 0
    has_agent_work: bool = False
    has_error_last: bool = False

    @property
    def is_sidechain(self) -> bool:
        return self.entry.thread.meta.is_sidechain

    @property
    def wall_seconds(self) -> float:
        return max(0.0, (self.ended_at - self.started_at).total_seconds())

    @property
    def net_seconds(self) -> float:
        net = sum((end - start).total_seconds() for start, end in self.active)
        return min(net, self.wall_seconds)

    @property
    def asks(self) -> bool:
        """Whether the closing text asks something: its last paragraph holds a line that ends in "?"."""
        paragraph = self.last_text.strip().rsplit("\n\n", 1)[-1]
        return any(line.strip().rstrip('*_`)" ').endswith(("?", "？")) for line in paragraph.splitlines())

    def advance(self, at: datetime, running: Iterable[Call], ended: Call | None) -> None:
        """Time goes on to `at`, where `ended` came back; `running` are the calls without a result before."""
        gap = at - self.previous_at
        if gap <= timedelta(0):
            return
        worked = _worked(gap, list(running), ended)
        if worked > timedelta(0):
            start = at - worked
            if self.active and self.active[-1][1] == start:
                self.active[-1] = (self.active[-1][0], at)
            else:
                self.active.append((start, at))
        self.previous_at = self.ended_at = at


def _worked(gap: timedelta, running: list[Call], ended: Call | None) -> timedelta:
    """How much of a gap before a record was work."""
    if any(map(is_question, running)) or (ended is not None and ended.error_kind == "denied_by_user"):
        return timedelta(0)
    alone = ended is not None and all(call is ended for call in running)
    if ended is not None and alone and ended.wall_seconds is not None:
        ran = timedelta(seconds=min(ended.wall_seconds, gap.total_seconds()))
        return ran if gap - ran > APPROVAL_GAP else gap
    return gap if gap <= IDLE_GAP or any(map(_runs_long, running)) else timedelta(0)


def _runs_long(call: Call) -> bool:
    """Whether a call may fill a gap. A command that states how long it ran has filled no more than that."""
    return call.category in LONG_RUNNING or (call.category == "shell" and call.wall_seconds is None)
