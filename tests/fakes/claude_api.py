"""A faithful fake of the Anthropic API: a real HTTP server on loopback, for the real SDK.

In a test: `with FakeClaude() as fake:` and `base_url=fake.url`. In a process of its own, so that it lives
on while senders are killed: `python -m tests.fakes.claude_api --state FILE`, or `RemoteFake`. What it
answers, counts and charges is in the service and its siblings, the routes are in the wire.
"""

import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from tests.fakes.claude_api_account import Account
from tests.fakes.claude_api_faults import Faults
from tests.fakes.claude_api_messages import Answer
from tests.fakes.claude_api_service import FakeService, FakeSettings, hashed_answer
from tests.fakes.claude_api_wire import Handler, Server


class FakeClaude:
    """The server, in threads of this process. `faults`, `account` and `service` are open to the test."""

    def __init__(
        self,
        answer: Answer = hashed_answer,
        *,
        settings: FakeSettings | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        port: int = 0,
    ) -> None:
        self.service = FakeService(answer, settings, clock=clock)
        self._server = Server(("127.0.0.1", port), Handler)
        self._server.service = self.service
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def faults(self) -> Faults:
        return self.service.faults

    @property
    def account(self) -> Account:
        return self.service.account

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.close_connections()
        self._server.server_close()


if __name__ == "__main__":
    from tests.fakes.claude_api_process import serve

    serve(sys.argv[1:])
