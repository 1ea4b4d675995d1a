"""What the lake knows of each record of a session: whose it is, whether it was typed, what happened there.

From raw rows alone, so that no text of a transcript can make a fact. Records are found by the id that
evidence is kept under: the record's own, or the act's or event's where it has none. Not here: what a
classifier asks of its evidence (evidence_rule), or what becomes of evidence that fails (evidence_check).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from classifiers.rules.reading import record_of_act, record_of_event, record_of_result
from classifiers.session_record import SessionRecord
from classifiers.subject.subject import Actor
from orchestration.ingest.rows import (
    EventKind,
    HumanActKind,
    RawEvent,
    RawHarnessText,
    RawHumanAct,
    RawResponse,
    RawToolCall,
)

KINDS_WITH_AN_END: frozenset[EventKind] = frozenset(
    {"commit", "push", "pull_request_opened", "pull_request_merged", "test_run", "rollback"}
)
"""Events that may fail or stay unsettled. An interrupt or a denial has happened where it is recorded."""

_ACTS_OF_A_HUMAN: frozenset[EventKind] = frozenset({"interrupt", "denial", "plan_stopped", "cleared"})
"""Marks that the harness writes of what a human did: they are the record of both."""

FACT_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "raw_human_acts": ("record_id", "act_id", "act_kind", "tool_use_id", "occurrence", "text", "is_typed"),
    "raw_responses": ("record_id", "ended_at", "is_synthetic", "is_api_error"),
    "raw_harness_texts": ("harness_text_id",),
    "raw_tool_calls": (
        "tool_use_id", "occurrence", "record_id", "result_record_id", "called_at", "has_call", "has_result",
    ),
    "raw_events": (
        "event_id", "record_id", "tool_use_id", "occurrence", "event_kind", "occurred_at", "is_success",
    ),
}  # fmt: skip
"""Columns of the raw tables that facts are made of; a row that was read without one holds None there."""

_NOT_IN_ONES_OWN_WORDS: frozenset[HumanActKind] = frozenset({"command", "shell_command"})


@dataclass(frozen=True)
class RecordFacts:
    """The facts of one session's records, by record id; a record may be of several actors.

    A denial with feedback, for example, is one record of tool and human. `tool_use_ids`: the calls that a
    record asks for or answers. `events`: what rests on a record, or on a call that it belongs to. `said_at`:
    when a record of the agent was complete. `all_events`: those of the session, in time order.
    """

    actors: Mapping[str, frozenset[Actor]]
    typed: frozenset[str]
    tool_use_ids: Mapping[str, frozenset[str]]
    events: Mapping[str, tuple[RawEvent, ...]]
    said_at: Mapping[str, datetime] = field(default_factory=dict)
    all_events: tuple[RawEvent, ...] = ()

    def is_known(self, record_id: str) -> bool:
        return record_id in self.actors

    def has_event(self, record_id: str, kinds: Iterable[EventKind], *, is_success: bool) -> bool:
        """Whether such an event rests on the record; one whose end is unsettled is none."""
        wanted = frozenset(kinds)
        return any(
            event.event_kind in wanted
            and (event.event_kind not in KINDS_WITH_AN_END or event.is_success is is_success)
            for event in self.events.get(record_id, ())
        )

    def tool_use_id(self, record_id: str) -> str | None:
        """The call that a record belongs to; None where there is none, or it cannot be told which."""
        ids = self.tool_use_ids.get(record_id, frozenset())
        return next(iter(ids)) if len(ids) == 1 else None


def record_facts(session: SessionRecord) -> RecordFacts:
    """Index of everything that a session's records are evidence of."""
    reader = _FactsReader()
    for response in session.responses:
        reader.read_response(response)
    for text in session.harness_texts:
        reader.read_harness_text(text)
    for act in session.acts:
        reader.read_act(act)
    for call in session.calls:
        reader.read_call(call)
    for event in session.events:
        reader.read_event(event)
    return RecordFacts(
        actors={record_id: frozenset(actors) for record_id, actors in reader.actors.items()},
        typed=frozenset(reader.typed),
        tool_use_ids={record_id: frozenset(ids) for record_id, ids in reader.tool_use_ids.items()},
        events={record_id: tuple(events) for record_id, events in reader.events.items()},
        said_at=reader.said_at,
        all_events=session.events,
    )


class _FactsReader:
    """Gathers facts row by row; calls are read before the events that rest on them."""

    def __init__(self) -> None:
        self.actors: dict[str, set[Actor]] = {}
        self.typed: set[str] = set()
        self.tool_use_ids: dict[str, set[str]] = {}
        self.events: dict[str, list[RawEvent]] = {}
        self.said_at: dict[str, datetime] = {}
        self._records_of_call: dict[str, tuple[str, ...]] = {}

    def read_response(self, response: RawResponse) -> None:
        is_by_harness = response.is_synthetic or response.is_api_error
        self._is_of(response.record_id, "harness" if is_by_harness else "agent")
        if not is_by_harness:
            self.said_at[response.record_id] = response.ended_at

    def read_harness_text(self, text: RawHarnessText) -> None:
        # Its own id: a reminder inside a prompt is no evidence of what the human said.
        self._is_of(text.harness_text_id, "harness")

    def read_act(self, act: RawHumanAct) -> None:
        record_id = record_of_act(act)
        # The harness writes that prompt; the human accepted the plan in another session.
        self._is_of(record_id, "harness" if act.act_kind == "plan_implementation" else "human")
        if act.is_typed and act.text and act.act_kind not in _NOT_IN_ONES_OWN_WORDS:
            self.typed.add(record_id)

    def read_call(self, call: RawToolCall) -> None:
        # A slice may hold a result without its call: its one record is the tool's.
        self._is_of(call.record_id, "agent" if call.has_call else "tool")
        if call.has_call:
            self.said_at.setdefault(call.record_id, call.called_at)
        if call.has_result:
            self._is_of(record_of_result(call), "tool")
        records = tuple(dict.fromkeys((call.record_id, record_of_result(call))))
        self._records_of_call[call.tool_use_id] = records
        for record_id in records:
            self.tool_use_ids.setdefault(record_id, set()).add(call.tool_use_id)

    def read_event(self, event: RawEvent) -> None:
        record_id = record_of_event(event)
        if event.event_kind in _ACTS_OF_A_HUMAN:
            self._is_of(record_id, "human", "harness")
        else:
            self._is_of(record_id, "tool" if event.tool_use_id is not None else "harness")
        of_call = self._records_of_call.get(event.tool_use_id or "", ())
        for rests_on in dict.fromkeys((record_id, *of_call)):
            self.events.setdefault(rests_on, []).append(event)

    def _is_of(self, record_id: str, *actors: Actor) -> None:
        self.actors.setdefault(record_id, set()).update(actors)
