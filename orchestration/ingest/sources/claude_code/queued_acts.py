"""What humans said through the queue and through attachments, which may stand in no record of its own.

A text typed while the agent works is in the queue's records, in the attachment that hands it over, in a
later prompt, or in several of them: each is one act. It is steering where the agent was at work when it was
queued, and a prompt where nothing ran. A goal that a person set is a command.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from orchestration.ingest.json_values import string_of
from orchestration.ingest.rows import HumanActKind
from orchestration.ingest.sources.claude_code.human_acts import Act, Talk
from orchestration.ingest.sources.claude_code.responses import Work
from orchestration.ingest.sources.claude_code.stated_voice import attached_fields, is_person
from orchestration.ingest.sources.claude_code.timeline import Entry
from orchestration.ingest.sources.claude_code.who_speaks import Utterance, read_said, text_of

_STOPS = frozenset({"end_turn", "stop_sequence", "max_tokens", "refusal"})
"""Stop reasons after which the agent waits; older versions state none, and are taken to be at work."""

_STARTS_WORK = frozenset({"prompt", "image", "plan_implementation", "machine_message", "notification"})
_NEXT_PROMPTS = 3
"""A queued text turns up in one of the next few prompts, or in none."""


class _Queued(NamedTuple):
    """A person's text in the queue or in an attachment."""

    entry: Entry
    text: str
    said: Utterance


def add_queued_acts(entries: list[Entry], talk: Talk, work: Work) -> None:
    """Add the acts that the queue and the attachments hold, each once."""
    idle = _idle_entries(entries, talk, work)
    operations = [entry for entry in entries if entry.type == "queue-operation"]
    outcomes, words = _queue_outcomes(operations)
    contents = [(entry, entry.record.get("content") or words.get(id(entry))) for entry in operations]
    queued = [said for entry, content in contents if (said := _in_queue(entry, content)) is not None]
    blank = sum(entry.record.get("operation") == "enqueue" and not content for entry, content in contents)
    handed_over, attached_only = _match(queued, list(_attached(entries)), blank)
    heard = [(one, "delivered") for one in attached_only]
    for one in queued:
        is_handed_over = id(one.entry) in handed_over
        heard.append((one, "delivered" if is_handed_over else outcomes.get(id(one.entry), "unknown")))
    times = [entry.at for entry, _ in talk.prompts]
    for one, outcome in heard:
        is_mid_run = id(one.entry) not in idle
        repeated = _prompt_with(one, talk, times)
        if repeated is None:
            if outcome != "withdrawn":
                talk.acts[id(one.entry)] = _act_of(one, outcome, is_mid_run=is_mid_run)
        elif is_mid_run:
            repeated.is_mid_run, repeated.queue_outcome = True, "delivered"
    _add_goals(entries, talk, idle)


def _act_of(one: _Queued, outcome: str, *, is_mid_run: bool) -> Act:
    text, said = one.text, one.said
    kind: HumanActKind = "steering" if is_mid_run else "prompt"
    is_command = _is_command(text)
    return Act(
        one.entry.record_id,
        "shell_command" if said.speaker == "shell_input" else "command" if is_command else kind,
        one.entry,
        text or None,
        command_name=text[1:].split()[0] if is_command else None,
        queue_outcome=outcome,
        voice=said.voice,
        is_mid_run=is_mid_run,
        has_image=said.has_image,
    )


def _prompt_with(one: _Queued, talk: Talk, times: list[datetime]) -> Act | None:
    """The prompt in which a text turns up: stated by its record id, or one of the next with these words."""
    source = _attachment(one.entry).get("source_uuid")
    later = bisect_left(times, one.entry.at)
    for entry, prompt in talk.prompts[later : later + _NEXT_PROMPTS] if one.text else ():
        if prompt.strip() == one.text or f"\n{one.text}\n" in f"\n{prompt}\n":
            return talk.acts[id(entry)]
    if isinstance(source, str):
        return next((talk.acts[id(e)] for e, _ in talk.prompts if e.record.get("uuid") == source), None)
    return None


# --- who said it ------------------------------------------------------------------------------------


def _in_queue(entry: Entry, content: Any) -> _Queued | None:
    """A person's text in the queue; None for other operations, for what has no words, and for notices."""
    if entry.record.get("operation") != "enqueue":
        return None
    said = read_said(entry.record, content)
    return _Queued(entry, said.text.strip(), said) if _is_of_person(said) else None


