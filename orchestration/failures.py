"""What a failure may say: our own errors speak, others give their type and place only.

A library's message may quote what it was given (pyarrow and pydantic print values), and what it was
given may be a transcript. So a message goes to logs, to the terminal and to Dagster only where this
project wrote it. `--debug` shows the rest to the person at the keyboard.
"""

import traceback
from pathlib import Path
from types import TracebackType

CHECKOUT = Path(__file__).resolve().parent.parent
OUR_PACKAGES = ("orchestration.", "classifiers.", "expectations.")


INTERRUPTS = ("KeyboardInterrupt", "DagsterExecutionInterruptedError")
"""Python's name for Ctrl-C, and Dagster's, which is told by its name so that Dagster need not load."""


class RunStoppedError(Exception):
    """The run did not reach a release; the message says why and what to do."""


class NoTranscriptsError(Exception):
    """No transcript was found and none is archived; the message names where was looked."""


class WrongInputError(Exception):
    """What a command was given cannot be used; the message says what to give instead."""


def is_interrupt(error: BaseException) -> bool:
    """Whether a person's Ctrl-C is behind an error, also where a library has made another of it."""
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in seen:
        if type(current).__name__ in INTERRUPTS:
            return True
        seen.append(current)
        current = current.__cause__ or current.__context__
    return False


def is_ours(error: BaseException) -> bool:
    """Whether the project defined this error, so that its message holds nothing of a transcript."""
    return type(error).__module__.startswith(OUR_PACKAGES)


def describe(error: BaseException) -> str:
    """One line for logs, terminal and Dagster: our message, or the type and place of a foreign error."""
    if is_ours(error):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        named = f" ({error.filename})" if isinstance(error.filename, str) else ""
        return f"{type(error).__name__}: {error.strerror}{named}, {_place(error.__traceback__)}"
    return f"{type(error).__name__} {_place(error.__traceback__)}"


def frames(error: BaseException) -> str:
    """Where a foreign error came through, without its message and without source lines."""
    stack = traceback.extract_tb(error.__traceback__)
    return "\n".join(f"  {_short(frame.filename)}:{frame.lineno} in {frame.name}" for frame in stack)


def _place(trace: TracebackType | None) -> str:
    """The deepest frame in our own code, which is where a reader starts to look."""
    stack = traceback.extract_tb(trace)
    ours = [frame for frame in stack if Path(frame.filename).is_relative_to(CHECKOUT)]
    inside = (Path(frame.filename).relative_to(CHECKOUT) for frame in ours)
    outside_venv = [frame for frame, path in zip(ours, inside, strict=True) if ".venv" not in path.parts]
    if not stack:
        return "at an unknown place"
    frame = (outside_venv or list(stack))[-1]
    return f"at {_short(frame.filename)}:{frame.lineno} in {frame.name}"


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(CHECKOUT)) if path.is_relative_to(CHECKOUT) else path.name
