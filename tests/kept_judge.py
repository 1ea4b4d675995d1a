"""One process of the gates for all homes that a test process builds: loading it takes four seconds of CPU.

Test support. A judge that is closed leaves its process to the next, as one run asks it several times; only
a process that owes an answer is ended, as it always is. What it reads is in the questions.
"""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from expectations.verdict import Verdict
from orchestration.landing.judge_process import JudgeProcess

_start, _ask, _close = JudgeProcess.start, JudgeProcess._ask, JudgeProcess.close


@contextmanager
def kept_judge() -> Iterator[None]:
    """Inside the block, processes of the gates are used again; they end with it."""
    resting: list[subprocess.Popen[bytes]] = []
    asking: set[int] = set()

    def start(judge: JudgeProcess) -> None:
        if judge._process is None and resting:
            judge._process = resting.pop()
        _start(judge)

    def ask(judge: JudgeProcess, question: str, *given: object, **options: object) -> Sequence[Verdict]:
        asking.add(id(judge))
        answer = _ask(judge, question, *given, **options)
        asking.discard(id(judge))
        return answer

    def close(judge: JudgeProcess) -> None:
        process = judge._process
        if process is not None and process.poll() is None and id(judge) not in asking:
            resting.append(process)
            judge._process = None
        asking.discard(id(judge))
        _close(judge)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JudgeProcess, "start", start)
        patch.setattr(JudgeProcess, "_ask", ask)
        patch.setattr(JudgeProcess, "close", close)
        yield
    for process in resting:
        last = JudgeProcess()
        last._process = process
        last.close()


@contextmanager
def judges_of_their_own() -> Iterator[None]:
    """Inside the block, each judge has its process, whatever stands around it: what a run does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JudgeProcess, "start", _start)
        patch.setattr(JudgeProcess, "_ask", _ask)
        patch.setattr(JudgeProcess, "close", _close)
        yield
