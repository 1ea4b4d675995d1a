"""The playbill: a session as planned — its turns, what happens between them, and how its file is written.

Situations change a playbill; the corpus plays it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from orchestration.demo.calls import Workshop
from orchestration.demo.scene import Scene, Turn
from orchestration.demo.story_parts import Story

Interlude = Callable[[Scene], None]


@dataclass
class Playbill:
    """One session before it is played; mutable, because situations add to it one after the other."""

    shop: Workshop
    story_name: str
    story: Story
    mode: str
    turns: list[Turn]
    interludes: dict[int, list[Interlude]] = field(default_factory=dict)  # before turn n; -1: at the end
    situations: list[str] = field(default_factory=list)
    failure: tuple[str, ...] = ()
    is_cleared_start: bool = False
    kind_to_plant: str = "email"  # of secret, where the situation plants one
    fork: Literal["rewritten", "kept"] | None = None
    fork_turns: tuple[Turn, ...] = ()
    is_glued: bool = False
    has_final_newline: bool = True
    has_bad_line: bool = False
    has_unknown_record: bool = False

    def between(self, index: int, interlude: Interlude) -> None:
        self.interludes.setdefault(index, []).append(interlude)

    def working_turn(self, *, is_completed: bool = False) -> int:
        """A turn that has steps, so that something can happen in its midst (and ends well, if asked)."""
        indexes = [index for index, turn in enumerate(self.turns) if turn.steps]
        if is_completed:
            completed = [n for n, turn in enumerate(self.turns) if turn.ending.reason == "completed"]
            indexes = [index for index in indexes if index in completed] or completed
        return self.shop.rng.choice(indexes)

    def first_working_turn(self) -> int:
        """Where a stop does not come between a story's last evidence and its end."""
        return next(index for index, turn in enumerate(self.turns) if turn.steps)

    def has_working_turn(self) -> bool:
        return any(turn.steps for turn in self.turns)

    def recover(self) -> None:
        """An error happened on the way and was got over: at most a trace of failure."""
        if "error_recovered" not in self.failure:
            self.failure = (*self.failure, "error_recovered")
