"""What a source of transcripts is, and the values that pass between a source, the archive and the parser.

A source is a room of its own: `sources/<name>/` holds all that is known of one agent's format, and
`sources/__init__.py` names it once. Nothing here knows a format.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from orchestration.ingest.pseudonyms import Pseudonyms
from orchestration.ingest.rows import RawRecordCount
from orchestration.ingest.scanned_file import ContentSigns, ScannedFile
from orchestration.ingest.tool_decisions import Measured, ToolDecision

SessionTables = dict[str, list[tuple[Any, ...]]]
"""Rows of one session, by the name of their raw table; a table without rows is left out."""


@dataclass(frozen=True)
class TranscriptFile:
    """A transcript on disk as a stat saw it. `author` is set only where the path names one."""

    path: Path
    source: str
    root: Path
    author: str | None
    size: int
    modified_ns: int

    @property
    def relative(self) -> str:
        """The path below its root, with forward slashes: the same wherever the root lies."""
        return self.path.relative_to(self.root).as_posix()


@dataclass(frozen=True)
class FileVersion:
    """An archived version as the parser needs it.

    `path_id` is a plain hash of the path below its root: land it only as a keyed pseudonym. Where the
    same content lies at several paths, the smallest author and path stand for all.
    """

    content_hash: str
    path_id: str
    file_name: str
    source: str
    author: str | None
    is_sidechain: bool
    archived_at: datetime
    byte_count: int


@dataclass(frozen=True)
class SessionInput:
    """One session: its stamped ids, sorted, and the file versions that hold records of them.

    `contested`: hashed ids (`key_of`, hexadecimal) that records of another session bear too, by
    coincidence: what is named after such an id must be named after the session as well.
    `decisions`: what telemetry measured on its tool calls.
    """

    session_id: str
    stamps: tuple[str, ...]
    session_date: date
    source: str
    files: tuple[FileVersion, ...]
    byte_count: int
    contested: tuple[str, ...] = ()
    decisions: tuple[ToolDecision, ...] = ()


@dataclass(frozen=True)
class SessionFile:
    """One file version of a session with its bytes."""

    version: FileVersion
    content: bytes


@dataclass(frozen=True)
class SourceOptions:
    """What an operator decides about reading logs. Holds a key: never print it.

    `key` makes ids that nobody can guess from what they name. `field_names`: the text of the operator's own
    mapping file (TOML), empty where there is none. `links_requests`: whether requests that continue each
    other become one session.
    """

    key: bytes = field(default=b"", repr=False)
    field_names: str = ""
    links_requests: bool = False


@dataclass(frozen=True)
class ParseContext:
    """What parsing depends on besides the archive. Holds the pseudonym key: never print it.

    `owner`: the one person whose sessions all of them are, in a personal home.
    `projects`: the operator's map from folder or repository to a project's name. `roots`: what is known of
    folders, by pseudonym; `roots_change_key` changes where an earlier answer became another one, and not
    where there are more answers: those concern no session that was parsed before. `shows_names`: whether
    projects have their names beside their pseudonyms.
    """

    pseudonyms: Pseudonyms
    users: Mapping[str, str]
    start_date: date
    text_cut_bytes: int
    closing_lag_hours: int
    owner: str | None = None
    projects: Mapping[str, str] = field(default_factory=dict)
    roots: Mapping[str, str] = field(default_factory=dict)
    roots_change_key: str = ""
    shows_names: bool = False
    options: SourceOptions = field(default_factory=SourceOptions)


class Places(NamedTuple):
    """Where a transcript says that it was written: its first working directory, and repositories it names.

    `repositories` are remote URLs, or URLs of pull requests.
    """

    cwd: str | None = None
    repositories: tuple[str, ...] = ()


class Scan(Protocol):
    """One look at a file version. Objects outside `earliest`–`latest` are set aside."""

    def __call__(self, content: bytes, *, earliest: datetime, latest: datetime) -> ScannedFile: ...


class Parse(Protocol):
    """The files of one session → its rows.

    `files` are read one at a time, in the order of `session.files`. Empty where none of the session's
    objects may be read. Deterministic in the set of files, whatever order they were archived in.
    """

    def __call__(
        self, session: SessionInput, files: Iterable[SessionFile], *, context: ParseContext
    ) -> SessionTables: ...


class Count(Protocol):
    """The objects of a session that may be read, by file and kind, all as `set_aside`.

    Asked only where parsing the session raised: what is left out must be accounted for as well.
    """

    def __call__(
        self, session: SessionInput, files: Iterable[SessionFile], *, context: ParseContext
    ) -> list[RawRecordCount]: ...


def no_author(path: Path, root: Path) -> str | None:  # noqa: ARG001 - a source that has authors reads both
    """The author of a source whose paths name none."""
    return None


def no_decisions(contents: Iterable[bytes]) -> Measured:  # noqa: ARG001 - a source with telemetry reads it
    """The decisions of a source whose agent exports no telemetry."""
    return Measured()


def no_places(content: bytes) -> Places:  # noqa: ARG001 - a source that knows places reads it
    """The places of a source whose transcripts name none."""
    return Places()


@dataclass(frozen=True)
class Source:
    """A kind of transcript: which files are its own, and how they become rows.

    `agent` is the coding agent that wrote the transcripts, a dimension of the marts.
    `owns(path, head)`: whether the file's first bytes are this source's, by what its records say.
    `names(path, root)`: whether the path alone says so, asked only where no source knows the bytes.
    `usual_places`: where the agent leaves its transcripts, unless the setting `transcripts` is given.
    `permission_modes`: the modes that the metrics of oversight know (the seed `permission_modes`); a mode
    that an agent states beyond them is a warning of the gates.
    `places(content)`: where a transcript was written, for the project of its sessions.
    `decisions(contents)`: what telemetry files of the agent say was decided on its tool calls.
    `version` is raised when an unchanged file would give another scan or other rows.
    `changes`: what a version changed, in a sentence that tells a reader of the summary why figures moved.
    `count`: needed where a file may hold objects of several sessions; else a scan tells how many there are.
    `with_options(options)`: the source as the operator's options make it, with a version that tells it from
    others; None for a source that has no options.
    `has_shared_files`: whether one file holds many sessions, so that it is worth keeping while they are read.
    `is_cleaned_up`: whether the agent removes its transcripts by itself, so that days may be half gone.
    """

    name: str
    agent: str
    version: str
    suffixes: frozenset[str]
    usual_places: Sequence[str]
    owns: Callable[[Path, bytes], bool]
    scan: Scan
    parse: Parse
    signs: Callable[[bytes], ContentSigns]
    names: Callable[[Path, Path], bool] = lambda path, root: False  # noqa: ARG005
    author: Callable[[Path, Path], str | None] = no_author
    changes: Mapping[str, str] = field(default_factory=dict)
    count: Count | None = None
    permission_modes: frozenset[str] = frozenset()
    places: Callable[[bytes], Places] = no_places
    decisions: Callable[[Iterable[bytes]], Measured] = no_decisions
    with_options: Callable[[SourceOptions], "Source"] | None = None
    has_shared_files: bool = False
    is_cleaned_up: bool = True
