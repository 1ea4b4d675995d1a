"""One session read once: the facts that several rules rest on.

Facts only: what was called and how it ended, what events happened, what the human said after the agent
had worked. Nothing the agent says is read: a session without its responses gives the same reading.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from classifiers.rules.calls import changes_code, changes_files, is_effective
from classifiers.rules.words import Verdict, verdict_of
from classifiers.session_record import SessionRecord
from orchestration.ingest.rows import EventKind, RawEvent, RawHumanAct, RawToolCall, RawTurn


class Signal(NamedTuple):
    """A signal and what it rests on."""

    signal: str
    record_id: str
    tool_use_id: str | None = None


class Judgement(NamedTuple):
    """A human act that came after agent work, and what it says about that work."""

    act: RawHumanAct
    verdict: Verdict | None


class SuiteRun(NamedTuple):
    """A test run and its result; None where the transcript does not settle it."""

    event: RawEvent
    is_passed: bool | None


@dataclass(frozen=True)
class Reading:
    """The facts of one session, in time order."""

    session: SessionRecord

    @cached_property
    def working_turns(self) -> tuple[RawTurn, ...]:
        return tuple(turn for turn in self.session.turns if turn.has_agent_work)

    @cached_property
    def judgements(self) -> tuple[Judgement, ...]:
        """Acts after the agent began to work; the act that set it working cannot judge it."""
        if not self.working_turns:
            return ()
        first = self.working_turns[0]
        return tuple(
            Judgement(act, verdict_of(act))
            for act in self.session.acts
            if act.acted_at > first.started_at and act.act_id != first.opening_act_id
        )

    @cached_property
    def effective_calls(self) -> tuple[RawToolCall, ...]:
        return tuple(call for call in self.session.calls if is_effective(call))

    @cached_property
    def changes(self) -> tuple[RawToolCall, ...]:
        return tuple(call for call in self.effective_calls if changes_files(call))

    @cached_property
    def code_changes(self) -> tuple[RawToolCall, ...]:
        return tuple(call for call in self.changes if changes_code(call))

    @cached_property
    def test_runs(self) -> tuple[SuiteRun, ...]:
        return tuple(SuiteRun(event, _test_result(event)) for event in self.events("test_run"))

    @cached_property
    def last_settled_test_run(self) -> SuiteRun | None:
        settled = [run for run in self.test_runs if run.is_passed is not None]
        return settled[-1] if settled else None

    @cached_property
    def passing_tests_after_change(self) -> RawEvent | None:
        """The last settled test run, where it passes, follows a change and no code changes after it."""
        run = self.last_settled_test_run
        if run is None or not run.is_passed or not self.changes:
            return None
        at = run.event.occurred_at
        follows = self.changes[0].called_at < at
        return run.event if follows and not self.changed_code_after(at) else None

    @cached_property
    def landed_at(self) -> tuple[datetime, ...]:
        """Times of what makes earlier trouble good: commits, pull requests, tests that pass at the end."""
        kinds: tuple[EventKind, ...] = ("commit", "pull_request_opened", "pull_request_merged")
        times = [event.occurred_at for kind in kinds for event in self.happened(kind)]
        if self.passing_tests_after_change:
            times.append(self.passing_tests_after_change.occurred_at)
        return tuple(sorted(times))

    def events(self, kind: EventKind) -> tuple[RawEvent, ...]:
        return tuple(event for event in self.session.events if event.event_kind == kind)

    def happened(self, kind: EventKind) -> tuple[RawEvent, ...]:
        """Events of a kind that are known to have succeeded; tried or unsettled ones are none."""
        return tuple(event for event in self.events(kind) if event.is_success is True)

    def changed_code_after(self, at: datetime) -> bool:
        return any(call.called_at > at for call in self.code_changes)

    def is_made_good_after(self, at: datetime) -> bool:
        return any(landed > at for landed in self.landed_at)


def record_of_event(event: RawEvent) -> str:
    """The record an event rests on; the event's own id where it has no record."""
    return event.record_id or event.event_id


def record_of_act(act: RawHumanAct) -> str:
    """The record of an act; the act's own id where it has none (text queued while the agent works)."""
    return act.record_id or act.act_id


def record_of_result(call: RawToolCall) -> str:
    """The record that shows how a call ended."""
    return call.result_record_id or call.record_id


def _test_result(event: RawEvent) -> bool | None:
    """The event's own verdict; without one, the counts that the runner printed."""
    if event.is_success is not None:
        return event.is_success
    if event.tests_failed:
        return False
    return True if event.tests_passed and event.tests_failed == 0 else None
