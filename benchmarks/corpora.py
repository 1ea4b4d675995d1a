"""The transcripts that are measured: those of SESSIONMART_CORPUS, or generated ones; and their variations.

Belongs here: folders of transcripts, made or copied. A changed or doubled corpus is always a copy.
"""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson

from orchestration.demo import DemoPlan, write_demo_corpus

VARIABLE = "SESSIONMART_CORPUS"
# Ids of records, sessions, messages, tool calls and requests, wherever they stand in a line.
_ID = re.compile(rb"[0-9a-f]{8}(?=-[0-9a-f]{4}-[0-9a-f]{4}-)|\b(?:msg|toolu|req)_(?=\w)")
_TIMESTAMP = re.compile(rb'("timestamp":\s*")(\d{4}-\d{2}-\d{2})')
_OTHER_DIGITS = bytes.maketrans(b"0123456789abcdef", b"123456789abcdef0")


@dataclass(frozen=True)
class Corpus:
    """Folders of transcripts and how a report calls them."""

    folders: tuple[Path, ...]
    name: str

    @property
    def pattern(self) -> str:
        """The folders as the setting `transcripts` takes them."""
        return os.pathsep.join(str(folder) for folder in self.folders)

    def paths(self) -> list[Path]:
        return sorted(path for folder in self.folders for path in folder.rglob("*.jsonl"))

    def byte_count(self) -> int:
        return sum(path.stat().st_size for path in self.paths())

    def describe(self) -> str:
        return f"{self.name} ({len(self.paths())} files, {self.byte_count() / 1e6:.0f} MB)"


def given_corpus(work: Path, *, today: date) -> Corpus:
    """The corpus that the environment names, else a generated one in `work` that ends today."""
    given = os.environ.get(VARIABLE)
    if given:
        return Corpus((Path(given) / "claude-code",), f"real transcripts of {VARIABLE}")
    folder = work / "demo"
    generate(folder, sessions=320, months=6, today=today)
    return Corpus((folder,), f"generated demo transcripts, because {VARIABLE} is not set")


def generate(folder: Path, *, sessions: int, months: int, today: date) -> dict[date, list[str]]:
    """Write a demo corpus; returns its files by the date of their session, names relative to `folder`.

    It ends today, as the transcripts of someone at work do.
    """
    plan = DemoPlan(end_date=today + timedelta(days=1), sessions=sessions, months=months)
    truth = write_demo_corpus(folder, plan)
    files: dict[date, list[str]] = {}
    for session in truth.sessions:
        files.setdefault(date.fromisoformat(session.started_at[:10]), []).extend(session.files)
    return files


def copy_newest(files: dict[date, list[str]], source: Path, target: Path, *, dates: int) -> None:
    """Copy the transcripts of the newest `dates` dates; raises ValueError where there are fewer."""
    if len(files) < dates:
        raise ValueError(f"the generated transcripts cover {len(files)} dates, not {dates}: generate more")
    for day in sorted(files)[-dates:]:
        for name in files[day]:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, target / name)


def copy_corpus(corpus: Corpus, target: Path) -> Corpus:
    """A copy that may be changed, wherever the corpus lies and whatever its rights are."""
    for folder in corpus.folders:
        for path in sorted(folder.rglob("*.jsonl")):
            copied = target / path.relative_to(folder)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copied)
    return Corpus((target,), corpus.name)


def double(corpus: Corpus, target: Path) -> Corpus:
    """The corpus and a copy in which every id is another: twice the sessions, none of them shared."""
    for path in copy_corpus(corpus, target).paths():
        path.write_bytes(with_other_ids(path.read_bytes()))
        path.rename(path.with_name(with_other_ids(path.name.encode()).decode()))
    return Corpus((*corpus.folders, target), f"{corpus.name}, doubled")


def with_other_ids(content: bytes) -> bytes:
    """Every id replaced by another, the same one by the same one; of the same length where it is a UUID."""
    return _ID.sub(_other_id, content)


def _other_id(match: re.Match[bytes]) -> bytes:
    found = match[0]
    return found + b"2" if found.endswith(b"_") else found.translate(_OTHER_DIGITS)


def lines_of(path: Path) -> list[bytes]:
    return [line for line in path.read_bytes().split(b"\n") if line.strip()]


def newest_transcript(paths: Iterable[Path]) -> Path:
    """The transcript whose last record is the newest; raises ValueError where none can be continued."""
    return max((str(record["timestamp"]), path) for path in paths if (record := last_record(path)))[1]


def day_of(path: Path) -> date:
    """Date of the last record of a transcript that can be continued."""
    record = last_record(path)
    if record is None:
        raise ValueError(f"{path.name} has no record that another may follow")
    return date.fromisoformat(record["timestamp"][:10])


def add_transcript_of(today: date, corpus: Corpus) -> Path:
    """Add a copy of the newest transcript to a corpus that may be changed: other ids, and it ends today."""
    model = newest_transcript(corpus.paths())
    later = today - day_of(model)

    def moved(match: re.Match[bytes]) -> bytes:
        return match[1] + (date.fromisoformat(match[2].decode()) + later).isoformat().encode()

    path = model.with_name(with_other_ids(model.name.encode()).decode())
    path.write_bytes(_TIMESTAMP.sub(moved, with_other_ids(model.read_bytes())))
    return path


def grow(path: Path, number: int) -> None:
    """Append a prompt that follows the last record; `number` makes each call's another one."""
    record = last_record(path)
    assert record is not None  # `newest_transcript` chose it
    kept = ("cwd", "sessionId", "version", "gitBranch", "userType", "entrypoint", "permissionMode")
    prompt = {name: record[name] for name in kept if name in record} | {
        "parentUuid": record["uuid"],
        "uuid": f"{number:08x}-0000-4000-8000-{record['uuid'][-12:]}",
        "isSidechain": False,
        "type": "user",
        "message": {"role": "user", "content": f"Also say what changed, for the {number}th time."},
        "timestamp": record["timestamp"],
    }
    content = path.read_bytes()
    separator = b"" if content.endswith(b"\n") else b"\n"
    path.write_bytes(content + separator + orjson.dumps(prompt) + b"\n")


def last_record(path: Path) -> dict[str, Any] | None:
    """The last record of a session's own transcript that another may follow; None in sub-agents' files."""
    return next((record for record in _records_backwards(path) if _may_be_followed(record)), None)


def _records_backwards(path: Path) -> Iterator[dict[str, Any]]:
    for line in reversed(lines_of(path)):
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(record, dict):
            yield record


def _may_be_followed(record: dict[str, Any]) -> bool:
    is_message = record.get("type") in {"user", "assistant"} and not record.get("isSidechain")
    return is_message and all(
        isinstance(record.get(name), str) for name in ("uuid", "sessionId", "timestamp")
    )
