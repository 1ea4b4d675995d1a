"""Which requests continue each other, by keyed hashes of what was said, and by nothing else.

A request carries all that was said before. Where that begins with an earlier request and its answer, it is
that one's successor. Kept are a hash of every exchange as it ended, and of the last few places in a request
where an answer ended: these are the record and the parents that the archive's lineage joins. Where a client
has put a summary in the place of what was said, no prefix is left: the first request after it is known by
lines of the summary, which an earlier answer wrote. The key of the hashes is of one month, one customer and
one API key, so that nobody else's requests can ever match. The same words said in two conversations are
contested there, and connect nobody.
"""

import hmac
import re
from collections.abc import Iterable
from datetime import date, timedelta
from hashlib import blake2b
from itertools import pairwise

from orchestration.ingest.json_values import string_of
from orchestration.ingest.scanned_file import ID_BYTES, LineageKeys, record_key
from orchestration.ingest.sources.api_traffic.content import (
    CALLS,
    TEXTS,
    THOUGHTS,
    Block,
    Message,
    as_json,
    is_result,
    text_of,
    texts_in,
)
from orchestration.ingest.sources.api_traffic.exchange import Exchange
from orchestration.ingest.sources.source import SourceOptions

MOST_PARENTS = 4
"""Ends of answers that are looked for, from the last backwards: the log may lack some exchanges."""

LEAST_QUOTED = 80
"""Characters of a long line. Two of them, one after the other, are no coincidence where a first message has
them from an answer."""

MOST_QUOTED = 4
"""Pairs of lines of an answer that are looked for in first messages: its longest."""

MOST_LINES = 400
"""Pairs of lines of a first message that are looked up; a summary has fewer."""

NO_KEYS = LineageKeys(frozenset(), frozenset(), frozenset())

_REMINDER = re.compile(r"<system-reminder>.*?</system-reminder>", re.DOTALL)
"""Put in by clients, and taken out again in the next request."""

_RANDOM_ID = re.compile(r"(?:toolu|srvtoolu|mcptoolu|call|fc|tooluse|chatcmpl-tool)[_-][\w-]{16,}\Z")
"""Ids of tool calls that their maker drew at random: they say which call it is. Others are counters."""


def said_digest(message: Message) -> bytes | None:
    """A digest of what a message says; None where nothing is left of it.

    Left out is what clients change from request to request: thoughts, marks for the cache, reminders, blanks
    at the ends, the text of a result whose call's id is random (old results are cleared).
    """
    items = [item for block in message.blocks if (item := _item(block)) is not None]
    if not items:
        return None
    return blake2b(repr((message.role, items)).encode("utf-8", "replace"), digest_size=ID_BYTES).digest()


def _item(block: Block) -> tuple[str, ...] | None:
    kind = string_of(block.get("type")) or ""
    if kind in TEXTS:
        text = _REMINDER.sub("", text_of(block)).strip()
        return ("text", text) if text else None
    if kind in THOUGHTS:
        return None
    call_id = string_of(block.get("tool_use_id" if is_result(block) else "id")) or ""
    if kind in CALLS:
        name = string_of(block.get("name")) or ""
        return ("call", call_id) if _RANDOM_ID.match(call_id) else ("call", name, as_json(block.get("input")))
    if is_result(block):
        return ("result", call_id) if _RANDOM_ID.match(call_id) else ("result", text_of(block.get("content")))
    return ("other", kind)


def lineage_keys(exchanges: list[Exchange], options: SourceOptions) -> LineageKeys:
    """The keys of every exchange of a file; none where linking is off, or for whom no customer is known."""
    if not options.links_requests:
        return NO_KEYS
    records, parents = set[tuple[bytes, str]](), set[tuple[bytes, str]]()
    for exchange in exchanges:
        if exchange.customer is None:
            continue
        ends, befores = keys_of(exchange, options)
        records.update((end, exchange.stamp) for end in ends)
        parents.update((before, exchange.stamp) for before in befores)
    return LineageKeys(frozenset(records), frozenset(parents), frozenset())


def keys_of(exchange: Exchange, options: SourceOptions) -> tuple[list[bytes], list[bytes]]:
    """By what later requests know the exchange, and by what it knows earlier ones."""
    messages, answered = exchange.asked, exchange.answered
    said = [(message.role, digest) for message in messages if (digest := said_digest(message)) is not None]
    month = exchange.at.date().replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    # An exchange of the last days of a month is continued in the next: its hash is of its own month.
    own, last = (_month_key(exchange, each, options) for each in (month, before))
    end = _next(_chain(said, own)[-1], said_digest(answered) or b"", own)
    known_by = [end, *(_quoted(pair, own) for pair in _long_pairs(answered.blocks)[:MOST_QUOTED])]
    answers = [place for place, (role, _) in enumerate(said, start=1) if role == "assistant"][-MOST_PARENTS:]
    if answers:
        knows = [chain[place] for chain in (_chain(said, own), _chain(said, last)) for place in answers]
    else:
        first = [block for message in messages for block in message.blocks]
        knows = [_quoted(pair, key) for pair in _long_pairs(first)[:MOST_LINES] for key in (own, last)]
    return [record_key(each, exchange.stamp) for each in dict.fromkeys(known_by)], knows


def _long_pairs(blocks: Iterable[Block]) -> list[str]:
    """Neighbours among the long lines of a message's words, the longest first."""
    stripped = (line.strip() for line in _REMINDER.sub("", texts_in(blocks)).splitlines())
    lines = [line for line in stripped if len(line) >= LEAST_QUOTED]
    pairs = {f"{one}\n{other}" for one, other in pairwise(lines)}
    return sorted(pairs, key=lambda pair: (-len(pair), pair))


def _quoted(pair: str, key: bytes) -> bytes:
    data = pair.encode("utf-8", "replace")
    return blake2b(data, key=key, digest_size=ID_BYTES, person=b"quoted lines").digest()


def _month_key(exchange: Exchange, month: date, options: SourceOptions) -> bytes:
    scope = f"{month.isoformat()}\0{exchange.key_hash}\0{(exchange.customer or '').casefold()}"
    return hmac.digest(options.key or b"no key", scope.encode("utf-8", "replace"), "sha256")


def _chain(said: list[tuple[str, bytes]], key: bytes) -> list[bytes]:
    """The hash before the first message, and after each."""
    hashes = [blake2b(b"", key=key, digest_size=ID_BYTES).digest()]
    for _, digest in said:
        hashes.append(_next(hashes[-1], digest, key))
    return hashes


def _next(before: bytes, digest: bytes, key: bytes) -> bytes:
    return blake2b(before + digest, key=key, digest_size=ID_BYTES).digest()
