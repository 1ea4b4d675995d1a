"""What humans did in a session: prompts, commands, steering, answers, verdicts on plans, feedback.

Reads records and results; texts of the queue and of attachments are added by `queued_acts`, each act once.
In sub-agents only what a record states to be a person's counts, and what a person said with a refusal: the
brief of a sub-agent is the agent's. Which turn an act opens is decided in `turns.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestration.ingest.json_values import string_of
from orchestration.ingest.rows import HumanActKind
from orchestration.ingest.sources.claude_code.responses import Call, Work
from orchestration.ingest.sources.claude_code.stated_voice import Voice, is_person
from orchestration.ingest.sources.claude_code.texts import PLAN_FOR_LEAD
from orchestration.ingest.sources.claude_code.timeline import Entry
from orchestration.ingest.sources.claude_code.who_speaks import (
    COMMAND_STARTS,
    Utterance,
    answers_in,
    read_command,
    read_utterance,
    words_beside_result,
)


@dataclass(slots=True)
class Act:
    """One act of a human at one entry of the timeline; `voice` is what the record states of the speaker."""

    act_id: str
    kind: HumanActKind
    entry: Entry
    text: str | None
    command_name: str | None = None
    tool_use_id: str | None = None
    occurrence: int | None = None
    queue_outcome: str | None = None
    permission_mode: str | None = None
    voice: Voice | None = None
    is_typed: bool = True
    is_mid_run: bool = False
    has_image: bool = False


@dataclass(slots=True)
class Talk:
    """The human side of a session, keyed by the entry's identity in memory.

    `prompts` are the acts that may come back from the queue, with the words as they were typed.
    """

    acts: dict[int, Act]
    utterances: dict[int, Utterance]
    prompts: list[tuple[Entry, str]]


def read_talk(entries: list[Entry], work: Work) -> Talk:
    """Acts and utterances that stand in records of their own."""
    talk = Talk({}, {}, [])
    for entry in entries:
        if entry.is_sidechain:
            _read_in_sub_agent(entry, work, talk)
        elif entry.type == "user":
            said = read_utterance(entry.record)
            results = work.results.get(id(entry), ())
            act = _act_of(entry, said) or _act_in_results(results)
            _note(talk, entry, said, _with_words_beside(entry, said, act))
        elif entry.type == "system" and entry.record.get("subtype") == "local_command":
            content = entry.record.get("content")
            if isinstance(content, str) and content.lstrip().startswith(COMMAND_STARTS):
                said = read_command(content)
                _note(talk, entry, said, _act_of(entry, said))
    return talk


def _note(talk: Talk, entry: Entry, said: Utterance, act: Act | None) -> None:
    talk.utterances[id(entry)] = said
    if act is not None:
        talk.acts[id(entry)] = act
        if act.kind in ("prompt", "command"):
            talk.prompts.append((entry, _as_typed(act, said)))


def _as_typed(act: Act, said: Utterance) -> str:
    """The words as they were typed, to be found in the queue."""
    return f"/{act.command_name} {said.text}" if act.kind == "command" else said.text


def _read_in_sub_agent(entry: Entry, work: Work, talk: Talk) -> None:
    """What a person said to a sub-agent: with a refusal, or in a record that states a person."""
    if entry.type != "user":
        return
    act = _feedback_in(work.results.get(id(entry), ()))
    if act is None:
        said = read_utterance(entry.record)
        if said.speaker in ("prompt", "image") and is_person(said.voice):
            act = _steering(entry, said)
    if act is not None:
        talk.acts[id(entry)] = act


def _steering(entry: Entry, said: Utterance) -> Act:
    return Act(
        entry.record_id, "steering", entry, said.text or None, queue_outcome="delivered", voice=said.voice,
        is_mid_run=True, has_image=said.has_image,
    )  # fmt: skip


def _act_of(entry: Entry, said: Utterance) -> Act | None:
    """The act of one user record that is no tool result."""
    record_id, voice = entry.record_id, said.voice
    mode = string_of(entry.record.get("permissionMode"))
    if said.speaker in ("prompt", "image"):
        text = said.text if said.speaker == "prompt" else None
        return Act(
            record_id, "prompt", entry, text, permission_mode=mode, voice=voice, has_image=said.has_image
        )
    if said.speaker == "plan_implementation":
        return Act(
            record_id, "plan_implementation", entry, said.text, permission_mode=mode, voice=voice,
            is_typed=False,
        )  # fmt: skip
    if said.speaker == "shell_input":
        return Act(record_id, "shell_command", entry, said.text, permission_mode=mode, voice=voice)
    # `/clear` stands at the top of the session that it starts: no act of this one.
    if said.speaker == "command" and said.command_name != "clear":
        return Act(
            record_id, "command", entry, said.text, command_name=said.command_name, permission_mode=mode,
            voice=voice,
        )  # fmt: skip
    return None


def _act_in_results(calls: Iterable[Call]) -> Act | None:
    """The human act hidden in a tool result: an answer, a verdict on a plan, feedback to a denial."""
    for call in calls:
        result, entry = call.result, call.result_entry
        if result is None or entry is None:
            continue
        if act := _feedback_in((call,)):
            return act
        if result.error_kind is None and call.name == "ExitPlanMode" and not _is_for_lead(call):
            return Act(
                entry.record_id,
                "plan_accepted",
                entry,
                None,
                tool_use_id=call.tool_use_id,
                occurrence=call.occurrence,
                is_typed=False,
            )
        is_answered = result.error_kind is None and call.name == "AskUserQuestion"
        if is_answered and (act := _answer_in(call, entry)):
            return act
    return None


def _is_for_lead(call: Call) -> bool:
    """Whether a plan went to the agent that leads the team: a teammate's plan is put to no person."""
    detail = call.detail if isinstance(call.detail, dict) else {}
    told = call.result.text if call.result is not None else ""
    return detail.get("awaitingLeaderApproval") is True or told.startswith(PLAN_FOR_LEAD)


def _feedback_in(calls: Iterable[Call]) -> Act | None:
    """What a person said with a refusal; a plan sent back, or a question declined, needs no words."""
    for call in calls:
        result, entry = call.result, call.result_entry
        if result is None or entry is None or result.error_kind != "denied_by_user":
            continue
        is_verdict = call.name in ("ExitPlanMode", "AskUserQuestion") and not result.stops_agent
        if result.feedback or is_verdict:
            kind: HumanActKind = "plan_rejected" if call.name == "ExitPlanMode" else "denial_feedback"
            return Act(
                entry.record_id, kind, entry, result.feedback, tool_use_id=call.tool_use_id,
                occurrence=call.occurrence, is_typed=result.feedback is not None,
            )  # fmt: skip
    return None


def _answer_in(call: Call, entry: Entry) -> Act | None:
    """A person's answer to a question; a time-out is none."""
    assert call.result is not None  # the caller has looked
    head = call.result.text[:200]
    text, is_answered = answers_in(call.detail)
    if "No response after" in head:
        return None
    if not is_answered and not head.startswith(("User has answered", "Your questions have been")):
        return None
    return Act(
        entry.record_id,
        "answer",
        entry,
        text or None,
        tool_use_id=call.tool_use_id,
        occurrence=call.occurrence,
        is_typed=False,
    )


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
