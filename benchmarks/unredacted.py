"""Stand-ins for redaction, so that parsing is measured apart from it, and redaction apart from parsing.

They replace the factory of redactors and the start of workers, in the measured process and in its workers;
never use them where rows are kept.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from orchestration.ingest import processes
from orchestration.ingest.redaction import redact

FACTORY, WORKER_START = "redactor_for", "start_worker"


class Unredacted:
    """Gives every text back as it is."""

    def redact(self, text: str, counts: Counter[str]) -> str:  # noqa: ARG002 - the redactor's signature
        return text


class Listening:
    """Gives every text back and keeps it, with the names that were to be hidden in it."""

    def __init__(self, names: frozenset[str], heard: list[tuple[frozenset[str], str]]) -> None:
        self._names, self._heard = names, heard

    def redact(self, text: str, counts: Counter[str]) -> str:  # noqa: ARG002 - the redactor's signature
        self._heard.append((self._names, text))
        return text


@contextmanager
def without_redaction() -> Iterator[None]:
    """Parsing in this block, and in workers that start in it, hides nothing."""
    with (
        patch.object(redact, FACTORY, _unredacted),
        patch.object(processes, WORKER_START, start_worker_without_redaction),
    ):
        yield


@contextmanager
def listening() -> Iterator[list[tuple[frozenset[str], str]]]:
    """The texts that parsing in this process would redact, in order."""
    heard: list[tuple[frozenset[str], str]] = []
    with patch.object(redact, FACTORY, lambda names: Listening(names, heard)):
        yield heard


def start_worker_without_redaction() -> None:
    """What a worker runs first: its own start, then the same replacement."""
    start: Callable[[], Any] = getattr(processes, WORKER_START)
    start()
    setattr(redact, FACTORY, _unredacted)


def _unredacted(names: frozenset[str]) -> Unredacted:  # noqa: ARG001 - the factory's signature
    return Unredacted()
