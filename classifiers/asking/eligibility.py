"""Which units a classifier may be asked about: closed sessions, interactive where the instrument says so.

Facts of the rows alone, so that asking needs no warehouse. A unit that is left out has a reason, and the
counts of both are published as coverage. Not here: what has been asked already (plan).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Literal, NamedTuple

from classifiers.call_units import CallSample, DrawnCall
from classifiers.classifier import Classifier
from classifiers.session_record import SessionRecord
from orchestration.ingest.rows import Surface

Reason = Literal[
    "eligible",
    "session_open",  # it has not been quiet for long enough: it may go on
    "not_interactive",
    "no_agent_work",
    "too_few_prompts",
    "not_sampled",  # the classifier asks about a random subsample alone, and this unit is not in it
    "settled_by_rule",  # a rule answers the question for this unit
]
PERSON_SURFACES: frozenset[Surface] = frozenset({"interactive", "ide", "other"})
"""Surfaces in which a person takes part; a test holds them to the seed `surfaces`."""

ELIGIBILITY_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "raw_turns": (
        "turn_id", "session_id", "end_reason", "permission_mode", "has_agent_work", "is_background",
        "is_sidechain",
    ),
    "raw_human_acts": ("act_id", "session_id", "act_kind", "text", "is_typed"),
}  # fmt: skip
"""Columns of the raw tables that decide on eligibility, besides those that are rendered."""


class LabelEligibility(NamedTuple):
    """One row per classifier, fingerprint and unit that it could be asked about; with the reason if not.

    Of tool calls only those that the sample of calls has drawn: fct_tool_calls has all others.
    `sampling_probability`: with which the unit is asked about: 1 where every unit is, less by the probability
    of a call's stratum, by the share of the classifier's subsample and by that of the sessions of its date
    that budgets have reached. A figure
    weights by its inverse. `reached_share`: the latter of the two. `sampling_place`: of the session, in the
    order in which budgets reach sessions.
    """

    classifier: str
    fingerprint: str
    labeller: str
    session_id: str
    unit_id: str
    unit_kind: str
    is_eligible: bool
    reason: Reason
    sampling_probability: float = 1.0
    reached_share: float = 1.0
    sampling_place: float = 0.0


@dataclass(frozen=True)
class SessionFrame:
    """What decides on a session besides its turns and acts: from raw_sessions."""

    session: SessionRecord
    surface: Surface


def prompt_count(session: SessionRecord) -> int:
    """Prompts that the person typed, mid-run ones included; a picture alone has no words to judge."""
    kinds = ("prompt", "steering")
    return sum(act.is_typed and act.act_kind in kinds and bool(act.text) for act in session.acts)


def session_reason(classifier: Classifier, frame: SessionFrame, *, now: datetime, quiet: timedelta) -> Reason:
    """Whether a classifier may be asked about anything in this session."""
    if classifier.is_for_interactive and frame.surface not in PERSON_SURFACES:
        return "not_interactive"
    is_of_calls = classifier.unit_kind == "tool_call"
    if not is_of_calls and not any(turn.has_agent_work for turn in frame.session.turns):
        return "no_agent_work"
    if prompt_count(frame.session) < classifier.min_prompts:
        return "too_few_prompts"
    return "session_open" if frame.session.ended_at + quiet > now else "eligible"


class FoundUnit(NamedTuple):
    """A unit of a session: its id, the probability with which it was drawn, whether a rule answers for it."""

    unit_id: str
    probability: float = 1.0
    is_settled: bool = False


def drawn_calls(
    classifiers: Iterable[Classifier], frame: SessionFrame, calls: CallSample
) -> Sequence[DrawnCall]:
    """The drawn calls of a session, once for all classifiers; none where no classifier asks about calls."""
    is_asked = any(classifier.unit_kind == "tool_call" for classifier in classifiers)
    return calls.drawn(frame.session, frame.surface) if is_asked else ()


def units_of(
    classifier: Classifier, session: SessionRecord, drawn: Sequence[DrawnCall]
) -> Iterator[FoundUnit]:
    """The units of one session: the session itself, its turns that ended as asked for, or its drawn calls.

    A lone request to an API is no session, and has no turns.
    """
    if classifier.unit_kind == "session":
        if session.is_session:
            yield FoundUnit(session.session_id)
    elif classifier.unit_kind == "tool_call":
        for unit_id, call, probability in drawn:
            is_settled = classifier.rule is not None and classifier.rule(call) is not None
            yield FoundUnit(unit_id, probability, is_settled)
    else:
        for turn in session.turns:
            if turn.has_agent_work and not turn.is_background and turn.end_reason in classifier.turn_ends:
                yield FoundUnit(turn.turn_id)


def asked_units(classifier: Classifier, session: SessionRecord, drawn: Sequence[DrawnCall]) -> Iterator[str]:
    """Ids of the units of an eligible session that the classifier is asked about."""
    for unit in units_of(classifier, session, drawn):
        if is_in_subsample(classifier, unit.unit_id) and not unit.is_settled:
            yield unit.unit_id


def eligibility_rows(
    frame: SessionFrame,
    fingerprints: Mapping[Classifier, str],
    *,
    now: datetime,
    quiet: timedelta,
    shares: Mapping[str, float],
    calls: CallSample,
) -> Iterator[LabelEligibility]:
    """A row for each classifier and unit of one session; `fingerprints` are the installed ones.

    `calls`: which tool calls are asked about.
    `shares`: fingerprint → share of the date's sessions that budgets have reached, where not all.
    """
    place = budget_place(frame.session.session_id)
    drawn = drawn_calls(fingerprints, frame, calls)
    for classifier, fingerprint in fingerprints.items():
        reason = session_reason(classifier, frame, now=now, quiet=quiet)
        reached = shares.get(fingerprint, 1.0)
        for unit in units_of(classifier, frame.session, drawn):
            own = _unit_reason(classifier, unit, reason)
            # What a rule answers is known of every session, whatever budgets have reached.
            of_unit = 1.0 if own == "settled_by_rule" else reached
            yield LabelEligibility(
                classifier.name,
                fingerprint,
                "claude",
                frame.session.session_id,
                unit.unit_id,
                classifier.unit_kind,
                own == "eligible",
                own,
                unit.probability * classifier.subsample_share * of_unit,
                of_unit,
                place,
            )


def _unit_reason(classifier: Classifier, unit: FoundUnit, of_session: Reason) -> Reason:
    """The session's reason where it is not eligible, else the unit's own."""
    if of_session != "eligible":
        return of_session
    if not is_in_subsample(classifier, unit.unit_id):
        return "not_sampled"
    return "settled_by_rule" if unit.is_settled else "eligible"


SUBSAMPLE_SEED = "subsample"
"""One seed for all classifiers: they ask about the same units, so that their answers can be read together."""


def is_in_subsample(classifier: Classifier, unit_id: str) -> bool:
    """Whether the classifier asks about this unit, its share of all units being known."""
    return is_sampled(classifier.subsample_share, seed=SUBSAMPLE_SEED, unit_id=unit_id)


def is_sampled(share: float, *, seed: str, unit_id: str) -> bool:
    """Whether a unit falls into a sample of this share: a pure function of its id, nested as shares grow."""
    return _hashed(seed, unit_id) < share * 2**64


BUDGET_SEED = "budget"


def budget_place(session_id: str) -> float:
    """Where a session is, from 0 to 1, in the order in which budgets reach sessions: a hash of its id.

    So what a spent budget has asked about is a random sample over all dates, and a larger one extends it.
    """
    return _hashed(BUDGET_SEED, session_id) / 2**64


def _hashed(seed: str, unit_id: str) -> int:
    return int.from_bytes(blake2b(f"{seed} {unit_id}".encode(), digest_size=8).digest())
