"""Whether a person has pressed Ctrl-C, also where a library has caught it.

Dagster, dbt and compiled code each make something else of an interrupt, or lose it: so the system itself
is asked to write down that it came, whoever handles it.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from orchestration.failures import is_interrupt


@dataclass
class _Watch:
    """Where signals are written down; `is_interrupted` stays once it has been seen."""

    reader: int
    is_interrupted: bool = False


_watches: list[_Watch] = []


@contextmanager
def watching_interrupts() -> Iterator[None]:
    """While the block runs, `was_interrupted` knows; in the main thread only."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    hook, sys.unraisablehook = sys.unraisablehook, _say_nothing_of_interrupts
    _watches.append(_Watch(reader))
    try:
        yield
    finally:
        _watches.pop()
        sys.unraisablehook = hook
        signal.set_wakeup_fd(before)
        os.close(reader)
        os.close(writer)


def _say_nothing_of_interrupts(unraisable: "sys.UnraisableHookArgs") -> None:
    """An interrupt that comes while something is being cleared away is lost with a traceback; it is known."""
    if unraisable.exc_value is None or not is_interrupt(unraisable.exc_value):
        sys.__unraisablehook__(unraisable)


def was_interrupted() -> bool:
    """Whether Ctrl-C came since the innermost watch began; False where nobody watches."""
    if not _watches:
        return False
    watch = _watches[-1]
    with suppress(BlockingIOError):  # nothing has come
        watch.is_interrupted = watch.is_interrupted or signal.SIGINT in os.read(watch.reader, 4096)
    return watch.is_interrupted


def stop_if_interrupted() -> None:
    """Raise KeyboardInterrupt where one was lost; called between steps."""
    if was_interrupted():
        raise KeyboardInterrupt
