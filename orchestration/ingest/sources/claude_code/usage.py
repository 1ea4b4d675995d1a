"""What a response's `usage` says: tokens by kind, searches, and the use of other models beside it.

The top-level figures are the answering model's. `iterations` repeats them step by step, and also holds
what another model did for the answer (an advisor, one that declined) or another pass of it (a
compaction): those tokens are not in the top-level figures and are parts of their own. Knows the record's
fields, nothing of rows.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from orchestration.ingest.json_values import count_of, mapping_of, string_of


class Usage(NamedTuple):
    """Tokens of one model by kind; None where a kind is not recorded."""

    input_tokens: int | None
    cache_creation_input_tokens: int | None
    cache_creation_5m_input_tokens: int | None
    cache_creation_1h_input_tokens: int | None
    cache_read_input_tokens: int | None
    output_tokens: int | None
    web_search_request_count: int | None
    web_fetch_request_count: int | None


class SideUsage(NamedTuple):
    """One use of a model beside the answer. `number`: its place among the response's iterations, from 1."""

    number: int
    kind: str
    model: str | None
    usage: Usage


def read_usage(fields: dict[str, Any]) -> Usage:
    """The counts of one `usage` object, or of one of its iterations."""
    creation = mapping_of(fields.get("cache_creation"))
    server = mapping_of(fields.get("server_tool_use"))
    written = count_of(fields.get("cache_creation_input_tokens"))
    minutes = count_of(creation.get("ephemeral_5m_input_tokens"))
    hour = count_of(creation.get("ephemeral_1h_input_tokens"))
    if written is None and minutes is not None and hour is not None:
        written = minutes + hour
    return Usage(
        input_tokens=count_of(fields.get("input_tokens")),
        cache_creation_input_tokens=written,
        cache_creation_5m_input_tokens=minutes,
        cache_creation_1h_input_tokens=hour,
        cache_read_input_tokens=count_of(fields.get("cache_read_input_tokens")),
        output_tokens=count_of(fields.get("output_tokens")),
        web_search_request_count=count_of(server.get("web_search_requests")),
        web_fetch_request_count=count_of(server.get("web_fetch_requests")),
    )


def read_side_usages(
    fields: dict[str, Any], *, model: str | None, advisor_model: str | None
) -> Iterator[SideUsage]:
    """The iterations whose tokens are not in the top-level figures.

    An iteration of type `message` by the answering model repeats them, and so does the `fallback_message`
    of a model that answered because another one declined. The one that declined has a `message` of its own:
    what it said before it stopped counts, and one that said nothing used nothing that anybody pays for. An
    advisor's iteration names its model, else the record does; another pass without a model of its own is the
    answering model's.
    """
    iterations = fields.get("iterations")
    for number, entry in enumerate(iterations if isinstance(iterations, list) else (), start=1):
        if not isinstance(entry, dict):
            continue
        kind = string_of(entry.get("type")) or "message"
        stated = string_of(entry.get("model"))
        usage = read_usage(entry)
        is_answer = kind == "fallback_message" or (kind == "message" and stated in (None, model))
        if is_answer or (kind == "message" and usage.output_tokens == 0):
            continue
        used = stated or (advisor_model if "advisor" in kind else model)
        yield SideUsage(number, kind[:120], used, usage)
