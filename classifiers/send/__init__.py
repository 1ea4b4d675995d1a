"""Sending: requests go out one by one or as batches, and each ends in a state of the ledger.

Its face; the package alone imports the anthropic SDK, and only when a client is opened (it takes seconds).
Nothing is sent that the ledger has not reserved, and no text of a request or answer is logged or raised.
"""

from classifiers.send.batches import CollectReport, collect_batch, poll_batches, submit_batches
from classifiers.send.client import (
    BatchesUnavailableError,
    Client,
    ClientOptions,
    ClientUnavailableError,
    count_tokens,
    open_client,
)
from classifiers.send.limits import SendingStoppedError, SendLimits, SendReport
from classifiers.send.messages import ask_now
from classifiers.send.reconcile import reconcile_batches

__all__ = [
    "BatchesUnavailableError",
    "Client",
    "ClientOptions",
    "ClientUnavailableError",
    "CollectReport",
    "SendLimits",
    "SendReport",
    "SendingStoppedError",
    "ask_now",
    "collect_batch",
    "count_tokens",
    "open_client",
    "poll_batches",
    "reconcile_batches",
    "submit_batches",
]
