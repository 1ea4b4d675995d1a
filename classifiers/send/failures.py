"""What an error of a call means: failed and free, or perhaps answered and charged.

The one home of the SDK's exceptions. Not here: what becomes of a request then (messages, batches).
"""

import re
from dataclasses import dataclass
from typing import Any

_ERROR_TYPE = re.compile(r"[a-z_]{1,64}")


class LostConnectionError(Exception):
    """The connection broke, or no answer came in time, after the request may have left."""

    def __init__(self, error_type: str) -> None:
        self.error_type = error_type
        super().__init__(error_type)


@dataclass(frozen=True)
class ApiFailure:
    """An error as the ledger keeps it. `is_ambiguous`: the call may have been answered and charged."""

    error_type: str
    http_status: int | None
    api_request_id: str | None
    is_ambiguous: bool


def failure_of(error: Exception) -> ApiFailure | None:
    """What an error of a call means; None where it is no error of the API or of the way to it."""
    import anthropic

    if isinstance(error, LostConnectionError):
        return ApiFailure(error.error_type, None, None, is_ambiguous=True)
    if isinstance(error, anthropic.APIStatusError):
        known = isinstance(error.type, str) and _ERROR_TYPE.fullmatch(error.type)
        error_type = str(error.type) if known else f"http_{error.status_code}"
        return ApiFailure(error_type, error.status_code, error.request_id, is_ambiguous=False)
    if isinstance(error, anthropic.APIConnectionError):
        lost = lost_call(error)
        return ApiFailure(lost or "not_connected", None, None, is_ambiguous=lost is not None)
    return None


def lost_call(error: Exception) -> str | None:
    """Why nothing is known of a call: timeout or connection_lost; None if it never left the machine."""
    import anthropic
    import httpx2

    never_left = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
    if isinstance(error.__cause__, never_left):
        return None
    return "timeout" if isinstance(error, anthropic.APITimeoutError) else "connection_lost"


class PaidCalls:
    """Middleware of calls that cost money: what the SDK must not do with them.

    It repeats any call whose connection broke: one that may have left is not repeated. It waits as long
    as the API asks: longer than an answer may take is not waited, the error is given instead.
    """

    def __init__(self, patience_seconds: float) -> None:
        self._patience_seconds = patience_seconds

    async def __call__(self, request: Any, call_next: Any) -> Any:
        import anthropic

        try:
            response = await call_next(request)
        except anthropic.APIConnectionError as error:
            lost = lost_call(error)
            if lost is None:
                raise
            # Without a cause, because the SDK repeats what a connection error has caused.
            raise LostConnectionError(lost) from None
        if _seconds(response.headers.get("retry-after")) > self._patience_seconds:
            response.headers["x-should-retry"] = "false"
        return response


def _seconds(retry_after: str | None) -> float:
    """Seconds that the API asks to wait; a date, which is its other form, is left to the SDK."""
    try:
        return float(retry_after or 0)
    except ValueError:
        return 0.0
