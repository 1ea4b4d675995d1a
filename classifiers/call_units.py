"""The tool call as a unit: its id, and the stratified random sample of calls that is asked about.

Sessions have dozens of calls, so that questions on calls are asked of a sample. Each call is drawn by a
hash of its id with the probability of its stratum: the draw needs no count of calls, is the same in every
run, and grows by itself when a share is raised. Not here: who asks (asking.questionnaire), what a call's
text shows (subject.render_call).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

from classifiers.session_record import SessionRecord
from orchestration.ingest.rows import RawToolCall, Surface

_SEED = "call"


def call_unit_id(call: RawToolCall) -> str:
    """The id of a call, as `fct_tool_calls` has it: session, tool use id as recorded, occurrence.

    A session record makes a repeated tool use id unique with `#2`, which is taken off again.
    """
    occurrence = call.occurrence or 1
    tool_use_id = call.tool_use_id if occurrence == 1 else call.tool_use_id.removesuffix(f"#{occurrence}")
    return f"{call.session_id}|{tool_use_id}|{occurrence}"


def stratum_of(call: RawToolCall, surface: Surface) -> str:
    """What a call's probability depends on: the kind of its tool and where the session ran."""
    return f"{call.tool_category}/{surface}"


class DrawnCall(NamedTuple):
    """A call that is asked about, and the probability with which it was drawn."""

    unit_id: str
    call: RawToolCall
    probability: float


@dataclass(frozen=True)
class CallSample:
    """Which calls are asked about. `share`: of every stratum that `shares` does not name.

    `shares` is by stratum (`shell/headless`) or by the kind of tool alone (`shell`); the stratum goes first.
    """

    share: float
    shares: Mapping[str, float] = field(default_factory=dict)

    def probability(self, call: RawToolCall, surface: Surface) -> float:
        """The known probability with which a call of this stratum is drawn."""
        return self._share_of(stratum_of(call, surface))

    def _share_of(self, stratum: str) -> float:
        own = self.shares.get(stratum)
        return self.shares.get(stratum.split("/", 1)[0], self.share) if own is None else own

    def widened_to(self, other: "CallSample") -> "CallSample":
        """The sample that holds every call which either draws: the larger share of each stratum."""
        strata = {*self.shares, *other.shares}
        shares = {each: max(self._share_of(each), other._share_of(each)) for each in sorted(strata)}
        return CallSample(max(self.share, other.share), shares)

    def drawn(self, session: SessionRecord, surface: Surface) -> tuple[DrawnCall, ...]:
        """The drawn calls of a session in time order.

        A result without its call in the transcript is no call that could be judged.
        """
        found = []
        for call in session.calls:
            probability = self.probability(call, surface)
            if call.has_call and probability and _place(unit_id := call_unit_id(call)) < probability:
                found.append(DrawnCall(unit_id, call, probability))
        return tuple(found)

    @property
    def identity(self) -> str:
        """What labels of a date depend on: the same shares give the same text."""
        return repr((self.share, sorted(self.shares.items())))


EVERY_CALL = CallSample(1.0)


def _place(unit_id: str) -> float:
    """Where a call is, from 0 to 1, in the order in which growing shares reach calls."""
    digest = blake2b(f"{_SEED} {unit_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
