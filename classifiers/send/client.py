"""The way to the API: which client, how many tokens a request has, what a message used.

Not here: what is sent (messages, batches), or what an error of a call means (failures).
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

from classifiers.asking.envelope import OUTPUT_SCHEMA, system_text
from classifiers.asking.label_request import LabelRequest
from classifiers.asking.message_params import document_params, question_params
from classifiers.ledger.prices import TokenUsage
from classifiers.send.failures import PaidCalls

if TYPE_CHECKING:
    from anthropic import Anthropic, AsyncAnthropic

ClientKind = Literal["anthropic", "bedrock", "vertex"]

TOKEN_MARGIN_PERCENT = 2
"""Counts are estimates by their documentation; a reservation must not be too small."""

_COUNT_TIMEOUT_SECONDS = 60.0
_UNCOUNTED_TOKENS = 1_000
"""What the API adds to a prompt that is not counted: roles, the instruction to follow the schema."""

_LOGGERS = ("anthropic", "httpx2", "httpcore2")


class ClientUnavailableError(Exception):
    """The chosen client cannot be opened; the message says what is missing."""


class BatchesUnavailableError(Exception):
    """The chosen client has no message batches."""


@dataclass(frozen=True)
class ClientOptions:
    """Which client, and its patience. `max_retries`: after 429 and 5xx, with the API's own delays.

    `timeout_seconds` is how long an answer may take, and how long the API may ask to wait.
    """

    kind: ClientKind = "anthropic"
    base_url: str | None = None
    timeout_seconds: float = 600.0
    max_retries: int = 4


@dataclass(frozen=True)
class Client:
    """An open way to the API. `api` is for what costs nothing and for batches; `open_async` for messages.

    `token_counts` remembers documents and questions by their hash, for as long as the client is open.
    """

    options: ClientOptions
    api: "Anthropic" = field(repr=False)
    token_counts: dict[bytes, int | None] = field(default_factory=dict, repr=False)

    def open_async(self) -> "AsyncAnthropic":
        """A client for one event loop; close it with `async with`.

        A call that may have left is never repeated by it, because it may be answered and charged.
        """
        client: AsyncAnthropic = _client_type(self.options.kind, is_async=True)(
            **_arguments(self.options), middleware=[PaidCalls(self.options.timeout_seconds)]
        )
        return client

    def require_batches(self) -> None:
        """Raise BatchesUnavailableError unless this client has batches."""
        if self.options.kind != "anthropic":
            raise BatchesUnavailableError(
                f"The {self.options.kind} client has no message batches: send one by one, or choose the "
                "anthropic client."
            )


@contextmanager
def open_client(options: ClientOptions) -> Iterator[Client]:
    """A client with the credentials of the environment; raises ClientUnavailableError.

    The SDK's own logs and traces, which can hold requests, are off whatever the environment says.
    """
    make = _client_type(options.kind, is_async=False)
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    with make(**_arguments(options)) as api:
        if options.kind == "anthropic" and not (api.api_key or api.auth_token or api.credentials):
            raise ClientUnavailableError("No key is set: export ANTHROPIC_API_KEY and run again.")
        yield Client(options, api)


def count_tokens(client: Client, request: LabelRequest) -> int:
    """An upper bound of a request's input tokens: document and question counted apart, and a margin.

    Each document and each question is counted once. Where the API does not count (Bedrock, an error) the
    bound is the number of bytes, because a token holds at least one.
    """
    counted = [
        _counted(client, request.envelope.model, text, params(request))
        for text, params in ((request.document, document_params), (request.question, question_params))
        if text
    ]
    total = sum(count for count in counted if count is not None)
    if None in counted:
        return token_limit(request)
    return -(-total * (100 + TOKEN_MARGIN_PERCENT) // 100)


def token_limit(request: LabelRequest) -> int:
    """More input tokens than the request can have, without asking anyone."""
    texts = (request.document, request.question, system_text(), json.dumps(OUTPUT_SCHEMA))
    return sum(len(text.encode()) for text in texts) + _UNCOUNTED_TOKENS


def usage_of(message: dict[str, Any]) -> TokenUsage:
    """The tokens of a message. Null cache counts mean that no cache was used: none were written or read."""
    usage = message["usage"]
    return TokenUsage(
        input_tokens=usage["input_tokens"],
        cache_creation_input_tokens=usage.get("cache_creation_input_tokens") or 0,
        cache_read_input_tokens=usage.get("cache_read_input_tokens") or 0,
        output_tokens=usage["output_tokens"],
    )


def _counted(client: Client, model: str, text: str, params: dict[str, Any]) -> int | None:
    import anthropic

    key = blake2b(f"{model}\x1f{text}".encode(), digest_size=16).digest()
    if key not in client.token_counts:
        api = client.api.with_options(timeout=_COUNT_TIMEOUT_SECONDS)
        try:
            client.token_counts[key] = int(api.messages.count_tokens(**params).input_tokens)
        except (anthropic.AnthropicError, AttributeError):
            return None
    return client.token_counts[key]


def _arguments(options: ClientOptions) -> dict[str, Any]:
    return {
        "base_url": options.base_url,
        "timeout": options.timeout_seconds,
        "max_retries": options.max_retries,
        "open_telemetry": False,
    }


def _client_type(kind: ClientKind, *, is_async: bool) -> Any:
    """The SDK's class; raises ClientUnavailableError where its extra package is not installed."""
    import anthropic

    needed = {"bedrock": "boto3", "vertex": "google.auth"}.get(kind)
    if needed is not None and not _is_installed(needed):
        raise ClientUnavailableError(
            f"The {kind} client needs a package that is not installed: run "
            f"`pip install 'anthropic[{kind}]'`, or choose the anthropic client."
        )
    return {
        ("anthropic", False): anthropic.Anthropic,
        ("anthropic", True): anthropic.AsyncAnthropic,
        ("bedrock", False): anthropic.AnthropicBedrock,
        ("bedrock", True): anthropic.AsyncAnthropicBedrock,
        ("vertex", False): anthropic.AnthropicVertex,
        ("vertex", True): anthropic.AsyncAnthropicVertex,
    }[kind, is_async]


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
