"""What humans did in a session: prompts, commands, steering, answers, verdicts on plans, feedback.

Each act once: a text queued while the agent worked is `steering`, unless it turns up later as a prompt
of its own. Reads records and results; which turn an act opens is decided in `turns.py`.
"""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

from orchestration.ingest.rows import HumanActKind
from orchestration.ingest.sources.claude_code.responses import Call, Work
from orchestration.ingest.sources.claude_code.timeline import Entry
from orchestration.ingest.sources.claude_code.who_speaks import (
    Utterance,
    answers_in,
    feedback_in,
    is_human_queue_text,
    read_command,
    read_utterance,
    words_beside_result,
)


@dataclass(slots=True)
class Act:
    """One act of a human at one entry of the timeline."""

    act_id: str
    kind: HumanActKind
    entry: Entry
    text: str | None
    command_name: str | None = None
    tool_use_id: str | None = None
    occurrence: int | None = None
    queue_outcome: str | None = None
    permission_mode: str | None = None
    is_typed: bool = True
    is_mid_run: bool = False
    has_image: bool = False


@dataclass(slots=True)
class Talk:
    """The human side of a session, keyed by the entry's identity in memory."""

    acts: dict[int, Act]
    utterances: dict[int, Utterance]


def read_talk(entries: list[Entry], work: Work) -> Talk:
    """Acts and utterances of the main conversation (sub-agents' briefs are no human's words)."""
    talk = Talk({}, {})
    prompts: list[tuple[Entry, str]] = []
    for entry in entries:
        if entry.is_sidechain:
            continue
        if entry.type == "user":
            utterance = read_utterance(entry.record)
            talk.utterances[id(entry)] = utterance
            act = _act_of(entry, utterance) or _act_in_results(work.results.get(id(entry), ()))
            act = _with_words_beside(entry, utterance, act)
            if act:
                talk.acts[id(entry)] = act
                if act.kind in ("prompt", "command"):
                    prompts.append((entry, _as_typed(act, utterance)))
        elif entry.type == "system" and entry.record.get("subtype") == "local_command":
            content = entry.record.get("content")
            if isinstance(content, str) and content.lstrip().startswith(("<command-name>", "<command-mess")):
                utterance = read_command(content)
                talk.utterances[id(entry)] = utterance
                if act := _act_of(entry, utterance):
                    talk.acts[id(entry)] = act
                    prompts.append((entry, _as_typed(act, utterance)))
    _add_queued(entries, talk, prompts)
    return talk


def _act_of(entry: Entry, said: Utterance) -> Act | None:
    """The act of one user record that is no tool result."""
    record_id = entry.record_id
    mode = entry.record.get("permissionMode")
    mode = mode if isinstance(mode, str) else None
    if said.speaker in ("prompt", "image"):
        text = said.text if said.speaker == "prompt" else None
        return Act(record_id, "prompt", entry, text, permission_mode=mode, has_image=said.has_image)
    if said.speaker == "plan_implementation":
        return Act(record_id, "plan_implementation", entry, said.text, permission_mode=mode, is_typed=False)
    if said.speaker == "shell_input":
        return Act(record_id, "shell_command", entry, said.text, permission_mode=mode)
    # `/clear` stands at the top of the session that it starts: no act of this one.
    if said.speaker == "command" and said.command_name != "clear":
        return Act(
            record_id, "command", entry, said.text, command_name=said.command_name, permission_mode=mode
        )
    return None


def _act_in_results(calls: list[Call] | tuple[()]) -> Act | None:
    """The human act hidden in a tool result: an answer, a verdict on a plan, feedback to a denial."""
    for call in calls:
        result, entry = call.result, call.result_entry
        if result is None or entry is None or entry.is_sidechain:
            continue
        if result.error_kind == "denied_by_user":
            feedback = feedback_in(result.text)
            kind: HumanActKind = "plan_rejected" if call.name == "ExitPlanMode" else "denial_feedback"
            if feedback or not result.stops_agent:
                return Act(
                    entry.record_id,
                    kind,
                    entry,
                    feedback,
                    tool_use_id=call.tool_use_id,
                    occurrence=call.occurrence,
                    is_typed=feedback is not None,
                )
        elif result.error_kind is None and call.name == "ExitPlanMode":
            return Act(
                entry.record_id,
                "plan_accepted",
                entry,
                None,
                tool_use_id=call.tool_use_id,
                occurrence=call.occurrence,
                is_typed=False,
            )
        elif result.error_kind is None and call.name == "AskUserQuestion":
            text, is_answered = answers_in(call.detail)
            if "No response after" in result.text[:200]:
                continue
            if is_answered or result.text.startswith(("User has answered", "Your questions have been")):
                return Act(
                    entry.record_id,
                    "answer",
                    entry,
                    text or None,
                    tool_use_id=call.tool_use_id,
                    occurrence=call.occurrence,
                    is_typed=False,
                )
    return None


