"""A session being played: its transcript, its people, its pace; and the turn, the unit of the play.

A turn is an opening, steps of work and an ending. Its duration is drawn first and spread over the
beats of its steps, so that the planted durations are exact whatever the steps are.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from orchestration.demo.calls import Call, PullRequest, Workshop
from orchestration.demo.transcript import Transcript, iso, new_token
from orchestration.demo.truth import PlantedSecret, Tally, TurnTruth


@dataclass(frozen=True)
class Durations:
    """Log-normal wall durations of turns: `sigma` is the weight of the tail."""

    median_seconds: float
    sigma: float

    def draw(self, rng: random.Random) -> int:
        seconds = self.median_seconds * rng.lognormvariate(0.0, self.sigma)
        return max(1500, int(1000 * min(seconds, 6 * 3600)))


class Pending(NamedTuple):
    """A call that waits for the human: a question or a plan."""

    tool_use_id: str
    record_id: str
    call: Call


class Scene:
    """Everything a step may use while it is performed."""

    def __init__(
        self, shop: Workshop, transcript: Transcript, *, mode: str, durations: Durations, is_headless: bool
    ) -> None:
        self.shop, self.transcript, self.mode, self.durations = shop, transcript, mode, durations
        self.rng, self.features = shop.rng, shop.features
        self.tally: Tally = transcript.tally
        self.is_headless = is_headless
        self.pending: Pending | None = None
        self.pull_request: PullRequest | None = None
        self.agent_files: list[tuple[str, list[bytes]]] = []
        self.secrets: list[PlantedSecret] = []
        self.queued_text: str | None = None
        self.background_task: str | None = None
        self.stated_mode: str | None = None
        self.starts_at_once = False
        self.opened_at = transcript.clock
        self.prompted_at = transcript.clock
        self._beats: list[int] = []

    def wait(self) -> None:
        """The human thinks: mostly under a minute, now and then a long pause."""
        seconds = min(self.rng.lognormvariate(3.6, 1.0), 2400.0)
        self.transcript.clock += max(1500, int(seconds * 1000))

    def spread(self, duration_ms: int, beats: int) -> None:
        """Place the beats of a turn between its opening and its end."""
        inner = sorted(self.rng.randrange(1, duration_ms) for _ in range(max(0, beats - 1)))
        self._beats = [self.opened_at + at for at in [*inner, duration_ms]][::-1]

    @property
    def next_beat(self) -> int:
        return max(self.transcript.clock + 1, self._beats[-1]) if self._beats else self.transcript.clock + 50

    def beat(self) -> None:
        """Time passes to the next beat of the turn; never backwards."""
        self.transcript.clock = self.next_beat
        if self._beats:
            self._beats.pop()

    def act(self, kind: str) -> None:
        self.tally.acts[kind] += 1

    def state_mode(self) -> dict[str, str]:
        """The permissionMode key of a prompt, where the version writes it."""
        if not self.features.has_permission_mode:
            return {}
        self.stated_mode = self.mode
        return {"permissionMode": self.mode}

    def new_tool_id(self) -> str:
        return new_token(self.rng, "toolu_01")


class Step(NamedTuple):
    """Something that happens inside a turn and takes `beats` moments of it."""

    beats: int
    perform: Callable[[Scene], None]


class Opening(NamedTuple):
    """What sets the waiting agent working; the kind is the turn's `opened_by`."""

    kind: str
    perform: Callable[[Scene], None]
    states_mode: bool = True


class Ending(NamedTuple):
    """How a turn stops; the reason is the turn's `end_reason`."""

    reason: str
    beats: int
    perform: Callable[[Scene], None]
    is_closed: bool = True  # the CLI writes its end-of-turn records


@dataclass(frozen=True)
class Turn:
    """One turn to play. `filler` makes more of the same kind of work, used as far as time allows."""

    opening: Opening
    steps: tuple[Step, ...]
    ending: Ending
    filler: Callable[[Workshop], Step] | None = None
    pause_ms: int = 0

    def with_step(self, step: Step, at: int) -> "Turn":
        """The turn with one more step, at least one step after the opening."""
        place = max(1, at) if self.steps else 0
        return replace(self, steps=(*self.steps[:place], step, *self.steps[place:]))


SECONDS_PER_FILLER = 22
MOST_FILLERS = 14


def play_turn(scene: Scene, turn: Turn) -> None:
    """Write one turn and its truth."""
    if scene.starts_at_once:
        scene.starts_at_once = False
    else:
        scene.wait()
    scene.transcript.clock += turn.pause_ms
    before = scene.tally.counts.copy()
    scene.opened_at = scene.transcript.clock
    turn.opening.perform(scene)
    duration = scene.durations.draw(scene.rng)
    steps = _filled(scene, turn, duration)
    scene.spread(duration, sum(step.beats for step in steps) + turn.ending.beats)
    for step in steps:
        step.perform(scene)
    turn.ending.perform(scene)
    ended_at = scene.transcript.clock
    scene.tally.turns.append(
        TurnTruth(
            opened_by=turn.opening.kind,
            end_reason=turn.ending.reason,
            started_at=iso(scene.opened_at),
            ended_at=iso(ended_at),
            wall_seconds=(ended_at - scene.opened_at) / 1000,
            permission_mode=scene.stated_mode,
            is_mode_stated=turn.opening.states_mode and scene.features.has_permission_mode,
            is_background=turn.opening.kind == "background_notification",
            tool_call_count=scene.tally.counts["tool_call_count"] - before["tool_call_count"],
            is_interrupted=scene.tally.counts["interrupt_count"] > before["interrupt_count"],
            has_agent_work=scene.tally.counts["root_message_count"] > before["root_message_count"],
            clarification_count=scene.tally.counts["clarification_count"] - before["clarification_count"],
        )
    )
    if turn.ending.is_closed and not scene.is_headless:
        _close(scene, ended_at)


def _filled(scene: Scene, turn: Turn, duration_ms: int) -> tuple[Step, ...]:
    """The steps, with more of the same work where the turn is long."""
    if turn.filler is None:
        return turn.steps
    count = min(MOST_FILLERS, duration_ms // (1000 * SECONDS_PER_FILLER))
    more = (turn.filler(scene.shop) for _ in range(count))
    return (*turn.steps[:1], *more, *turn.steps[1:])


def _close(scene: Scene, ended_at: int) -> None:
    """What the CLI writes when a turn has ended."""
    transcript, has = scene.transcript, scene.features
    if has.has_git_branch and scene.rng.random() < 0.4:
        transcript.tick(20, 200)
        hook = {"hookCount": 1, "hookInfos": [{"command": "notify done"}], "hookErrors": []}
        hook |= {"preventedContinuation": False, "stopReason": "", "hasOutput": False}
        transcript.record(
            {"type": "system", "subtype": "stop_hook_summary", **hook, "level": "suggestion"},
            {"toolUseID": new_token(scene.rng, "hook_")},
        )
    if has.has_turn_duration:
        transcript.tick(2, 9)
        values: dict[str, object] = {"durationMs": ended_at - scene.prompted_at}
        if has.has_message_count:
            values["messageCount"] = len(transcript.lines)
        transcript.system("turn_duration", values)
    request = scene.pull_request
    if request is not None and has.has_pr_link:
        write_pr_link(scene, request)


def write_pr_link(scene: Scene, request: PullRequest) -> None:
    """A pr-link record: the CLI repeats it at every later turn."""
    record = {"type": "pr-link", "sessionId": scene.transcript.stamp.session_id, "prNumber": request.number}
    record |= {"prUrl": request.url, "prRepository": request.repository}
    scene.transcript.state(record, is_timed=True)
