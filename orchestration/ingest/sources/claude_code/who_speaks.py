"""Who speaks in a `type:"user"` record: most of them are not the user.

What the record states comes first (`stated_voice`), structure next, the start of the text last: the same
strings occur inside tool results and pasted transcripts. Also what a human said beside a tool result, and
the answers to questions. Knows texts, nothing of turns.
"""

import re
from typing import Any, Literal, NamedTuple

from orchestration.ingest.sources.claude_code.stated_voice import (
    Voice,
    is_person,
    is_unattended,
    origin_kind,
    stated_voice,
)
from orchestration.ingest.sources.claude_code.texts import TextKind, record_text, starts_of

Speaker = Literal[
    "tool_result",
    "compaction_summary",
    "injected",
    "interrupt",
    "command",
    "command_output",
    "shell_input",
    "shell_output",
    "notification",
    "machine_message",
    "plan_implementation",
    "hook",
    "image",
    "prompt",
    "warmup",
]


class Utterance(NamedTuple):
    """What a user record is, and the human's own text where there is one.

    `voice` is what the record states of its speaker; None where it states nothing.
    """

    speaker: Speaker
    text: str
    command_name: str | None = None
    has_image: bool = False
    voice: Voice | None = None


CAVEAT_STARTS = starts_of("caveat")
HOOK_STARTS = starts_of("hook")
COMMAND_OUTPUT_STARTS = starts_of("command_output")
COMMAND_STARTS = starts_of("command")
INTERRUPT_START = "[Request interrupted"
PLAN_START = starts_of("plan_implementation")[0]
_OF_HARNESS: frozenset[TextKind] = frozenset(
    {"compaction_summary", "interrupt", "command_output", "caveat", "shell_output", "notification", "hook"}
)
_COMMAND_NAME = re.compile(r"<command-name>\s*/?(.*?)\s*</command-name>", re.S)
_COMMAND_MESSAGE = re.compile(r"<command-message>\s*/?(.*?)\s*</command-message>", re.S)
_COMMAND_ARGS = re.compile(r"<command-args>(.*?)</command-args>", re.S)
_SHELL_INPUT = re.compile(r"<bash-input>(.*?)(?:</bash-input>|\Z)", re.S)
_MEMORY_NOTE = re.compile(r"<user-memory-input>(.*?)(?:</user-memory-input>|\Z)", re.S)
_CHANNEL = re.compile(r"\s*<channel(?:\s[^>]*)?>(.*?)(?:</channel>\s*|\Z)", re.S)
_LEADING_TAG = re.compile(
    r"\s*<(ide_opened_file|ide_selection|ide_diagnostics|system-reminder)>.*?(?:</\1>|\Z)\s*", re.S
)
_REMINDER = re.compile(r"<system-reminder>.*?(?:</system-reminder>|\Z)", re.S)


def text_of(content: Any) -> tuple[str, bool]:
    """The text blocks of a message's content joined by newlines, and whether it holds an image or a file."""
    if isinstance(content, str):
        return content, False
    if not isinstance(content, list):
        return "", False
    texts, has_image = [], False
    for block in content:
        if isinstance(block, str):
            texts.append(block)
        elif isinstance(block, dict):
            if block.get("type") == "text" and isinstance(block.get("text"), str):
                texts.append(block["text"])
            elif block.get("type") in ("image", "document"):
                has_image = True
    return "\n".join(texts), has_image


def without_reminders(text: str) -> str:
    """The text without the harness's reminders; cheap where there are none."""
    return _REMINDER.sub("", text) if "<system-reminder>" in text else text


def reminders_in(text: str) -> list[str]:
    """The harness's reminders in a text, with their tags."""
    return _REMINDER.findall(text) if "<system-reminder>" in text else []


def leading_tags(text: str) -> tuple[list[tuple[str, str]], str]:
    """What the harness put before a text, as tag and element, and the text that is left."""
    tags: list[tuple[str, str]] = []
    while match := _LEADING_TAG.match(text):
        tags.append((match.group(1), match.group().strip()))
        text = text[match.end() :]
    return tags, text


def read_utterance(record: dict[str, Any]) -> Utterance:
    """Classify one `type:"user"` record; `text` is the human's own words, empty where nobody speaks."""
    content = record["message"].get("content")
    if isinstance(content, list) and any(
        isinstance(block, dict) and block.get("type") == "tool_result" for block in content
    ):
        return Utterance("tool_result", "")
    if record.get("isCompactSummary") is True:
        return Utterance("compaction_summary", "")
    return read_said(record, content)


