"""Failure evidence by rules (I9): which facts of a session are which signal.

The final state counts: an error, a rejection or a rollback that later work makes good is soft or none.
What the agent says of its work is never read. Scoring is `evidence_score`'s.
"""

from collections import defaultdict
from collections.abc import Iterator

from classifiers.rules.calls import attempt_of, is_done, is_failed
from classifiers.rules.reading import (
    Reading,
    Signal,
    record_of_act,
    record_of_event,
    record_of_result,
)
from classifiers.rules.words import is_annoyed
from orchestration.ingest.rows import RawToolCall

MAX_ATTEMPTS_LISTED = 5
FAILURE_PATTERNS = (str(MAX_ATTEMPTS_LISTED),)
"""Part of the rules' fingerprint."""


def find_failure_signals(reading: Reading) -> tuple[Signal, ...]:
    """All signals of failure, hard ones first, each once per record."""
    hard = [*_failing_tests(reading), *_rollbacks(reading), *_rejection(reading), *_giving_up(reading)]
    held = {signal.tool_use_id for signal in hard if signal.tool_use_id}
    hard += [signal for signal in _last_error(reading) if signal.tool_use_id not in held]
    soft = [*_objections(reading, hard), *_annoyance(reading), *_repeats(reading), *_recovered(reading, hard)]
    return tuple(dict.fromkeys([*hard, *soft]))


def _failing_tests(reading: Reading) -> Iterator[Signal]:
    """The last settled run fails, and neither a change of code nor another run follows it."""
    run = reading.last_settled_test_run
    if run is None or run.is_passed:
        return
    event = run.event
    is_last = reading.test_runs[-1].event.event_id == event.event_id
    if is_last and not reading.changed_code_after(event.occurred_at):
        yield Signal("tests_fail_at_end", record_of_event(event), event.tool_use_id)


def _rollbacks(reading: Reading) -> Iterator[Signal]:
    """The last rollback that happened, where no change of code, nothing landed and no new prompt follows."""
    rollbacks = reading.happened("rollback")
    if not rollbacks:
        return
    last = rollbacks[-1]
    at = last.occurred_at
    is_replaced = reading.changed_code_after(at) or reading.is_made_good_after(at)
    if not is_replaced and not any(turn.started_at > at for turn in reading.working_turns):
        yield Signal("rollback", record_of_event(last), last.tool_use_id)


def _rejection(reading: Reading) -> Iterator[Signal]:
    """The last word on the result rejects it, and the agent changes nothing after it."""
    spoken = [j for j in reading.judgements if j.verdict in ("affirms", "rejects", "off_target")]
    if not spoken or spoken[-1].verdict == "affirms":
        return
    act = spoken[-1].act
    is_answered = any(call.called_at > act.acted_at for call in reading.changes)
    if not is_answered and not reading.is_made_good_after(act.acted_at):
        yield Signal("user_rejects_result", record_of_act(act))


def _giving_up(reading: Reading) -> Iterator[Signal]:
    """The human drops the goal as the last word, or stops the agent and nothing at all landed."""
    if reading.judgements:
        act, verdict = reading.judgements[-1]
        if verdict == "gives_up" and not any(call.called_at > act.acted_at for call in reading.changes):
            yield Signal("gave_up", record_of_act(act))
            return
    interrupts = reading.events("interrupt")
    if (
        interrupts
        and reading.working_turns
        and reading.working_turns[-1].end_reason == "interrupted"
        and reading.session.turns[-1].turn_id == reading.working_turns[-1].turn_id
        and not reading.landed_at
    ):
        yield Signal("gave_up", record_of_event(interrupts[-1]), interrupts[-1].tool_use_id)


def _last_error(reading: Reading) -> Iterator[Signal]:
    """The last thing the agent itself did failed, or its last turn ended in an error of the service."""
    call = _last_effective(reading)
    if call is not None and is_failed(call) and not _is_affirmed_after(reading, call):
        yield Signal("error_unrecovered", record_of_result(call), call.tool_use_id)
    elif reading.working_turns and reading.working_turns[-1].end_reason == "error":
        errors = reading.events("api_error")
        record_id = record_of_event(errors[-1]) if errors else reading.working_turns[-1].turn_id
        yield Signal("error_unrecovered", record_id)


def _last_effective(reading: Reading) -> RawToolCall | None:
    """The last call of the main agent that does something and has a result of its own."""
    for call in reversed(reading.effective_calls):
        if not call.is_sidechain and (is_done(call) or is_failed(call)):
            return call
    return None


def _is_affirmed_after(reading: Reading, call: RawToolCall) -> bool:
    return any(v == "affirms" and act.acted_at > call.called_at for act, v in reading.judgements)


def _objections(reading: Reading, hard: list[Signal]) -> Iterator[Signal]:
    """Objections that are not the final rejection: of the result, of the aim, of the way."""
    final = {signal.record_id for signal in hard}
    soft = {"rejects": "user_pushes_back", "pushes_back": "user_pushes_back", "off_target": "work_off_target"}
    for act, verdict in reading.judgements:
        if verdict in soft and record_of_act(act) not in final:
            yield Signal(soft[verdict], record_of_act(act))


def _annoyance(reading: Reading) -> Iterator[Signal]:
    for act, _ in reading.judgements:
        if is_annoyed(act):
            yield Signal("frustration", record_of_act(act))


def _repeats(reading: Reading) -> Iterator[Signal]:
    """The same call failed at least twice with no success of it in between."""
    failures: dict[str, int] = defaultdict(int)
    repeated: dict[str, RawToolCall] = {}
    for call in reading.effective_calls:
        attempt = attempt_of(call)
        if attempt is None:
            continue
        if is_failed(call):
            failures[attempt] += 1
            if failures[attempt] >= 2:
                repeated[attempt] = call
        elif is_done(call):
            failures[attempt] = 0
    for call in list(repeated.values())[:MAX_ATTEMPTS_LISTED]:
        yield Signal("repeated_attempts", record_of_result(call), call.tool_use_id)


def _recovered(reading: Reading, hard: list[Signal]) -> Iterator[Signal]:
    """The last error, failing test or rollback along the way that is not the final state."""
    final = {signal.tool_use_id for signal in hard}
    troubles = [
        (call.called_at, record_of_result(call), call.tool_use_id)
        for call in reading.effective_calls
        if is_failed(call)
    ]
    events = [run.event for run in reading.test_runs if run.is_passed is False]
    events += reading.happened("rollback")
    troubles += [(e.occurred_at, record_of_event(e), e.tool_use_id or "") for e in events]
    recovered = sorted(trouble for trouble in troubles if trouble[2] not in final)
    last = _last_effective(reading)
    if recovered and last is not None and is_done(last):
        _, record_id, tool_use_id = recovered[-1]
        yield Signal("error_recovered", record_id, tool_use_id or None)