def _attached(entries: list[Entry]) -> Iterator[_Queued]:
    """Texts that attachments hand to the agent; one that is repeated under the same id stands once."""
    seen: set[str] = set()
    for entry in entries:
        attachment = _attachment(entry)
        if attachment.get("type") != "queued_command":
            continue
        said = read_said(attached_fields(entry.record, attachment), attachment.get("prompt"))
        mode = attachment.get("commandMode")
        if mode == "bash" and said.speaker == "prompt":
            said = said._replace(speaker="shell_input")
        is_stated = is_person(said.voice)
        if not _is_of_person(said) or not (is_stated or mode in (None, "prompt", "bash")):
            continue
        if entry.is_sidechain and not is_stated:
            continue
        source = attachment.get("source_uuid")
        if isinstance(source, str):
            if source in seen:
                continue
            seen.add(source)
        yield _Queued(entry, said.text.strip(), said)


def _is_of_person(said: Utterance) -> bool:
    is_words = said.speaker in ("prompt", "plan_implementation") and bool(said.text.strip())
    return is_words or said.speaker == "image"


def _attachment(entry: Entry) -> dict[str, Any]:
    inner = entry.record.get("attachment")
    return inner if entry.type == "attachment" and isinstance(inner, dict) else {}


def _is_command(content: str) -> bool:
    """A queued slash command, not a path: `/help me`, but not `/usr/lib is full`."""
    head = content.split(maxsplit=1)[0] if content else ""
    return head.startswith("/") and len(head) > 1 and "/" not in head[1:]


# --- what became of it ------------------------------------------------------------------------------


def _match(queued: list[_Queued], attached: list[_Queued], blank: int) -> tuple[set[int], list[_Queued]]:
    """Entries of the queue that an attachment hands over, and attachments that the queue does not hold.

    `blank` texts were queued without their words: as many attachments may repeat a text of the queue.
    """
    waiting: dict[str, list[_Queued]] = defaultdict(list)
    for one in queued:
        waiting[one.text].append(one)
    handed_over: set[int] = set()
    only: list[_Queued] = []
    for one in attached:
        if one.text not in waiting or not one.text:
            only.append(one)
        elif waiting[one.text]:
            handed_over.add(id(waiting[one.text].pop(0).entry))
        elif blank > 0:
            blank -= 1
            only.append(one)
    return handed_over, only


def _queue_outcomes(operations: list[Entry]) -> tuple[dict[int, str], dict[int, Any]]:
    """What became of each queued text, by entry: taken_out, or withdrawn (taken back to edit).

    First in, first out, unless the operation names the text. Also the words of texts that were queued without
    them, as the operation has them that took them out.
    """
    outcomes: dict[int, str] = {}
    words: dict[int, Any] = {}
    waiting: list[Entry] = []
    for entry in operations:
        operation, content = entry.record.get("operation"), entry.record.get("content")
        if operation == "enqueue":
            waiting.append(entry)
        elif operation in ("popAll", "remove", "dequeue"):
            named = bool(content)
            found = [
                one for one in waiting if not named or _words(one.record.get("content")) == _words(content)
            ]
            if named and not found and (blanks := [one for one in waiting if not one.record.get("content")]):
                found, words[id(blanks[0])] = blanks[:1], content
            for taken in found if operation == "popAll" and not named else found[:1]:
                outcomes[id(taken)] = "withdrawn" if operation == "popAll" else "taken_out"
                waiting.remove(taken)
    return outcomes, words


def _words(content: Any) -> str:
    return text_of(content)[0].strip()


def _idle_entries(entries: list[Entry], talk: Talk, work: Work) -> set[int]:
    """Entries of the queue and attachments at which the agent waits: nothing ran, or it had stopped."""
    idle: set[int] = set()
    is_idle = True
    for entry in entries:
        if entry.is_sidechain:
            continue
        if entry.type in ("queue-operation", "attachment"):
            if is_idle:
                idle.add(id(entry))
        elif entry.type == "assistant":
            message = entry.record["message"]
            is_over = string_of(message.get("stop_reason")) in _STOPS
            is_idle = is_over or message.get("model") == "<synthetic>"
        elif entry.type == "user":
            said = talk.utterances.get(id(entry))
            if calls := work.results.get(id(entry)):
                is_idle = any(call.result is not None and call.result.stops_agent for call in calls)
            elif said is not None and (said.speaker in _STARTS_WORK or said.speaker == "interrupt"):
                is_idle = said.speaker == "interrupt"
        elif entry.record.get("subtype") == "turn_duration":
            is_idle = True
    return idle


def _add_goals(entries: list[Entry], talk: Talk, idle: set[int]) -> None:
    """Goals that a person set, in their words; a goal is reported again at every check."""
    known = {act.text for act in talk.acts.values() if act.command_name == "goal"}
    for entry in entries:
        attachment = _attachment(entry)
        goal = attachment.get("condition") if attachment.get("type") == "goal_status" else None
        if not isinstance(goal, str) or not goal.strip() or entry.is_sidechain or goal.strip() in known:
            continue
        known.add(goal.strip())
        talk.acts[id(entry)] = Act(
            entry.record_id, "command", entry, goal.strip(), command_name="goal",
            is_mid_run=id(entry) not in idle,
        )  # fmt: skip
