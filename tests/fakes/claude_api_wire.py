"""The fake API's wire: an HTTP server, its routes, and the faults that happen to a connection."""

import socket
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import orjson

from tests.fakes.claude_api_checks import ERROR_TYPES, MAX_MESSAGE_BYTES, Refused, check_headers
from tests.fakes.claude_api_faults import Fault, Place
from tests.fakes.claude_api_remote import administer
from tests.fakes.claude_api_service import FakeService

_BATCHES = "/v1/messages/batches"


class Server(ThreadingHTTPServer):
    """Threads per connection; connections that a client keeps open are closed with the server."""

    daemon_threads = True
    request_queue_size = 128
    service: FakeService

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self._open: set[socket.socket] = set()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what kill tests do; anything else is a mistake of the fake."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Dropped(Exception):  # noqa: N818 - it is a scripted fault, not a mistake
    """The connection is to be dropped without a word."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def service(self) -> FakeService:
        return cast(Server, self.server).service

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        """Nothing is logged: requests hold transcripts."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        try:
            if parts.path.startswith("/_fake/"):
                self._send(200, administer(self.service, parts.path, body))
                return
            check_headers({name.lower(): value for name, value in self.headers.items()})
            self._route(parts.path, query, body)
        except Refused as refused:
            self._send_error(refused.status, refused.error_type, refused.message)
        except _Dropped:
            self._drop()

    def _route(self, path: str, query: Mapping[str, str], body: bytes) -> None:
        service, batch_id = self.service, path.removeprefix(f"{_BATCHES}/").split("/")[0]
        routes: dict[tuple[str, str], tuple[Place, Callable[[Fault | None], Any]]] = {
            ("POST", "/v1/messages"): ("messages", lambda fault: service.message(_message(body), fault)),
            ("POST", "/v1/messages/count_tokens"): (
                "count_tokens",
                lambda _: {"input_tokens": service.count_tokens(_message(body))},
            ),
            ("POST", _BATCHES): (
                "batch_create",
                lambda _: self._batch(service.create_batch(_json(body), byte_count=len(body))),
            ),
            ("GET", _BATCHES): ("batch_list", lambda _: self._list(query)),
            ("GET", f"{_BATCHES}/{batch_id}"): (
                "batch_retrieve",
                lambda _: self._batch(service.batches.look_at(batch_id).batch_id),
            ),
            ("POST", f"{_BATCHES}/{batch_id}/cancel"): (
                "batch_cancel",
                lambda _: self._batch(service.batches.cancel(batch_id).batch_id),
            ),
            ("GET", f"{_BATCHES}/{batch_id}/results"): (
                "batch_results",
                lambda fault: self._results(batch_id, fault),
            ),
        }
        if (self.command, path) not in routes:
            raise Refused(404, "Not found")
        place, respond = routes[self.command, path]
        service.account.count_call(place)
        self._respond(service.faults.next_fault(place), respond)

    def _respond(self, fault: Fault | None, respond: Callable[[Fault | None], Any]) -> None:
        """Answer a call with what is scripted for it before, in or after its processing."""
        kind = fault.kind if fault else None
        if fault is not None and kind == "status":
            error_type = ERROR_TYPES.get(fault.status, "api_error")
            self._send_error(fault.status, error_type, "scripted", retry_after=fault.seconds)
            return
        if kind == "drop_before":
            raise _Dropped
        answer = respond(fault)
        if kind == "drop_after":
            raise _Dropped
        if fault is not None and kind == "slow":
            self._wait(fault.seconds or 0.0)
        if kind == "garbage":
            self._send_bytes(200, b"<html>a proxy</html>", "text/html")
        elif answer is not None:
            self._send(200, answer)

    def _wait(self, seconds: float) -> None:
        threading.Event().wait(seconds)

    def _batch(self, batch_id: str) -> dict[str, Any]:
        return self.service.batches.get(batch_id).as_json(self._base_url)

    @property
    def _base_url(self) -> str:
        return f"http://{self.headers['host']}"

    def _list(self, query: Mapping[str, str]) -> dict[str, Any]:
        limit = int(query["limit"]) if "limit" in query else 20
        listed, has_more = self.service.batches.page(limit=limit, after_id=query.get("after_id"))
        ids = [batch.batch_id for batch in listed]
        return {
            "data": [batch.as_json(self._base_url) for batch in listed],
            "has_more": has_more,
            "first_id": ids[0] if ids else None,
            "last_id": ids[-1] if ids else None,
        }

    def _results(self, batch_id: str, fault: Fault | None) -> None:
        lines = self.service.batches.results(batch_id)
        whole = b"".join(lines)
        if fault is None or fault.kind != "cut_off":
            self._send_bytes(200, whole, "application/binary")
            return
        half = b"".join(lines[: len(lines) // 2])
        if fault.status == 0:
            self._send_bytes(200, half, "application/binary")
            return
        self._send_bytes(200, half + lines[len(lines) // 2][:20], "application/binary", length=len(whole))
        raise _Dropped

    def _drop(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, status: int, value: Any) -> None:
        self._send_bytes(status, orjson.dumps(value), "application/json")

    def _send_error(
        self, status: int, error_type: str, message: str, *, retry_after: float | None = None
    ) -> None:
        body = {"type": "error", "error": {"type": error_type, "message": message}, "request_id": "req_fake"}
        headers = {} if retry_after is None else {"retry-after": f"{retry_after:g}"}
        self._send_bytes(status, orjson.dumps(body), "application/json", headers=headers)

    def _send_bytes(
        self,
        status: int,
        content: bytes,
        content_type: str,
        *,
        length: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(content) if length is None else length))
        self.send_header("request-id", f"req_{self.service.account.calls.total():08d}")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def _message(body: bytes) -> Any:
    if len(body) > MAX_MESSAGE_BYTES:
        raise Refused(413, "Request exceeds the maximum size")
    return _json(body)


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refused(400, "the request body is not valid JSON") from None