def read_said(fields: dict[str, Any], content: Any) -> Utterance:
    """Who says `content`, by what `fields` state of it: one reading for records, queue and attachments."""
    text, has_image = text_of(content)
    voice = stated_voice(fields)
    head = leading_tags(text)[1].lstrip()
    if voice == "injected" and head.startswith("<channel "):
        voice = "channel"  # versions before 2.1.112 state no origin
    said = _of_machine(fields, head, voice) if not is_person(voice) else None
    return (said or _of_person(fields, text, has_image, voice))._replace(voice=voice)


def _of_machine(fields: dict[str, Any], head: str, voice: Voice | None) -> Utterance | None:
    """What the harness or another agent says, stated or told by its text; None where a human may speak."""
    row = record_text(head, _OF_HARNESS)
    kind = row.kind if row else None
    if kind == "compaction_summary":
        return Utterance("compaction_summary", "")
    if voice == "injected":
        return Utterance("injected", "")
    if voice == "machine":
        if origin_kind(fields) == "task-notification":
            return Utterance("notification", "")
        if kind is None:
            is_tagged = head.startswith((*COMMAND_STARTS, "<bash-input>"))
            return Utterance("injected" if is_tagged and is_unattended(fields) else "machine_message", "")
    if kind is not None:
        return Utterance("injected" if kind == "caveat" else kind, "")
    return Utterance("machine_message", "") if record_text(head, ("machine_message",)) else None


def _of_person(fields: dict[str, Any], text: str, has_image: bool, voice: Voice | None) -> Utterance:
    """A human's words without what the harness put before them; also the plan it writes for one."""
    if voice == "channel" and (match := _CHANNEL.match(text)):
        text = f"{match.group(1).strip()}{text[match.end() :]}"
    _, stripped = leading_tags(text)
    head = stripped.lstrip()
    if head.startswith(COMMAND_STARTS):
        return read_command(head)
    if head.startswith("<bash-input>"):
        shell = _SHELL_INPUT.match(head)
        return Utterance("shell_input", shell.group(1) if shell else "")
    if not stripped.strip() and not has_image:
        return Utterance("injected", "")
    is_plan = stripped.startswith(PLAN_START) and not is_person(voice)
    if is_plan or isinstance(fields.get("planContent"), str):
        return Utterance("plan_implementation", stripped)
    if stripped.startswith(HOOK_STARTS) and not is_person(voice):
        return Utterance("hook", "")
    if fields.get("isSidechain") is True and stripped.strip() == "Warmup":
        return Utterance("warmup", "")
    if has_image and not stripped.strip():
        return Utterance("image", "", has_image=True)
    return Utterance("prompt", without_reminders(stripped), has_image=has_image)


def read_command(text: str) -> Utterance:
    """A slash command: its name without the slash, and its arguments as the human's text.

    A note to the memory is one in other clothes: the harness keeps it and sends nothing.
    """
    if note := _MEMORY_NOTE.match(text):
        return Utterance("command", note.group(1).strip(), command_name="memory")
    name = _COMMAND_NAME.search(text) or _COMMAND_MESSAGE.search(text)
    args = _COMMAND_ARGS.search(text)
    return Utterance(
        "command", args.group(1).strip() if args else "", command_name=name.group(1) if name else None
    )


def words_beside_result(record: dict[str, Any]) -> str | None:
    """A human's words in a text block beside a tool result; marks and reminders of the harness are none."""
    words = without_reminders(text_of(record["message"].get("content"))[0]).strip()
    voice = stated_voice(record)
    if is_person(voice):
        return words or None
    is_harness = voice in ("machine", "injected") or words.startswith((INTERRUPT_START, "[Image", "<"))
    return None if is_harness or not words else words


def answers_in(result: Any) -> tuple[str, bool]:
    """The answers to AskUserQuestion as text, and whether a human gave any (a time-out does not)."""
    if not isinstance(result, dict) or not isinstance(result.get("answers"), dict):
        return "", False
    answers = result["answers"]
    notes = result.get("annotations")
    texts = [str(answer) for answer in answers.values() if answer]
    if isinstance(notes, dict):
        written = [note.get("notes") for note in notes.values() if isinstance(note, dict)]
        texts += [words for words in written if isinstance(words, str) and words]
    return "\n".join(texts), bool(texts)
