"""What the doctor says of the data home itself and of the transcripts that it takes.

Belongs here: whether the folder can be a home and is private, what is found where transcripts are looked
for. Not here: everything else the doctor looks at. Nothing is changed.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from shlex import quote

from orchestration.command_lines import command_line
from orchestration.commands.findings import Found
from orchestration.home import problems_of
from orchestration.home_folder import open_paths
from orchestration.home_record import read_record, shown
from orchestration.ingest.sources.discovery import found_instead
from orchestration.settings import Settings
from orchestration.stages import discover

SHOWN_PATHS = 3
"""Paths of one kind are shown up to here."""


def home_findings(given: Settings) -> Iterator[Found]:
    """Whether a run with these settings could open the home, and who else can."""
    home = given.home
    problems = problems_of(given)
    for problem, remedy in problems:
        yield "broken", problem, remedy
    if problems:
        return
    if not home.exists():
        yield "note", f"{home} does not exist yet", "The first run makes it."
        return
    loose = list(islice(open_paths(home), SHOWN_PATHS))
    if loose:
        paths = ", ".join(map(str, loose))
        yield "broken", f"other users may open {paths}", f"chmod -R go-rwx {quote(str(home))}"
    else:
        yield "well", f"{home}, private to you{_kept(home)}", ""


def transcript_findings(settings: Settings) -> Iterator[Found]:
    """What is found where the home looks for transcripts, and what of it is passed over."""
    discovery = discover(settings)
    for path, reason in discovery.unreadable:
        yield "note", f"{path}: {reason}", "Check the setting `transcripts` and the permissions of the file."
    if discovery.files:
        newest = max(file.modified_ns for file in discovery.files) / 1e9
        when = datetime.fromtimestamp(newest, UTC).date()
        size = sum(file.size for file in discovery.files) / 1e6
        yield "well", f"{len(discovery.files)} files, {size:.0f} MB, newest of {when}", ""
    else:
        where = ", ".join(settings.transcripts)
        remedy = f"Set `transcripts`, or try `{command_line(None, 'demo')}`."
        yield "note", f"none found in {where}: {found_instead(discovery)}", remedy
    if discovery.unknown:
        paths = ", ".join(str(path) for path, _ in discovery.unknown[:SHOWN_PATHS])
        more = ", …" if len(discovery.unknown) > SHOWN_PATHS else ""
        yield (
            "note",
            f"{len(discovery.unknown):,} named like a transcript, but of no known agent ({paths}{more})",
            "Nothing to do: they are passed over. If an agent of yours wrote them, it needs a source.",
        )
    if discovery.other_file_count:
        yield "well", f"{discovery.other_file_count:,} of other kinds are passed over", ""


def _kept(home: Path) -> str:
    """What the home is, where it says so."""
    record = read_record(home)
    return f"; {record.mode} mode, transcripts from {shown(record.transcripts)}" if record is not None else ""
