"""The gates in a process of their own, which loads Great Expectations while the run does other things.

Importing it takes ten seconds and 270 MB; beside the archive and the parser it costs no waiting, and
the memory goes with the process. Belongs here: starting, asking, ending it. Not here: what is judged
(expectations). `python -m orchestration.landing.judge_process` is the other end.
"""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from expectations.verdict import Verdict
from orchestration.failures import describe, frames

Staged = Mapping[date, Mapping[str, Path]]


class JudgeProcessError(Exception):
    """The gates could not be asked; nothing was landed or released because of it."""


class JudgeProcess:
    """Asks the gates; the process starts with `start` or the first question, and ends with `close`."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin loading; returns at once."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "orchestration.landing.judge_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=Path(__file__).resolve().parents[2],
            )

    def judge_dates(self, staged: Staged) -> Sequence[Verdict]:
        """Verdicts on staged raw tables."""
        return self._ask("judge_dates", staged)

    def judge_labels(self, staged: Staged) -> Sequence[Verdict]:
        """Verdicts on staged labels."""
        return self._ask("judge_labels", staged)

    def judge_git(self, files: Mapping[str, Path]) -> Sequence[Verdict]:
        """Verdicts on the staged tables of a repository."""
        return self._ask("judge_git", files)

    def judge_warehouse(self, path: Path, **options: object) -> Sequence[Verdict]:
        """Verdicts on the built warehouse."""
        return self._ask("judge_warehouse", path, **options)

    def close(self) -> None:
        """End the process; it holds nothing that could be lost."""
        if self._process is not None:
            with suppress(OSError):
                assert self._process.stdin is not None
                self._process.stdin.close()
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, question: str, *arguments: object, **options: object) -> Sequence[Verdict]:
        self.start()
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            pickle.dump((question, arguments, options), self._process.stdin)
            self._process.stdin.flush()
            answered, answer = pickle.load(self._process.stdout)  # noqa: S301 - our own child wrote it
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            status = self._process.poll()
            self.close()
            raise JudgeProcessError(
                f"The process of the gates ended (status {status}) before it had judged; a status of -9 "
                "means that the machine ran out of memory. Free memory, then start the run again: it goes on "
                "where it stopped."
            ) from error
        if not answered:
            raise JudgeProcessError(f"The gates could not judge: {answer}")
        verdicts: Sequence[Verdict] = answer
        return verdicts


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer questions until there are no more. An error is answered by its type and place."""
    from expectations import validate

    _load_great_expectations()
    while True:
        try:
            question, arguments, options = pickle.load(questions)  # noqa: S301 - our own parent wrote it
        except EOFError:
            return
        reply: tuple[bool, Any]
        try:
            reply = (True, getattr(validate, question)(*arguments, **options))
        except Exception as error:
            reply = (False, f"{describe(error)}\n{frames(error)}")
        pickle.dump(reply, answers)
        answers.flush()


def _load_great_expectations() -> None:
    import great_expectations
    import great_expectations.expectations  # noqa: F401


def main() -> None:
    """Serve on the standard streams; what a library prints must not get between the answers."""
    # A terminal's Ctrl-C reaches every process: who started this one decides what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
