"""Runs a program as a process of its own and watches what it takes: seconds, and memory of each process.

Belongs here: the child's environment, its peak memory, its output. Not here: what is run.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import psutil

from benchmarks.stopwatch import Spent, tree_cpu_seconds

CHECKOUT = Path(__file__).resolve().parent.parent
SAMPLE_SECONDS = 0.05
OTHERS = "others"
KINDS = {"orchestration.landing.judge_process": "gates", "forkserver": "parsing workers"}
"""What a descendant is, by a word of its command line; the process itself is `main`."""


class ProgramFailedError(Exception):
    """A measured program did not end well, so there is no figure; the message holds the end of its output."""


@dataclass(frozen=True)
class Watched:
    """One run of a program: what it took, the largest process of each kind in bytes, its output.

    `together_bytes` is the most that all processes held at one moment; pages they share count in each.
    """

    spent: Spent
    peak_bytes: Mapping[str, int]
    together_bytes: int
    output: str

    def answer(self) -> dict[str, Any]:
        """The last line of the output as JSON: what a measured stage says of itself."""
        answer: dict[str, Any] = json.loads(self.output.splitlines()[-1])
        return answer

    @property
    def largest_bytes(self) -> int:
        return max(self.peak_bytes.values())

    def peaks(self) -> str:
        """The largest process of each kind, in words."""
        return ", ".join(f"{kind} {size / 1e6:.0f} MB" for kind, size in sorted(self.peak_bytes.items()))


def own_environment(**settings: object) -> dict[str, str]:
    """The environment without anyone's settings: only those given, and usage reports off."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SESSIONMART_")}
    given = {f"SESSIONMART_{name.upper()}": str(value) for name, value in settings.items()}
    quiet = {
        "SESSIONMART_CONFIG": os.devnull,
        "PYTHONPATH": str(CHECKOUT),
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "COLUMNS": "120",
    }
    return {**inherited, **quiet, **given}


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs a module of the checkout."""
    return [sys.executable, "-m", module, *arguments]


def run_watched(command: Sequence[str], *, environment: Mapping[str, str]) -> Watched:
    """Run to the end; raises ProgramFailedError where the exit status is not 0."""
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        child = subprocess.Popen(
            command, env=environment, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        memory = _Memory(psutil.Process(child.pid))
        while True:
            memory.look()
            with suppress(subprocess.TimeoutExpired):
                child.wait(SAMPLE_SECONDS)
                break
        wall = time.perf_counter() - started
        text = _text_of(output)
    if child.returncode:
        raise ProgramFailedError(f"{' '.join(command)} ended with {child.returncode}:\n{text[-3000:]}")
    return Watched(Spent(wall, memory.cpu), memory.peaks, memory.together, text)


class _Memory:
    """The peaks of a process and its descendants, taken while they live."""

    def __init__(self, root: psutil.Process) -> None:
        self.peaks: dict[str, int] = {}
        self.together = 0
        self.cpu = 0.0
        self._root = root

    def look(self) -> None:
        with suppress(psutil.NoSuchProcess):
            self.cpu = max(self.cpu, tree_cpu_seconds(self._root))
            together = 0
            for process in (self._root, *self._root.children(recursive=True)):
                with suppress(psutil.NoSuchProcess, psutil.ZombieProcess, FileNotFoundError):
                    held = process.memory_info().rss
                    together += held
                    kind = "main" if process == self._root else _kind_of(process)
                    highest = max(held, _high_water(process.pid))
                    self.peaks[kind] = max(self.peaks.get(kind, 0), highest)
            self.together = max(self.together, together)


def _kind_of(process: psutil.Process) -> str:
    words = " ".join(process.cmdline())
    return next((kind for word, kind in KINDS.items() if word in words), OTHERS)


def _high_water(pid: int) -> int:
    """The kernel's own record of the peak, where it keeps one: a sample may miss a short one."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    lines = (line.split() for line in status.splitlines() if line.startswith("VmHWM:"))
    return next((int(words[1]) * 1024 for words in lines), 0)


def _text_of(output: BinaryIO) -> str:
    output.seek(0)
    return output.read().decode(errors="replace")
