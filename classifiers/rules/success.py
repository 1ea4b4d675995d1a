"""Success evidence by rules (I8): which facts of a session are which signal.

Every hard signal rests on an event, a call or a human's own words that happened. What the agent says of
its work is never read. Scoring is `evidence_score`'s.
"""

import re
from collections.abc import Iterator

from classifiers.rules.calls import commands_of, is_done
from classifiers.rules.reading import (
    Reading,
    Signal,
    record_of_act,
    record_of_event,
    record_of_result,
)
from classifiers.rules.words import SPOKEN_KINDS
from orchestration.ingest.rows import RawToolCall

_ASKS_FOR_COMMIT = re.compile(r"\bcommit|\bpush\b|\bpull request\b|\bpr\b|提交", re.I)
_NAMED_COMMAND = re.compile(r"`([^`\n]{2,200})`|^\s*\$ ([^\n]{2,200})$", re.M)
_BROWSER_LOOK = re.compile(r"(?:screenshot|snapshot|navigate|console_messages)")
MAX_PER_SIGNAL = 20
SUCCESS_PATTERNS = (
    _ASKS_FOR_COMMIT.pattern,
    _NAMED_COMMAND.pattern,
    _BROWSER_LOOK.pattern,
    str(MAX_PER_SIGNAL),
)
"""Part of the rules' fingerprint."""


def find_success_signals(reading: Reading) -> tuple[Signal, ...]:
    """All signals of success, hard ones first, each once per record."""
    hard = [
        *_commits(reading),
        *_pull_requests(reading),
        *_passing_tests(reading),
        *_affirmations(reading),
    ]
    held = {signal.tool_use_id for signal in hard if signal.tool_use_id}
    hard += [signal for signal in _named_commands(reading) if signal.tool_use_id not in held]
    soft = [*_confirmed_artefact(reading), *_acknowledgements(reading), *_clean_end(reading)]
    return tuple(dict.fromkeys([*hard, *soft]))


def _commits(reading: Reading) -> Iterator[Signal]:
    """Commits after a change of this session, or after the human asked for one."""
    asked = [a.acted_at for a in reading.session.acts if a.text and _ASKS_FOR_COMMIT.search(a.text[:1500])]
    asked += [a.acted_at for a in reading.session.acts if "commit" in (a.command_name or "")]
    worked = [call.called_at for call in reading.changes]
    seen: set[str] = set()
    for event in reading.happened("commit")[-MAX_PER_SIGNAL:]:
        if event.commit_sha in seen or not any(at <= event.occurred_at for at in (*asked, *worked)):
            continue
        if event.commit_sha:
            seen.add(event.commit_sha)
        yield Signal("commit_matches", record_of_event(event), event.tool_use_id)


def _pull_requests(reading: Reading) -> Iterator[Signal]:
    """Each pull request once, however often the transcript repeats its link."""
    for kind, signal in (("pull_request_opened", "pr_opened"), ("pull_request_merged", "pr_merged")):
        seen: set[tuple[str | None, int]] = set()
        for event in (e for e in reading.session.events if e.event_kind == kind and e.is_success):
            number = event.pull_request_number
            if number is not None:
                if (event.pull_request_repository, number) in seen:
                    continue
                seen.add((event.pull_request_repository, number))
            yield Signal(signal, record_of_event(event), event.tool_use_id)


def _passing_tests(reading: Reading) -> Iterator[Signal]:
    event = reading.passing_tests_after_change
    if event:
        yield Signal("tests_pass_after_change", record_of_event(event), event.tool_use_id)


def _affirmations(reading: Reading) -> Iterator[Signal]:
    """Affirmations of something that was done before, and that no later rejection takes back."""
    if not reading.effective_calls:
        return
    began_at = reading.effective_calls[0].called_at
    last_rejected = max(
        (act.acted_at for act, verdict in reading.judgements if verdict in ("rejects", "off_target")),
        default=None,
    )
    for act, verdict in reading.judgements:
        if verdict != "affirms" or act.acted_at < began_at:
            continue
        if last_rejected is None or act.acted_at > last_rejected:
            yield Signal("user_affirms_result", record_of_act(act))


def _named_commands(reading: Reading) -> Iterator[Signal]:
    """A command that the human named, whose last run is known to have ended with status 0."""
    named = {
        " ".join((backticked or prompted).split())
        for act in reading.session.acts
        if act.act_kind in SPOKEN_KINDS and act.text
        for backticked, prompted in _NAMED_COMMAND.findall(act.text[:6000])
    }
    if not named:
        return
    last: dict[str, tuple[RawToolCall, bool | None]] = {}
    for call in reading.effective_calls:
        for command in commands_of(call):
            if command.kind != "look" and command.text in named:
                last[command.text] = (call, command.is_success)
    for call, is_success in last.values():
        if is_success and is_done(call):
            yield Signal("command_output_matches", record_of_result(call), call.tool_use_id)


def _confirmed_artefact(reading: Reading) -> Iterator[Signal]:
    """The last build, check or browser look that went well after the last change of code."""
    if not reading.code_changes:
        return
    changed_at = reading.code_changes[-1].called_at
    for call in reversed(reading.session.calls):
        if call.called_at < changed_at:
            return
        if is_done(call) and _confirms(call):
            yield Signal("artefact_confirmed", record_of_result(call), call.tool_use_id)
            return


def _confirms(call: RawToolCall) -> bool:
    if call.mcp_server:
        return _BROWSER_LOOK.search(call.tool_name) is not None
    return any(command.kind == "check" and command.is_success for command in commands_of(call))


def _acknowledgements(reading: Reading) -> Iterator[Signal]:
    for act, verdict in reading.judgements:
        if verdict == "acknowledges":
            yield Signal("neutral_ack", record_of_act(act))


def _clean_end(reading: Reading) -> Iterator[Signal]:
    """The last turn in which the agent worked is completed, and the human's last word is no objection."""
    if not reading.working_turns or reading.working_turns[-1].end_reason != "completed":
        return
    turn = reading.working_turns[-1]
    objected = any(
        act.acted_at > turn.started_at
        and act.act_id != turn.opening_act_id
        and verdict in ("rejects", "gives_up")
        for act, verdict in reading.judgements
    )
    if not objected:
        yield Signal("clean_end", turn.turn_id)
