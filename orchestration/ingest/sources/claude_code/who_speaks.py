"""Who speaks in a `type:"user"` record: most of them are not the user.

The tests of TRANSCRIPT_FORMAT §2, in that order, on structure first and on the start of the text only:
the same strings occur inside tool results and pasted transcripts. Also what a human said inside a
tool result (feedback, answers). Knows texts, nothing of turns.
"""

import re
from typing import Any, Literal, NamedTuple

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
    "plan_implementation",
    "hook",
    "image",
    "prompt",
    "warmup",
]


class Utterance(NamedTuple):
    """What a user record is, and the human's own text where there is one."""

    speaker: Speaker
    text: str
    command_name: str | None = None
    has_image: bool = False


_SUMMARY_START = "This session is being continued from a previous conversation"
CAVEAT_STARTS = ("<local-command-caveat>", "Caveat: The messages below")
HOOK_STARTS = ("Operation stopped by hook", "Stop hook feedback")
COMMAND_OUTPUT_STARTS = ("<local-command-stdout>", "<local-command-stderr>")
INTERRUPT_START = "[Request interrupted"
PLAN_START = "Implement the following plan:"
_COMMAND_NAME = re.compile(r"<command-name>\s*/?(.*?)\s*</command-name>", re.S)
_COMMAND_MESSAGE = re.compile(r"<command-message>\s*/?(.*?)\s*</command-message>", re.S)
_COMMAND_ARGS = re.compile(r"<command-args>(.*?)</command-args>", re.S)
_SHELL_INPUT = re.compile(r"<bash-input>(.*?)(?:</bash-input>|\Z)", re.S)
_LEADING_TAG = re.compile(
    r"\s*<(ide_opened_file|ide_selection|ide_diagnostics|system-reminder)>.*?(?:</\1>|\Z)\s*", re.S
)
_REMINDER = re.compile(r"<system-reminder>.*?(?:</system-reminder>|\Z)", re.S)
_FEEDBACK = re.compile(r"the user said:\s*(.*)\Z", re.S)
_HARNESS_FEEDBACK = "The user wants to clarify these questions."
"""What the harness says for a human who declines a question to talk about it first."""
_FEEDBACK_NOTE = re.compile(r"\n\nNote: The user's next message may contain.*\Z", re.S)


def text_of(content: Any) -> tuple[str, bool]:
    """The text blocks of a message's content joined by newlines, and whether it holds an image."""
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
            elif block.get("type") == "image":
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
    text, has_image = text_of(content)
    head = text.lstrip()
    if record.get("isCompactSummary") is True or head.startswith(_SUMMARY_START):
        return Utterance("compaction_summary", "")
    if record.get("isMeta") is True:
        return Utterance("injected", "")
    if head.startswith(f"{INTERRUPT_START} by user"):
        return Utterance("interrupt", "")
    return _read_tagged(record, head) or _read_prompt(record, text, has_image)


def _read_tagged(record: dict[str, Any], head: str) -> Utterance | None:
    """Rows 5 to 8 of the table: texts in the harness's own tags."""
    if head.startswith(("<command-name>", "<command-message>")):
        return read_command(head)
    if head.startswith(COMMAND_OUTPUT_STARTS):
        return Utterance("command_output", "")
    if head.startswith(CAVEAT_STARTS):
        return Utterance("injected", "")
    if head.startswith("<bash-input>"):
        match = _SHELL_INPUT.match(head)
        return Utterance("shell_input", match.group(1) if match else "")
    if head.startswith(("<bash-stdout>", "<bash-stderr>")):
        return Utterance("shell_output", "")
    origin = record.get("origin")
    if head.startswith("<task-notification>") or (
        isinstance(origin, dict) and origin.get("kind") == "task-notification"
    ):
        return Utterance("notification", "")
    return None


def _read_prompt(record: dict[str, Any], text: str, has_image: bool) -> Utterance:
    """Rows 9 to 13: what is left once leading tags are stripped."""
    _, stripped = leading_tags(text)
    if not stripped.strip() and not has_image:
        return Utterance("injected", "")
    if stripped.startswith(PLAN_START) or isinstance(record.get("planContent"), str):
        return Utterance("plan_implementation", stripped)
    if stripped.startswith(HOOK_STARTS):
        return Utterance("hook", "")
    if record.get("isSidechain") is True and stripped.strip() == "Warmup":
        return Utterance("warmup", "")
    if has_image and not stripped.strip():
        return Utterance("image", "", has_image=True)
    return Utterance("prompt", without_reminders(stripped), has_image=has_image)


def read_command(text: str) -> Utterance:
    """A slash command: its name without the slash, and its arguments as the human's text."""
    name = _COMMAND_NAME.search(text) or _COMMAND_MESSAGE.search(text)
    args = _COMMAND_ARGS.search(text)
    return Utterance(
        "command", args.group(1).strip() if args else "", command_name=name.group(1) if name else None
    )


def is_human_queue_text(content: str) -> bool:
    """Whether an enqueued text was typed: notices of the harness come in tags."""
    head = content.lstrip()
    return bool(head) and not head.startswith(
        ('{"task_id"', "<task-notification>", "<system-reminder>", "<local-command", "<bash-", "<command-")
    )


def words_beside_result(record: dict[str, Any]) -> str | None:
    """A human's words in a text block beside a tool result; marks and reminders of the harness are none."""
    words = without_reminders(text_of(record["message"].get("content"))[0]).strip()
    is_harness = record.get("isMeta") is True or words.startswith((INTERRUPT_START, "[Image", "<"))
    return None if is_harness or not words else words


def feedback_in(result_text: str) -> str | None:
    """The human's feedback hidden in the result of a denied tool call, if any."""
    match = _FEEDBACK.search(result_text)
    if not match or match.group(1).startswith(_HARNESS_FEEDBACK):
        return None
    return _FEEDBACK_NOTE.sub("", match.group(1)).strip() or None


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
