"""Plays a playbill: the scene is set, turns are played, and lines of files come out with their truth."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from orchestration.demo.casting import Cast
from orchestration.demo.endings import interrupted
from orchestration.demo.interludes import session_start_hook
from orchestration.demo.openings import prompt
from orchestration.demo.plan import DemoPlan
from orchestration.demo.playbill import Playbill
from orchestration.demo.scene import Durations, Scene, Turn, play_turn
from orchestration.demo.transcript import Stamp, Transcript, new_uuid
from orchestration.demo.truth import Tally

_INTERRUPTIBLE = frozenset({"prompt", "command", "plan_implementation"})
_ADDITIONS = (
    "One thing before you go on: the service listens on port 8081 here.",
    "You need to know that the staging data is in the second bucket. Go on with that.",
    "Wait, I forgot to say: keep the old name as an alias. Then go on.",
)
_SLUG_WORDS = (
    ("amber", "quiet", "brisk", "silver", "mellow", "wandering"),
    ("rolling", "humming", "drifting", "leaping", "glowing", "resting"),
    ("meadow", "lantern", "pebble", "harbor", "kettle", "comet"),
)


@dataclass
class PlayedFile:
    """Lines of one file; `name` is relative to the folder of the session's project."""

    name: str
    lines: list[bytes]
    duplicates: int = 0
    is_main: bool = True


@dataclass
class Played:
    """A session that has been played."""

    scene: Scene
    session_id: str
    aliases: tuple[str, ...]
    files: list[PlayedFile] = field(default_factory=list)

    @property
    def tally(self) -> Tally:
        return self.scene.tally


def play(
    plan: DemoPlan, cast: Cast, bill: Playbill, *, start_ms: int, slug: str, interrupts: Callable[[], bool]
) -> Played:
    """Play one session from its first record to its last."""
    rng = bill.shop.rng
    stamp = Stamp(new_uuid(rng), bill.shop.root, bill.shop.branch, slug, cast.entrypoint)
    transcript = Transcript(rng, bill.shop.features, stamp, clock=start_ms, tally=Tally())
    sigma = plan.tail_sigma_start + (plan.tail_sigma_end - plan.tail_sigma_start) * cast.slot.fraction
    durations = Durations(plan.median_turn_seconds, sigma)
    is_headless = cast.person.is_headless
    scene = Scene(bill.shop, transcript, mode=bill.mode, durations=durations, is_headless=is_headless)
    scene.starts_at_once = True
    if rng.random() < 0.5:
        session_start_hook(scene)
    for index, turn in enumerate(bill.turns):
        for interlude in bill.interludes.get(index, []):
            interlude(scene)
        _play_with_interrupt(scene, turn, interrupts)
    for interlude in bill.interludes.get(-1, []):
        interlude(scene)
    played = Played(scene, stamp.session_id, ())
    played.files.append(PlayedFile(f"{stamp.session_id}.jsonl", transcript.lines))
    if bill.fork is not None:
        _play_fork(played, bill)
    agents = scene.agent_files
    played.files += [_agent_file(scene, stamp.session_id, name, lines) for name, lines in agents]
    return played


def _play_with_interrupt(scene: Scene, turn: Turn, interrupts: Callable[[], bool]) -> None:
    """Play a turn, or its first part, the human's interruption, and the rest as another turn."""
    can_be = turn.opening.kind in _INTERRUPTIBLE and bool(turn.steps) and not scene.is_headless
    if not can_be or not interrupts():
        play_turn(scene, turn)
        return
    place = scene.rng.randint(1, len(turn.steps))
    play_turn(scene, replace(turn, steps=turn.steps[:place], ending=interrupted("Next I will look at")))
    rest = replace(turn, opening=prompt(scene.rng.choice(_ADDITIONS)), steps=turn.steps[place:], pause_ms=0)
    play_turn(scene, rest)


def _play_fork(played: Played, bill: Playbill) -> None:
    """Resume into a new file: earlier records are copied, with the old session id or rewritten."""
    scene = played.scene
    transcript, old_id, new_id = scene.transcript, played.session_id, new_uuid(scene.rng)
    copied = [line for line in transcript.lines if line.startswith(b'{"parentUuid"')]
    if bill.fork == "rewritten":
        copied = [line.replace(old_id.encode(), new_id.encode()) for line in copied]
    transcript.lines = list(copied)
    transcript.restamp(new_id)
    for turn in bill.fork_turns:
        play_turn(scene, turn)
    # Rewritten copies give the earliest record two stamps; the smaller one then names the session.
    first, second = sorted((old_id, new_id)) if bill.fork == "rewritten" else (old_id, new_id)
    played.session_id, played.aliases = first, (second,)
    played.files.append(PlayedFile(f"{new_id}.jsonl", transcript.lines, duplicates=len(copied)))


def _agent_file(scene: Scene, session_id: str, name: str, lines: list[bytes]) -> PlayedFile:
    folder = f"{session_id}/subagents/" if scene.features.has_subagent_folder else ""
    return PlayedFile(folder + name, lines, is_main=False)


def new_slug(rng: random.Random) -> str:
    return "-".join(rng.choice(choices) for choices in _SLUG_WORDS)
