"""The fake API in a process of its own: it lives on while senders are killed.

`python -m tests.fakes.claude_api --state FILE` writes its address and process id to FILE as soon as it
listens, and its counts when it is ended. `RemoteFake` starts one, asks it and ends it.
"""

import argparse
import json
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict
from os import getpid
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.fakes.claude_api_faults import Fault, Place
from tests.fakes.claude_api_messages import Answer
from tests.fakes.claude_api_service import FakeSettings, hashed_answer

ROOT = Path(__file__).parents[2]


def serve(arguments: Sequence[str]) -> None:
    """Serve until the process is asked to end."""
    from tests.fakes.claude_api import FakeClaude

    options = _options(arguments)
    settings = FakeSettings(**json.loads(options.settings))
    is_ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: is_ended.set())
    with FakeClaude(_answer(options), settings=settings, port=options.port) as fake:
        state = {"url": fake.url, "pid": getpid()}
        _write(options.state, state)
        is_ended.wait()
        _write(options.state, {**state, **fake.account.as_json()})


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.claude_api")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--state", type=Path, required=True, help="file for address, process id and counts")
    parser.add_argument("--truth", type=Path, help="the demo corpus's planted truth, as JSON")
    parser.add_argument("--tokens", type=Path, help="fence token → session id, as JSON; read when asked")
    parser.add_argument("--error-rate", type=float, default=0.0)
    parser.add_argument("--settings", default="{}", help="FakeSettings as JSON")
    return parser.parse_args(arguments)


def _answer(options: argparse.Namespace) -> Answer:
    if options.truth is None:
        return hashed_answer
    from orchestration.demo.truth import PlantedTruth
    from tests.fakes.planted_labels import PlantedAnswers, SessionTokens

    def session_of(document: str) -> str | None:
        return SessionTokens(json.loads(options.tokens.read_text(encoding="utf-8")))(document)

    sessions = PlantedTruth.read(options.truth).sessions
    return PlantedAnswers(sessions, session_of, error_rate=options.error_rate)


def _write(path: Path, value: object) -> None:
    """Atomically, so that whoever waits for the file never reads half of it."""
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(json.dumps(value), encoding="utf-8")
    partial.replace(path)


class RemoteFake:
    """A fake API in another process, for as long as the `with` block lasts."""

    def __init__(
        self, folder: Path, *, settings: FakeSettings | None = None, options: Sequence[str] = ()
    ) -> None:
        self._state_file = folder / "claude_api.json"
        self._command = [sys.executable, "-m", "tests.fakes.claude_api", "--state", str(self._state_file)]
        self._command += ["--settings", json.dumps(asdict(settings or FakeSettings())), *options]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, cwd=ROOT)
        while not self._state_file.exists():
            if self._process.poll() is not None:
                raise RuntimeError(
                    f"the fake ended with status {self._process.returncode} before it listened"
                )
            threading.Event().wait(0.02)
        self.url: str = json.loads(self._state_file.read_text(encoding="utf-8"))["url"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()

    @property
    def state(self) -> dict[str, Any]:
        """Calls, bill and settings as they stand."""
        found: dict[str, Any] = self._call("state")
        return found

    @property
    def texts(self) -> list[str]:
        """Every different text that arrived."""
        found: list[str] = self._call("texts")
        return found

    def queue(self, place: Place, *faults: Fault | None) -> None:
        """As `Faults.queue`."""
        self._call("faults", {"place": place, "queue": [fault and fault.as_json() for fault in faults]})

    def always(self, place: Place, fault: Fault | None, *, every: int = 1) -> None:
        """As `Faults.always`."""
        self._call("faults", {"place": place, "always": fault and fault.as_json(), "every": every})

    def set(self, **settings: Any) -> None:
        """Replace some of the settings."""
        self._call("settings", settings)

    def _call(self, path: str, body: object | None = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_fake/{path}", data=content)  # noqa: S310 - loopback
        with urllib.request.urlopen(request) as response:  # noqa: S310 - loopback
            return json.loads(response.read())
