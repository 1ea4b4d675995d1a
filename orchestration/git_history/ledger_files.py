"""A repository's line ledger on disk: `<home>/git/<repository>/`, so that a run reads new landings alone.

Belongs here: writing what is new as further parts, the rest as a new generation, and `state.json` last: a
killed run leaves the generation before. A part holds whole landings, so that it can be read by itself.
Not here: what a ledger is. It holds keyed hashes and counts: no text, no person and no path.
"""

import shutil
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.git_history.ledger import LEDGER_VERSION, ChangedFiles, FileRecord, Ledger, MergedLines
from orchestration.landing.journal import sync_path, write_json

STATE = "state.json"
PART_LINES = 500_000
"""Lines after which a part is written: what a run holds of lines beside the four bytes of each."""

UNASKED = "unasked"


class LedgerFiles:
    """The files of one repository's ledger. `parts` of lines and of changed files, in their order."""

    def __init__(self, folder: Path, *, key: str) -> None:
        self.folder = folder
        self.key = f"{LEDGER_VERSION} {key}"
        self.line_parts: list[str] = []
        self.file_parts: list[str] = []
        self._generation = 0

    def load(self, ledger: Ledger) -> bool:
        """Fill an empty ledger from disk; False where nothing is there that this version and key wrote."""
        try:
            state = orjson.loads((self.folder / STATE).read_bytes())
            if state["key"] != self.key:
                return False
            self._generation = int(state["generation"])
            self.line_parts, self.file_parts = list(state["line_parts"]), list(state["file_parts"])
            self._read(ledger, state)
        except (OSError, ValueError, LookupError, pa.ArrowException):
            return False
        return True

    def clear(self) -> None:
        """Forget everything: the history was rewritten."""
        self.line_parts, self.file_parts = [], []

    def flush(self, ledger: Ledger, *, at_least: int = PART_LINES) -> None:
        """Write the lines and files of whole landings as a part, where there are enough."""
        if len(ledger.merged.hash) >= max(at_least, 1):
            self.line_parts.append(self._part("lines", self.line_parts, _line_columns(ledger.merged)))
            ledger.merged = MergedLines(first_number=len(ledger.gone))
        if len(ledger.changed.commit) >= max(at_least, 1):
            self.file_parts.append(self._part("files", self.file_parts, _changed_columns(ledger.changed)))
            ledger.changed = ChangedFiles()

    def save(self, ledger: Ledger) -> None:
        """Write a new generation, and remove what only older ones hold."""
        ledger.remember_exclusions()
        self.flush(ledger, at_least=1)
        now = self._generation + 1
        self._write(f"commits-{now}", _commit_columns(ledger))
        self._write(f"paths-{now}", _path_columns(ledger.files))
        self._write(f"alive-{now}", _alive_columns(ledger))
        self._write(f"gone-{now}", {"gone": _numbers(ledger.gone)})
        write_json(
            self.folder / STATE,
            {
                "key": self.key,
                "generation": now,
                "tip": ledger.tip.hex(),
                "line_parts": self.line_parts,
                "file_parts": self.file_parts,
            },
        )
        self._generation = now
        kept = {STATE, *(f"{name}-{now}.parquet" for name in ("commits", "paths", "alive", "gone"))}
        kept |= {f"{name}.parquet" for name in (*self.line_parts, *self.file_parts)}
        for path in self.folder.iterdir():
            if path.name not in kept:
                path.unlink()

    def paths(self, parts: Iterable[str]) -> list[Path]:
        return [self.folder / f"{name}.parquet" for name in parts]

    def _part(self, kind: str, before: Sequence[str], columns: dict[str, Any]) -> str:
        name = f"{kind}-{self._generation + 1}-{len(before):05d}"
        self._write(name, columns)
        return name

    def _write(self, name: str, columns: dict[str, Any]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}.parquet"
        pq.write_table(pa.table(columns), path, compression="zstd")
        sync_path(path)

    def _read(self, ledger: Ledger, state: dict[str, Any]) -> None:
        def table(name: str) -> pa.Table:
            return pq.read_table(self.folder / f"{name}-{self._generation}.parquet")

        commits = table("commits")
        ledger.commits = {sha: number for number, sha in enumerate(commits["sha"].to_pylist(), start=1)}
        ledger.patches = array("q", [0, *commits["patch"].to_pylist()])
        ledger.unfiltered = array("I", [0, *commits["unfiltered"].to_pylist()])
        ledger.files = [None, *(FileRecord(**row) for row in table("paths").to_pylist())]
        ledger.by_id = {file.path_id: n for n, file in enumerate(ledger.files) if file is not None}
        ledger.gone = array("I", table("gone")["gone"].to_numpy().astype(np.uint32).tobytes())
        alive = table("alive")
        for file, lines in zip(alive["file"].to_pylist(), alive["lines"], strict=True):
            ledger.alive[file] = array("I", lines.values.to_numpy().tobytes())
        ledger.merged = MergedLines(first_number=len(ledger.gone))
        ledger.tip = bytes.fromhex(state["tip"])


def forget_ledgers(folder: Path) -> None:
    """Remove all ledgers; the next run reads the repositories from the beginning."""
    if folder.exists():
        shutil.rmtree(folder)


def _numbers(values: "array[int]") -> pa.Array:
    return pa.array(np.frombuffer(values, dtype=np.uint32 if values.typecode == "I" else np.int64))


def _line_columns(lines: MergedLines) -> dict[str, Any]:
    count = len(lines.hash)
    number = np.arange(lines.first_number, lines.first_number + count, dtype=np.uint32)
    named = {name: _numbers(getattr(lines, name)) for name in ("landing", "commit", "file", "line", "hash")}
    return {"number": pa.array(number), **named}


def _changed_columns(files: ChangedFiles) -> dict[str, Any]:
    numbers = {
        name: _numbers(getattr(files, name)) for name in ("commit", "file", "added", "removed", "moved")
    }
    return {**numbers, "exclusion": pa.array(files.exclusion, pa.string())}


def _commit_columns(ledger: Ledger) -> dict[str, Any]:
    return {
        "sha": pa.array(list(ledger.commits), pa.binary()),
        "patch": _numbers(ledger.patches[1:]),
        "unfiltered": _numbers(ledger.unfiltered[1:]),
    }


def _path_columns(files: Sequence[FileRecord | None]) -> dict[str, Any]:
    known = [file for file in files if file is not None]
    return {
        "path_id": pa.array([file.path_id for file in known], pa.string()),
        "extension": pa.array([file.extension for file in known], pa.string()),
        "name_key": pa.array([file.name_key for file in known], pa.int64()),
        "exclusion": pa.array([file.exclusion for file in known], pa.string()),
    }


def _alive_columns(ledger: Ledger) -> dict[str, Any]:
    files = list(ledger.alive)
    lengths = np.cumsum([0, *(len(ledger.alive[file]) for file in files)])
    values = array("I")
    for file in files:
        values.extend(ledger.alive[file])
    lists = pa.ListArray.from_arrays(pa.array(lengths, pa.int32()), _numbers(values))
    return {"file": pa.array(files, pa.uint32()), "lines": lists}
