"""Which assistant lines form one response, and what that response is called in its session.

An API response is several lines, and its ids are only as unique as whoever made them: a gateway may
answer everything with one message id. So a message id joins lines only with the same request id, or,
where a line has none, within one conversation until something answered it. Knows ids and order, not
what the lines say.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestration.ingest.json_values import count_of, string_of
from orchestration.ingest.sources.claude_code.timeline import Entry

Conversation = tuple[bool, str | None, int]
"""The main conversation of a branch, or one sub-agent's."""


@dataclass(slots=True)
class Lines:
    """The lines of one response as far as their ids tell. `prompt_figures`: its input and cache counts."""

    message_id: str | None
    request_id: str | None
    model: str | None
    first: Entry
    conversation: Conversation
    prompts_seen: int
    prompt_figures: tuple[int | None, ...] | None
    calls: set[str] = field(default_factory=set)
    has_answer: bool = False
    response_id: str = ""


class LineGrouper:
    """Takes the entries of a session in time order and says of each assistant line whose it is."""

    def __init__(self) -> None:
        self.groups: list[Lines] = []
        self._by_ids: dict[tuple[str | None, str, str | None], Lines] = {}
        self._by_message: dict[tuple[Conversation, str], Lines] = {}
        self._by_call: dict[tuple[Conversation, str], Lines] = {}
        self._prompts: Counter[Conversation] = Counter()

    def add_line(self, entry: Entry) -> Lines:
        """The response of an assistant line: one that is known, or a new one."""
        message = entry.record["message"]
        message_id = string_of(message.get("id")) or None
        request_id = string_of(entry.record.get("requestId")) or None
        model, conversation = string_of(message.get("model")), conversation_of(entry)
        figures = _prompt_figures(message.get("usage"))
        lines = self._known(message_id, request_id, model, conversation, figures)
        if lines is None:
            lines = Lines(
                message_id, request_id, model, entry, conversation, self._prompts[conversation], figures
            )
            self.groups.append(lines)
        lines.request_id = lines.request_id or request_id
        if message_id is not None:
            self._by_message[(conversation, message_id)] = lines
        if request_id is not None:
            self._by_ids[(message_id, request_id, model)] = lines
        for tool_use_id in call_ids(message.get("content")):
            lines.calls.add(tool_use_id)
            self._by_call[(conversation, tool_use_id)] = lines
        return lines

    def add_user_record(self, entry: Entry, results: Sequence[dict[str, Any]]) -> None:
        """What ends a response that no request id holds together: a result of its calls, or a prompt."""
        conversation = conversation_of(entry)
        for block in results:
            lines = self._by_call.get((conversation, str(block.get("tool_use_id"))))
            if lines is not None:
                lines.has_answer = True
        if not results and entry.record.get("isMeta") is not True:
            self._prompts[conversation] += 1

    def _known(
        self,
        message_id: str | None,
        request_id: str | None,
        model: str | None,
        conversation: Conversation,
        figures: tuple[int | None, ...] | None,
    ) -> Lines | None:
        exact = self._by_ids.get((message_id, request_id, model)) if request_id is not None else None
        if exact is not None:
            # All lines of a response repeat its prompt's figures: others are another request's.
            is_other = self._is_answered(exact) and None not in (figures, exact.prompt_figures)
            return None if is_other and figures != exact.prompt_figures else exact
        loose = self._by_message.get((conversation, message_id)) if message_id is not None else None
        if loose is None or loose.model != model or self._is_answered(loose):
            return None
        return loose if request_id is None or loose.request_id is None else None

    def _is_answered(self, lines: Lines) -> bool:
        """Whether a result of its calls, or a prompt, followed the response: the next one is another."""
        return lines.has_answer or lines.prompts_seen != self._prompts[lines.conversation]

    def name_all(self) -> None:
        """Give every response its id: the message id where that is unique in the session.

        Else message and request id together, else with the id of the first record: never a position, so
        that the order of files does not matter.
        """
        self._name(self.groups, level=0)

    def _name(self, groups: list[Lines], *, level: int) -> None:
        named: dict[str, list[Lines]] = {}
        for lines in groups:
            named.setdefault(_name_of(lines, level), []).append(lines)
        for name, same in named.items():
            if len(same) == 1 or level == 2:
                for lines in same:
                    lines.response_id = name
            else:
                self._name(same, level=level + 1)


def _name_of(lines: Lines, level: int) -> str:
    own, record_id = lines.message_id or lines.request_id, lines.first.record_id
    if own is None:
        return record_id
    if level == 0:
        return own
    return f"{own}/{(lines.request_id if level == 1 else None) or record_id}"


def conversation_of(entry: Entry) -> Conversation:
    """Whose conversation a record belongs to: ids that count from zero count within one."""
    if entry.is_sidechain:
        return True, entry.agent_id, 0
    return False, None, entry.branch


def call_ids(content: object) -> list[str]:
    """Ids of the tool calls on a line."""
    return [
        block["id"]
        for block in (content if isinstance(content, list) else ())
        if isinstance(block, dict) and block.get("type") == "tool_use" and isinstance(block.get("id"), str)
    ]


def _prompt_figures(usage: object) -> tuple[int | None, ...] | None:
    """Input and cache counts of a line; None where it states none."""
    if not isinstance(usage, dict):
        return None
    names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    return tuple(count_of(usage.get(name)) for name in names)
