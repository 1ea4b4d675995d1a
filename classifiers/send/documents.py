"""Requests by the document that they share, and the refusal of models without a price. Pure."""

from collections.abc import Sequence
from hashlib import blake2b

from classifiers.asking.label_request import LabelRequest
from classifiers.ledger.prices import bound_usd


def refuse_unknown_models(requests: Sequence[LabelRequest]) -> None:
    """Raise UnknownModelError if any model has no price."""
    for model in sorted({request.envelope.model for request in requests}):
        bound_usd(model, input_tokens=1, max_output_tokens=1, is_batch=False)


def document_key(request: LabelRequest) -> str:
    """The same for requests that share a cached prefix."""
    envelope = (request.envelope.model, request.envelope.effort)
    return blake2b(repr((envelope, request.document)).encode(), digest_size=16).hexdigest()


def by_document(requests: Sequence[LabelRequest]) -> list[list[LabelRequest]]:
    """Requests grouped by document, in the order in which documents first come."""
    grouped: dict[str, list[LabelRequest]] = {}
    for request in requests:
        grouped.setdefault(document_key(request), []).append(request)
    return list(grouped.values())
