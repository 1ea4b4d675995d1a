"""One turn while it is read, and the marks of human oversight on it.

Which stretches between its records were work is decided in `gaps.py`, where a turn opens and ends in
`turns.py`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from orchestration.ingest.rows import TurnEnd, TurnOpener
from orchestration.ingest.sources.claude_code.gaps import Gaps, Span
from orchestration.ingest.sources.claude_code.human_acts import Act
from orchestration.ingest.sources.claude_code.responses import Call
from orchestration.ingest.sources.claude_code.timeline import Entry

MarkKind = Literal["interrupt", "denial", "plan_stopped"]


@dataclass(slots=True)
class Mark:
    """An interrupt or denial at an entry, with the call it hit, if any."""

    kind: MarkKind
    entry: Entry
    call: Call | None
    turn_id: str | None
    detail: str | None = None


@dataclass(slots=True)
class Turn:
    """One turn while it is read; `active` are the stretches of work between idle gaps and waits."""

    turn_id: str
    opened_by: TurnOpener
    opening: Entry
    opening_act: Act | None
    started_at: datetime
    ended_at: datetime
    previous_at: datetime
    gaps: Gaps
    active: list[Span] = field(default_factory=list)
    end_reason: TurnEnd | None = None
    reported_seconds: float | None = None
    last_text: str = ""
    ends_in_text: bool = False
    waiting: tuple[TurnEnd, str, datetime] | None = None
    outstanding: dict[str, Call] = field(default_factory=dict)
    has_agent_work: bool = False
    has_error_last: bool = False
    has_stopped: bool = False
    is_ended: bool = False
    permission_mode: str | None = None
    model: str | None = None
    speed: str | None = None
    version: str | None = None
    compactions: int = 0

    @property
    def net_seconds(self) -> float:
        """Without idle gaps and waits; the harness's own figure leaves out every approval wait."""
        net = sum((end - start).total_seconds() for start, end in self.active)
        return net if self.reported_seconds is None else min(net, self.reported_seconds)

    @property
    def wall_seconds(self) -> float:
        return max(0.0, (self.ended_at - self.started_at).total_seconds())

    @property
    def asks(self) -> bool:
        """Whether the closing text asks something: its last paragraph holds a line that ends in "?"."""
        paragraph = self.last_text.strip().rsplit("\n\n", 1)[-1]
        return any(line.strip().rstrip('*_`)" ').endswith(("?", "？")) for line in paragraph.splitlines())

    def advance(self, at: datetime, *, is_wait: bool = False) -> None:
        """Time goes on to `at`: the stretch since the last entry was work, or idle, or a wait."""
        if at <= self.previous_at:
            return
        if not is_wait:
            for start, end in self.gaps.worked(self.previous_at, at, self.outstanding.values()):
                if self.active and self.active[-1][1] == start:
                    self.active[-1] = (self.active[-1][0], end)
                else:
                    self.active.append((start, end))
        self.previous_at = self.ended_at = at

    def cut(self, at: datetime) -> None:
        """The turn ended at `at`: what came later was the wait for the human."""
        self.ended_at = max(self.started_at, at)
        self.active = [(start, min(end, at)) for start, end in self.active if start < at]
