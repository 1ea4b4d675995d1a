"""Tool calls in the answers of a session, and the results that later requests bring."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orchestration.ingest.json_values import string_of
from orchestration.ingest.sources.api_traffic.content import Block, as_json, text_of
from orchestration.ingest.sources.api_traffic.exchange import Exchange

_A_MOMENT = timedelta(microseconds=1)
"""Before a request was sent its results were there: they are read before its answer."""


@dataclass(slots=True)
class Call:
    """One `tool_use` with what is known of its end. `occurrence`: the how-manyth call of its id."""

    call_id: str
    occurrence: int
    block: Block
    exchange: Exchange
    result: Block | None = None
    resulted_at: datetime | None = None

    @property
    def tool_name(self) -> str:
        return string_of(self.block.get("name")) or "unknown"

    @property
    def asked(self) -> str:
        """The input as JSON, or as the text that the model wrote."""
        given = self.block.get("input")
        return "" if given is None else as_json(given)

    @property
    def result_text(self) -> str:
        return "" if self.result is None else text_of(self.result.get("content"))

    @property
    def has_failed(self) -> bool:
        """Whether the result says so: one in its own words alone is none."""
        if self.result is None:
            return False
        content = self.result.get("content")
        stated = content.get("type") if isinstance(content, dict) else None
        return self.result.get("is_error") is True or (isinstance(stated, str) and stated.endswith("_error"))

    @property
    def path(self) -> str | None:
        """The file that it reads or changes."""
        given = self.block.get("input")
        named: tuple[Any, ...] = (
            tuple(given.get(key) for key in ("file_path", "path", "filePath", "notebook_path"))
            if isinstance(given, dict)
            else ()
        )
        return next((path for path in named if isinstance(path, str) and path.strip()), None)


class Calls:
    """The calls of one session in the order they were made; a result goes to the latest call of its id."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._seen = Counter[str]()
        self._waiting: dict[str, list[Call]] = defaultdict(list)

    def made(self, block: Block, exchange: Exchange, number: int) -> Call:
        """Note a call of an answer."""
        call_id = string_of(block.get("id")) or f"{exchange.stamp}:{number}"
        self._seen[call_id] += 1
        call = Call(call_id, self._seen[call_id], block, exchange)
        self.calls.append(call)
        self._waiting[call_id].append(call)
        return call

    def ended(self, block: Block, at: datetime) -> bool:
        """Give a result to its call; False where no call of the session waits for it."""
        waiting = self._waiting.get(string_of(block.get("tool_use_id")) or "")
        if not waiting:
            return False
        call = waiting.pop()
        call.result, call.resulted_at = block, max(at - _A_MOMENT, call.exchange.ended_at)
        return True
