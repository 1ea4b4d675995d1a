"""Telling a person how far long work is: a bar on a terminal, plain lines elsewhere, nothing in a test.

Belongs here: the three ways of showing progress behind one protocol. Not here: what is being done, and
the log file (run_log).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

Advance = Callable[[int, int], None]
"""Told how many things are done and how many there are in all."""

LINE_EVERY_SECONDS = 10.0


class Reporter(Protocol):
    """Shows a person what is under way."""

    def task(self, title: str) -> AbstractContextManager[Advance]:
        """Show one piece of work from its beginning to its end."""
        ...


class SilentReporter:
    """Shows nothing: for runs that the Dagster UI shows."""

    @contextmanager
    def task(self, title: str) -> Iterator[Advance]:  # noqa: ARG002 - the protocol's signature
        yield _ignore


class TerminalReporter:
    """A bar that moves, and afterwards one line with the time it took."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def task(self, title: str) -> Iterator[Advance]:
        columns = (
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._console) as bar:
            shown = bar.add_task(title, total=None)
            seen: list[int] = []

            def advance(done: int, total: int) -> None:
                seen[:] = [total]
                bar.update(shown, completed=done, total=total)

            yield advance
            total = seen[0] if seen else 1
            bar.update(shown, completed=total, total=total)


class LineReporter:
    """One line at the beginning, one every ten seconds, one at the end: for logs and pipes."""

    def __init__(self, console: Console, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock

    @contextmanager
    def task(self, title: str) -> Iterator[Advance]:
        began = last = self._clock()
        self._say(f"{title} ...")

        def advance(done: int, total: int) -> None:
            nonlocal last
            if self._clock() - last >= LINE_EVERY_SECONDS:
                last = self._clock()
                self._say(f"{title}: {done:,} of {total:,}")

        yield advance
        self._say(f"{title}: done in {self._clock() - began:.1f} s")

    def _say(self, line: str) -> None:
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)


def reporter_for(console: Console) -> Reporter:
    """The reporter that suits where the output goes."""
    return TerminalReporter(console) if console.is_terminal else LineReporter(console)


def _ignore(_done: int, _total: int) -> None:
    pass
