"""The parameters of a message: how a request is put to the API, byte for byte.

One system block, the document as a cached prefix, the question last. All requests on one document have
the same bytes up to the cache mark. Pure: whoever sends them is in `send`.
"""

from typing import Any

from classifiers.asking.envelope import OUTPUT_SCHEMA, system_text
from classifiers.asking.label_request import LabelRequest

COUNTED = ("model", "system", "messages", "output_config")
"""The parameters that a token count takes."""


def message_params(request: LabelRequest, *, is_batch: bool = False) -> dict[str, Any]:
    """Parameters of one message; also of one item of a batch.

    A batch's cache entry lives an hour, because its items may be far apart; otherwise five minutes. A
    request without a document (its question carries what is to be read) has no prefix to cache.
    """
    return _params(request, request.document, request.question, is_batch=is_batch)


def document_params(request: LabelRequest) -> dict[str, Any]:
    """What all requests on the document share, for a token count."""
    return _counted(_params(request, request.document, "", is_batch=False))


def question_params(request: LabelRequest) -> dict[str, Any]:
    """The question alone, for a token count that holds for every document."""
    return _counted(_params(request, "", request.question, is_batch=False))


def _params(request: LabelRequest, document: str, question: str, *, is_batch: bool) -> dict[str, Any]:
    cache_control = {"type": "ephemeral", "ttl": "1h"} if is_batch else {"type": "ephemeral"}
    blocks: list[dict[str, Any]] = []
    if document:
        blocks.append({"type": "text", "text": document, "cache_control": cache_control})
    if question:
        blocks.append({"type": "text", "text": question})
    output_config: dict[str, Any] = {"format": {"type": "json_schema", "schema": OUTPUT_SCHEMA}}
    if request.envelope.effort is not None:
        output_config["effort"] = request.envelope.effort
    return {
        "model": request.envelope.model,
        "max_tokens": request.envelope.max_output_tokens,
        "system": [{"type": "text", "text": system_text()}],
        "messages": [{"role": "user", "content": blocks}],
        "output_config": output_config,
    }


def _counted(params: dict[str, Any]) -> dict[str, Any]:
    return {name: params[name] for name in COUNTED}