def _with_words_beside(entry: Entry, said: Utterance, act: Act | None) -> Act | None:
    """What a human added when allowing a call: a text block beside the result, and nowhere else."""
    words = words_beside_result(entry.record) if said.speaker == "tool_result" else None
    if words is None:
        return act
    if act is None:
        return Act(entry.record_id, "steering", entry, words, queue_outcome="delivered", is_mid_run=True)
    if act.text is None:
        act.text, act.is_typed = words, True
    return act


def _as_typed(act: Act, said: Utterance) -> str:
    """The words as they were typed, to be found in the queue."""
    return f"/{act.command_name} {said.text}" if act.kind == "command" else said.text


def _add_queued(entries: list[Entry], talk: Talk, prompts: list[tuple[Entry, str]]) -> None:
    """Texts typed while the agent worked, which may exist nowhere but in the queue's records."""
    times = [entry.at for entry, _ in prompts]
    operations = [entry for entry in entries if entry.type == "queue-operation"]
    handed_over = _attached_prompts(entries)
    outcomes = _queue_outcomes(operations)
    for entry in operations:
        content = entry.record.get("content")
        if entry.record.get("operation") != "enqueue" or not isinstance(content, str):
            continue
        if not is_human_queue_text(content):
            continue
        later = bisect_left(times, entry.at)
        if _becomes_prompt(content, prompts[later : later + 3], talk):
            continue
        outcome = "delivered" if _norm(content) in handed_over else outcomes.get(id(entry), "unknown")
        if outcome == "withdrawn":
            continue
        is_command = _is_command(content)
        talk.acts[id(entry)] = Act(
            entry.record_id,
            "command" if is_command else "steering",
            entry,
            content,
            command_name=content[1:].split()[0] if is_command and len(content) > 1 else None,
            queue_outcome=outcome,
            is_mid_run=True,
        )
    _add_attached_only(entries, talk, {_norm(e.record.get("content")) for e in operations})


def _norm(text: Any) -> str:
    return text.strip() if isinstance(text, str) else ""


def _becomes_prompt(content: str, prompts: list[tuple[Entry, str]], talk: Talk) -> bool:
    """Whether the queued text turns up in one of the next prompts; that act is marked as typed mid-run."""
    text = _norm(content)
    for entry, prompt in prompts:
        if prompt.strip() == text or text in prompt.split("\n") or f"\n{text}\n" in f"\n{prompt}\n":
            act = talk.acts[id(entry)]
            act.is_mid_run, act.queue_outcome = True, "delivered"
            return True
    return False


def _attached_prompts(entries: list[Entry]) -> set[str]:
    return {_norm(_attachment(entry).get("prompt")) for entry in entries if entry.type == "attachment"} - {""}


def _attachment(entry: Entry) -> dict[str, Any]:
    inner = entry.record.get("attachment")
    return inner if isinstance(inner, dict) and inner.get("type") == "queued_command" else {}


def _queue_outcomes(operations: list[Entry]) -> dict[int, str]:
    """What became of each queued text, by entry: taken_out, or withdrawn (taken back to edit).

    First in, first out, unless the operation names the text.
    """
    outcomes: dict[int, str] = {}
    waiting: list[Entry] = []
    for entry in operations:
        operation, content = entry.record.get("operation"), entry.record.get("content")
        if operation == "enqueue":
            waiting.append(entry)
        elif operation in ("popAll", "remove", "dequeue"):
            named = isinstance(content, str)
            found = [
                one for one in waiting if not named or _norm(one.record.get("content")) == _norm(content)
            ]
            for taken in found if operation == "popAll" and not named else found[:1]:
                outcomes[id(taken)] = "withdrawn" if operation == "popAll" else "taken_out"
                waiting.remove(taken)
    return outcomes


def _add_attached_only(entries: list[Entry], talk: Talk, queued: set[str]) -> None:
    """Steering that the log shows only where it was handed to the model."""
    for entry in entries:
        if entry.type != "attachment" or entry.is_sidechain:
            continue
        attached = _attachment(entry)
        prompt = attached.get("prompt")
        if not isinstance(prompt, str) or _norm(prompt) in queued or not is_human_queue_text(prompt):
            continue
        origin = attached.get("origin")
        is_notice = isinstance(origin, dict) and origin.get("kind") not in (None, "human", "user")
        if attached.get("commandMode") not in (None, "prompt") or is_notice:
            continue
        talk.acts[id(entry)] = Act(
            entry.record_id, "steering", entry, prompt, queue_outcome="delivered", is_mid_run=True
        )


def _is_command(content: str) -> bool:
    """A queued slash command, not a path: `/help me`, but not `/usr/lib is full`."""
    head = content.split(maxsplit=1)[0]
    return head.startswith("/") and len(head) > 1 and "/" not in head[1:]
