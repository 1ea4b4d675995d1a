"""What a cited record must be: its actor, and the event that the transcript must really hold there.

Part of a classifier's definition; evidence_check applies it to rows of the lake, never to what the
transcript or the model says about itself.
"""

from dataclasses import dataclass

from classifiers.subject.subject import Actor
from orchestration.ingest.rows import EventKind

ANYONE: frozenset[Actor] = frozenset({"human", "agent", "tool", "harness"})
HUMAN: frozenset[Actor] = frozenset({"human"})
AGENT: frozenset[Actor] = frozenset({"agent"})
TOOL: frozenset[Actor] = frozenset({"tool"})
WORK: frozenset[Actor] = frozenset({"agent", "tool"})


@dataclass(frozen=True)
class EvidenceRule:
    """A record of one of `actors`; with `event_kind`, one on which such an event rests.

    `is_success`: the event must have ended so; events whose end the transcript does not settle never count.
    `is_typed`: the human's own typed words are asked for, not a click or a command.
    """

    actors: frozenset[Actor] = ANYONE
    event_kinds: frozenset[EventKind] = frozenset()
    is_success: bool = True
    is_typed: bool = False


ANY_RECORD = EvidenceRule()
"""Any record of the session that was shown."""
