"""Small homes with a few people in them, for tests of deleting one."""

from datetime import UTC, datetime
from pathlib import Path

from orchestration.forgetting.forget import ForgetReport, forget_person
from orchestration.ingest.archive.archive import ArchiveReport
from orchestration.settings import Settings
from orchestration.stages import archive_transcripts, discover, open_archive
from tests.fakes.claude_lines import record, write
from tests.fakes.every_byte import readable_below

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = "2026-02-01T10:0{}:00.000Z"


def said(number: int, stamp: str, name: str, **more: object) -> dict[str, object]:
    """A prompt of a person whose home folder the working directory names."""
    given = {"cwd": f"/home/{name}/repo", "message": {"role": "user", "content": f"words of {name}"}}
    return record(f"record-{stamp}-{number}", stamp, DAY.format(number), **{**given, **more})


def store(settings: Settings, *, at: datetime = NOW) -> ArchiveReport:
    return archive_transcripts(settings, discover(settings), now=at)


def forget(settings: Settings, user: str) -> ForgetReport:
    return forget_person(settings, user=user, now=NOW, is_confirmed=True)


def sessions(settings: Settings) -> set[str]:
    with open_archive(settings) as archive:
        return {each.session_id for day in archive.dates() for each in archive.day(day).sessions}


def is_below(home: Path, *words: str) -> set[str]:
    found = [(name, text) for name, text in readable_below(home)]
    return {name for name, text in found if any(word.encode() in text for word in words)}


def two_people(roots: Path) -> None:
    write(roots / "ann" / "-repo" / "s1.jsonl", said(0, "s1", "builder"))
    write(roots / "bob" / "-repo" / "s2.jsonl", said(0, "s2", "builder"))
    write(roots / "-home-cid-repo" / "s3.jsonl", said(0, "s3", "cid"))
    write(roots / "-home-dan-repo" / "s4.jsonl", said(0, "s4", "dan"))
