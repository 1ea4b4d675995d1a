"""Reads the tables that the settings name and lands `lake/supplied/`.

Belongs here: the registry SUPPLIED, finding files, what becomes of each line, writing. Not here: what a line
means (a module each), judging (expectations/suites/supplied.py: a release gate). Every run reads the named
files again as a whole, so that a row is there as long as its line is. To add a table: one module with a
function from a line to rows, its rows in `rows`, one line here, one setting.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from orchestration.ingest.read_lines import LineCounts, read_lines
from orchestration.ingest.rows import to_arrow
from orchestration.landing.lake import LakeTable, single_file, write_partition
from orchestration.settings import SettingsError
from orchestration.supplied.incidents import rows_of_incident, rows_of_wage
from orchestration.supplied.pull_requests import rows_of_pull_request
from orchestration.supplied.reading import SuppliedContext, UnusableLineError
from orchestration.supplied.rows import (
    FILES,
    INCIDENTS,
    PULL_REQUEST_COMMITS,
    PULL_REQUESTS,
    SET_ASIDE,
    SUPPLIED_TABLES,
    SURVEY_ANSWERS,
    WAGES,
    SetAsideReason,
    SuppliedFile,
    SuppliedSetAside,
    SuppliedTableName,
)
from orchestration.supplied.survey import numbered, rows_of_answer

Rows = dict[LakeTable, list[Any]]


@dataclass(frozen=True)
class SuppliedTable:
    """One kind of lines: its setting has this name. `key`: the table whose first column tells lines apart.

    Without a key every line is a row of its own.
    """

    name: SuppliedTableName
    rows: Callable[[dict[str, Any], SuppliedContext], dict[Any, list[Any]]]
    tables: tuple[LakeTable, ...]
    key: LakeTable | None = None


SUPPLIED: tuple[SuppliedTable, ...] = (
    SuppliedTable(
        "pull_requests", rows_of_pull_request, (PULL_REQUESTS, PULL_REQUEST_COMMITS), key=PULL_REQUESTS
    ),
    SuppliedTable("survey_answers", rows_of_answer, (SURVEY_ANSWERS,)),
    SuppliedTable("incidents", rows_of_incident, (INCIDENTS,), key=INCIDENTS),
    SuppliedTable("wages", rows_of_wage, (WAGES,), key=WAGES),
)


def supplied_files(name: str, patterns: Sequence[str]) -> list[Path]:
    """JSON Lines files of folders, globs and single files, sorted. Raises SettingsError for what is
    missing."""
    found: set[Path] = set()
    for pattern in patterns:
        place = Path(pattern).expanduser().absolute()
        if place.is_dir():
            found |= {path for path in place.rglob("*.jsonl") if path.is_file()}
            continue
        matches = (
            {place} if place.is_file() else set(Path(place.anchor).glob(str(place.relative_to(place.anchor))))
        )
        if not matches:
            raise SettingsError(
                f"The setting `{name}` names {place}, which is not there. "
                "Correct the setting, or bring the file."
            )
        found |= {path for path in matches if path.is_file()}
    return sorted(found)


def files_fingerprint(files: Iterable[Path]) -> str:
    """Changes when a supplied file comes, goes or changes."""
    digest = blake2b(digest_size=16)
    for path in files:
        status = path.stat()
        digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def land_supplied(
    lake_dir: Path, files: dict[SuppliedTableName, list[Path]], context: SuppliedContext
) -> dict[str, int]:
    """Read the files and write every supplied table; rows by table. Raises SettingsError.

    The same files give the same bytes; a killed write leaves the files of before.
    """
    found: Rows = {table: [] for table in SUPPLIED_TABLES}
    for table in SUPPLIED:
        for lake_table, rows in _read_table(table, files.get(table.name, []), context).items():
            found[lake_table] += rows
    for lake_table, rows in found.items():
        path = single_file(lake_dir, lake_table)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        write_partition(partial, [to_arrow(rows, lake_table.schema)], schema=lake_table.schema)
        partial.replace(path)
    return {lake_table.name: len(rows) for lake_table, rows in found.items()}


def _read_table(table: SuppliedTable, files: Sequence[Path], context: SuppliedContext) -> Rows:
    """The rows of one kind of lines; of lines about one thing the last takes the place of those before."""
    things: dict[Any, tuple[str, dict[Any, list[Any]]]] = {}
    read: dict[str, _FileRead] = {}
    for path in files:
        path_id = context.pseudonyms.path(str(path))
        own = read[path_id] = _FileRead(table.name, path_id)
        for place, rows in own.lines(_content(table.name, path), table, context):
            key = (path_id, place) if table.key is None else rows[table.key][0][0]
            before = things.pop(key, None)
            if before is not None:
                read[before[0]].replaced_count += 1
            things[key] = (path_id, rows)
    found: Rows = {lake_table: [] for lake_table in table.tables}
    for path_id, rows in things.values():
        read[path_id].row_count += 1
        for lake_table, own_rows in rows.items():
            found[lake_table] += own_rows
    for lake_table, own_rows in found.items():
        found[lake_table] = numbered(own_rows) if lake_table == SURVEY_ANSWERS else sorted(own_rows)
    found[FILES] = [own.as_row() for own in read.values()]
    found[SET_ASIDE] = [row for own in read.values() for row in own.set_aside]
    return found


class _FileRead:
    """One file as it is read: its counters, and what is set aside of it."""

    def __init__(self, table_name: SuppliedTableName, path_id: str) -> None:
        self.table_name = table_name
        self.path_id = path_id
        self.object_count = 0
        self.row_count = 0
        self.replaced_count = 0
        self.set_aside: list[SuppliedSetAside] = []

    def lines(
        self, content: bytes, table: SuppliedTable, context: SuppliedContext
    ) -> Iterable[tuple[int, dict[Any, list[Any]]]]:
        """The rows of each line that can be read, with its place."""
        for piece in read_lines(content, LineCounts()):
            reason: SetAsideReason | None = piece.reason
            if piece.record is not None:
                self.object_count += 1
                try:
                    yield piece.byte_offset, table.rows(piece.record, context)
                except UnusableLineError as error:
                    reason = error.reason
            if reason is not None:
                is_object = piece.record is not None
                self.set_aside.append(
                    SuppliedSetAside(
                        self.table_name, self.path_id, piece.line_number, piece.byte_offset, is_object, reason
                    )
                )

    def as_row(self) -> SuppliedFile:
        objects = sum(row.is_object for row in self.set_aside)
        return SuppliedFile(
            table_name=self.table_name,
            path_id=self.path_id,
            object_count=self.object_count,
            row_count=self.row_count,
            replaced_count=self.replaced_count,
            set_aside_object_count=objects,
            set_aside_piece_count=len(self.set_aside) - objects,
        )


def _content(name: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"The file {path} of the setting `{name}` cannot be read ({error.strerror}). "
            "Correct its permissions."
        ) from error
