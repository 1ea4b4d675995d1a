"""Who speaks in a message: a person, the harness, or an agent that briefs another.

One table says which texts are the harness's and of which kind; the record decides first: a person's
words stand in a `user_message` event, developer messages are never anyone's words.
"""

import re
from typing import Any, NamedTuple

from orchestration.ingest.rows import HarnessTextKind

_STARTS: tuple[tuple[str, HarnessTextKind], ...] = (
    ("<environment_context>", "injected"),
    ("<user_instructions>", "injected"),
    ("# AGENTS.md instructions", "injected"),
    ("<INSTRUCTIONS>", "injected"),
    ("<permissions instructions>", "injected"),
    ("<collaboration_mode>", "injected"),
    ("<multi_agent_mode>", "injected"),
    ("<skills_instructions>", "injected"),
    ("<recommended_plugins>", "injected"),
    ("<skill>", "injected"),
    ("<model_switch>", "injected"),
    ("<personality_spec>", "injected"),
    ("<user_action>", "injected"),  # the findings of a review, given back to the main thread
    ("<user_shell_command>", "shell_output"),  # `!` mode: the command and what it printed
    ("<subagent_notification>", "notification"),
    ("<turn_aborted>", "interrupt"),
    ("<hook_", "hook"),
    ("Another language model started to solve this problem", "compaction_summary"),
    ("You are the newly spawned agent.", "injected"),
    ("<image name=", "injected"),
    ("</image>", "injected"),
)
"""Starts of the harness's texts in user messages, CLI 0.118 to 0.145."""

_EDITOR_STARTS = ("# Context from my IDE setup:", "# Files mentioned by the user:")
_REQUEST = re.compile(r"^#{1,3} My request for Codex:[ \t]*\n?", re.M)


class Spoken(NamedTuple):
    """A person's words, and what the editor put before them."""

    words: str
    editor_text: str | None


def text_parts(content: Any) -> list[str]:
    """The texts of a message's content parts, in order; images and files have none."""
    if isinstance(content, str):
        return [content]
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
    return [text for text in texts if isinstance(text, str)]


def has_image(content: Any) -> bool:
    """Whether a message's content holds an image."""
    return isinstance(content, list) and any(
        isinstance(part, dict) and part.get("type") in ("input_image", "image") for part in content
    )


def harness_kind(text: str) -> HarnessTextKind | None:
    """The kind of a text that the harness wrote into a user message; None where its start is not known."""
    head = text.lstrip()
    return next((kind for start, kind in _STARTS if head.startswith(start)), None)


def spoken_in(message: str) -> Spoken:
    """A person's words in a message: what an editor put before them is taken off."""
    head = message.lstrip()
    if head.startswith(_EDITOR_STARTS):
        request = _REQUEST.search(head)
        if request is not None:
            return Spoken(head[request.end() :].strip(), head[: request.start()].rstrip())
    return Spoken(message, None)
