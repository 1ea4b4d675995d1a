"""The exchanges of one session → its rows. Only what is new in an exchange is landed.

A request repeats all that was said before. Its answer is new; of its messages, what no earlier exchange of
the session has brought: results go to their calls, and the rest are texts in the conversation, for whoever
reads it. Texts count in no measure, so a request that stands alone brings its whole context and counts once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from orchestration.ingest.drift import DriftCounts
from orchestration.ingest.json_values import string_of
from orchestration.ingest.pseudonyms import Pseudonyms
from orchestration.ingest.redaction.kept_text import KeptText
from orchestration.ingest.rows import (
    HarnessTextKind,
    Owner,
    RawRedaction,
    RawSession,
    RawSessionAlias,
    row_of,
)
from orchestration.ingest.sources.api_traffic.calls import Calls
from orchestration.ingest.sources.api_traffic.content import (
    CALLS,
    KNOWN_BLOCKS,
    KNOWN_STOP_REASONS,
    Block,
    Message,
    as_json,
    is_result,
    text_of,
    texts_in,
)
from orchestration.ingest.sources.api_traffic.exchange import Exchange
from orchestration.ingest.sources.api_traffic.links import said_digest
from orchestration.ingest.sources.api_traffic.template import template_of
from orchestration.ingest.sources.api_traffic.work_rows import (
    ContextText,
    harness_text_row,
    response_row,
    tool_call_row,
)
from orchestration.ingest.sources.source import SessionTables
from orchestration.ingest.time_spans import union_seconds

MOST_MESSAGES = 16
"""Messages before an answer that are kept besides the first, from the last backwards. A log repeats them
in every request: kept whole they would be as many as its square."""


@dataclass(frozen=True)
class AssembleOptions:
    """What assembling depends on besides the exchanges."""

    agent: str
    pseudonyms: Pseudonyms
    is_linked: bool
    file_count: int


def assemble_session(
    exchanges: list[Exchange],
    *,
    owner: Owner,
    aliases: Iterable[str],
    kept: KeptText,
    options: AssembleOptions,
) -> SessionTables:
    """All rows of a session whose exchanges are in time order."""
    reader = _Reader(options)
    for exchange in exchanges:
        reader.read(exchange)
    ids = _response_ids(exchanges)
    tables: dict[str, list[tuple[Any, ...]]] = {
        "raw_responses": [response_row(each, ids[each.stamp], owner, kept) for each in exchanges],
        "raw_tool_calls": [
            tool_call_row(
                call, ids[call.exchange.stamp], reader.deployments[call.exchange.stamp], owner, kept
            )
            for call in reader.calls.calls
        ],
        "raw_harness_texts": [harness_text_row(text, owner, kept) for text in reader.texts],
        "raw_session_aliases": [
            RawSessionAlias(alias, owner.session_id, owner.source)
            for alias in sorted(aliases)
            if alias != owner.session_id
        ],
        "raw_drift": list(reader.drift.rows(owner.session_id, owner.source)),
        "raw_sessions": [_session_row(exchanges, reader, owner, options)],
    }
    tables["raw_redactions"] = [
        RawRedaction(owner.session_id, owner.source, kind, number)
        for kind, number in sorted(kept.redactions.items())
    ]
    return {name: rows for name, rows in tables.items() if rows}


class _Reader:
    """Reads the exchanges of one session in time order, and remembers what they have said."""

    def __init__(self, options: AssembleOptions) -> None:
        self.calls = Calls()
        self.texts: list[ContextText] = []
        self.drift = DriftCounts()
        self.deployments: dict[str, str] = {}
        self.continued: set[bytes] = set()
        self.ends: set[bytes] = set()
        self._said: set[bytes] = set()
        self._options = options

    def read(self, exchange: Exchange) -> None:
        """One exchange: what its request brings that is new, and its answer."""
        numbers = iter(range(10**9))
        template = template_of(exchange.system)
        self.deployments[exchange.stamp] = self._options.pseudonyms.deployment(
            f"{exchange.key_hash}\0{template}"
        )
        prompt = _next(b"system", template.encode("utf-8", "replace"))
        if prompt not in self._said:
            self._said.add(prompt)
            self._text(exchange, next(numbers), "system_prompt", exchange.system)
        for message in self._unsaid(exchange):
            if message is None:
                left_out = "[earlier messages of the request are not kept]"
                self._text(exchange, next(numbers), "request_message", left_out)
            else:
                self._message(exchange, message, numbers)
        self._note_unknown(exchange.answer.blocks)
        if exchange.answer.stop_reason and exchange.answer.stop_reason not in KNOWN_STOP_REASONS:
            self.drift.note("stop_reason", exchange.answer.stop_reason, None)
        calls = (block for block in exchange.answer.blocks if block.get("type") in CALLS)
        for number, block in enumerate(calls):
            self.calls.made(block, exchange, number)
        for block in filter(is_result, exchange.answer.blocks):  # of tools that the API ran itself
            self.calls.ended(block, exchange.ended_at)

    def _unsaid(self, exchange: Exchange) -> Iterator[Message | None]:
        """The messages that no earlier exchange has brought, without those in the middle (None)."""
        new, before, before_answer = list[Message](), b"", b""
        for place, message in enumerate(exchange.messages, start=1):
            if (digest := said_digest(message)) is None:
                continue
            before = _next(before, digest)
            if place <= len(exchange.asked):
                before_answer = before
            if message.role == "assistant":
                self.continued.add(before)
            if before not in self._said:
                self._said.add(before)
                new.append(message)
        end = _next(before_answer, said_digest(exchange.answered) or b"")
        self._said.add(end)
        self.ends.add(end)
        if len(new) <= MOST_MESSAGES + 1:
            yield from new
        else:
            yield from (new[0], None, *new[-MOST_MESSAGES:])

    def _message(self, exchange: Exchange, message: Message, numbers: Iterator[int]) -> None:
        """What a message of the request brings: results of calls, and texts for whoever reads on."""
        self._note_unknown(message.blocks)
        is_answer = message.role == "assistant"
        kind: HarnessTextKind = "earlier_answer" if is_answer else "request_message"
        self._text(exchange, next(numbers), kind, texts_in(message.blocks))
        for block in message.blocks:
            if block.get("type") in CALLS:
                asked = f"{string_of(block.get('name')) or 'unknown'} {as_json(block.get('input'))}"
                self._text(exchange, next(numbers), "earlier_answer", asked)
            elif is_result(block) and not self.calls.ended(block, exchange.at):
                self._text(exchange, next(numbers), "earlier_result", text_of(block.get("content")))

    def _text(self, exchange: Exchange, number: int, kind: HarnessTextKind, text: str) -> None:
        if text.strip():
            self.texts.append(ContextText(exchange, number, kind, text))

    def _note_unknown(self, blocks: Iterable[Block]) -> None:
        for block in blocks:
            if block.get("type") not in KNOWN_BLOCKS:
                self.drift.note("content_block", block.get("type"), None, block)


def _next(before: bytes, digest: bytes) -> bytes:
    return blake2b(before + digest, digest_size=16).digest()


def _response_ids(exchanges: list[Exchange]) -> dict[str, str]:
    """The key of each answer's row, by stamp: a gateway may give an id twice."""
    stated = [exchange.answer.response_id for exchange in exchanges]
    return {
        exchange.stamp: said if (said := exchange.answer.response_id) and stated.count(said) == 1
        else exchange.stamp
        for exchange in exchanges
    }  # fmt: skip


def _session_row(
    exchanges: list[Exchange], reader: _Reader, owner: Owner, options: AssembleOptions
) -> RawSession:
    row: RawSession = row_of(
        RawSession,
        owner,
        agent=options.agent,
        started_at=exchanges[0].at,
        ended_at=max(exchange.ended_at for exchange in exchanges),
        surface="api_chain" if options.is_linked else "api_request",
        file_count=options.file_count,
        branch_count=len(reader.ends - reader.continued) or 1,
        record_count=len(exchanges),
        subagent_count=0,
        turn_duration_record_count=0,
        active_seconds=union_seconds((exchange.at, exchange.ended_at) for exchange in exchanges),
        is_cleared_start=False,
        is_warmup_only=False,
        has_late_records=False,
    )
    return row
