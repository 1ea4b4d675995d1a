"""Texts that the harness put into the conversation: not a human's words, and not the agent's.

Whole records (summaries, notices, output of local commands) and what stands in a record beside somebody's
words. Not here: text inside a tool's result, which is the tool's, and what attachments and queues hold.
"""

from collections.abc import Mapping
from typing import NamedTuple

from orchestration.ingest.redaction.kept_text import KeptText, byte_count
from orchestration.ingest.rows import HarnessTextKind, Owner, RawHarnessText
from orchestration.ingest.sources.claude_code.timeline import Entry
from orchestration.ingest.sources.claude_code.who_speaks import (
    CAVEAT_STARTS,
    COMMAND_OUTPUT_STARTS,
    HOOK_STARTS,
    INTERRUPT_START,
    Speaker,
    Utterance,
    leading_tags,
    read_utterance,
    reminders_in,
    text_of,
    without_reminders,
    words_beside_result,
)

_KIND_OF_SPEAKER: Mapping[Speaker, HarnessTextKind] = {
    "compaction_summary": "compaction_summary",
    "interrupt": "interrupt",
    "command_output": "command_output",
    "shell_output": "shell_output",
    "notification": "notification",
    "machine_message": "machine_message",
    "hook": "hook",
    "warmup": "warmup",
}
_KIND_OF_START: tuple[tuple[tuple[str, ...], HarnessTextKind], ...] = (
    (CAVEAT_STARTS, "caveat"),
    (HOOK_STARTS, "hook"),
    (("<system-reminder>",), "reminder"),
    ((INTERRUPT_START,), "interrupt"),
    (COMMAND_OUTPUT_STARTS, "command_output"),
)


class HarnessText(NamedTuple):
    """One text of the harness. Alone in its record it has the record's id, else a part number is added."""

    harness_text_id: str
    kind: HarnessTextKind
    text: str


def harness_texts_of(entry: Entry, said: Utterance | None = None) -> list[HarnessText]:
    """The harness's texts in one record, in their order; `said`: what the record is, where that is known."""
    if entry.type == "user":
        utterance = said or read_utterance(entry.record)
        return _in_user_record(entry, utterance)
    content = entry.record.get("content")
    is_output = entry.type == "system" and entry.record.get("subtype") == "local_command"
    if is_output and isinstance(content, str) and content.lstrip().startswith(COMMAND_OUTPUT_STARTS):
        return [HarnessText(entry.record_id, "command_output", content)]
    return []


def harness_text_row(
    found: HarnessText, entry: Entry, owner: Owner, kept: KeptText, *, turn_id: str | None
) -> RawHarnessText:
    """The row of one text, redacted and cut to head and tail."""
    return RawHarnessText(
        harness_text_id=found.harness_text_id,
        session_id=owner.session_id,
        turn_id=turn_id,
        user_id=owner.user_id,
        project_id=owner.project_id,
        source=owner.source,
        agent_id=entry.agent_id,
        record_id=entry.record_id,
        text_kind=found.kind,
        written_at=entry.at,
        text=kept.cut(found.text),
        byte_count=byte_count(found.text),
        is_sidechain=entry.is_sidechain,
    )


def _in_user_record(entry: Entry, said: Utterance) -> list[HarnessText]:
    text, speaker = text_of(entry.record["message"].get("content"))[0], said.speaker
    if not text.strip():
        return []
    if speaker in _KIND_OF_SPEAKER:
        return [HarnessText(entry.record_id, _KIND_OF_SPEAKER[speaker], text)]
    if speaker == "injected" and entry.record.get("isMeta") is True:
        return [HarnessText(entry.record_id, _kind_by_start(text), text)]
    parts = _parts_of(entry, speaker, text)
    if speaker == "injected" and len(parts) == 1:
        return [HarnessText(entry.record_id, *parts[0])]
    # The record's own id is somebody else's here: what is cited as theirs must not be the harness's.
    return [
        HarnessText(f"{entry.record_id}:{number}", kind, part)
        for number, (kind, part) in enumerate(parts, start=1)
    ]


def _parts_of(entry: Entry, speaker: Speaker, text: str) -> list[tuple[HarnessTextKind, str]]:
    """What the harness wrote into a record beside a human's words, the agent's brief or a tool's result."""
    if speaker == "tool_result":
        parts = _reminders(text)
        rest = without_reminders(text).strip()
        return [*parts, (_kind_by_start(rest), rest)] if _is_of_harness(rest, entry) else parts
    if speaker == "injected" and text.lstrip().startswith(CAVEAT_STARTS):
        return [("caveat", text)]
    if speaker not in ("prompt", "image", "plan_implementation", "command", "injected"):
        return []
    tags, rest = leading_tags(text)
    parts = [("reminder" if tag == "system-reminder" else "editor", part) for tag, part in tags]
    # The prompt that the harness writes for an accepted plan is an act with all of its text.
    return parts if speaker == "plan_implementation" else [*parts, *_reminders(rest)]


def _reminders(text: str) -> list[tuple[HarnessTextKind, str]]:
    return [("reminder", part) for part in reminders_in(text)]


def _is_of_harness(rest: str, entry: Entry) -> bool:
    return bool(rest) and words_beside_result(entry.record) is None


def _kind_by_start(text: str) -> HarnessTextKind:
    head = text.lstrip()
    return next((kind for starts, kind in _KIND_OF_START if head.startswith(starts)), "injected")
