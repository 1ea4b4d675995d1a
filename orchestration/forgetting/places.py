"""The lake, the warehouse and the releases: what in them is of a person, and taking it out.

Nothing is rewritten in place. A date that holds a row of the person loses all its files, and the next run
lands it again from the archive, where the person is no more; so do warehouse, estimates and releases.
"""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.change_reviews.rows import CHANGES
from orchestration.forgetting.plan import ForgetPlan
from orchestration.git_history.tables import git_lake_table
from orchestration.ingest.git_rows import COMMITS
from orchestration.ingest.rows import PARTITION_COLUMN
from orchestration.landing.lake import single_file
from orchestration.publishing.release import CURRENT, PARTIAL
from orchestration.settings import Settings


@dataclass(frozen=True)
class Marks:
    """What tells a row of a person in Parquet: pseudonym, session ids, hashes of archived contents."""

    user_id: str
    session_ids: frozenset[str]
    content_hashes: frozenset[str]

    def of_column(self, name: str) -> frozenset[str]:
        """The values that a column of this name must not hold; none for a column that names nobody."""
        if name == "user_id":
            return frozenset({self.user_id})
        if name.endswith("session_id"):
            return self.session_ids
        return self.content_hashes if name.endswith("content_hash") else frozenset()


def marks_of(plan: ForgetPlan) -> Marks:
    """What tells the rows of the person that a plan is about."""
    return Marks(plan.user_id, plan.session_ids, frozenset(plan.removal.content_hashes))


def sessions_in_lake(settings: Settings, user_id: str) -> frozenset[str]:
    """Sessions that the lake gives to a person, and changes: their ids take sessions' place in the ledger."""
    own = Marks(user_id, frozenset(), frozenset())
    files = settings.lake_dir.glob(f"raw/raw_sessions/{PARTITION_COLUMN}=*/*.parquet")
    found = {
        session
        for path in files
        if count_rows(path, own)
        for session in _ids_of_user(path, user_id, "session_id")
    }
    changes = single_file(settings.lake_dir, CHANGES)
    return frozenset(
        found | (set(_ids_of_user(changes, user_id, "change_id")) if changes.exists() else set())
    )


def author_keys_in_lake(settings: Settings, user_id: str) -> frozenset[str]:
    """The addresses of a person's commits, as keyed hashes."""
    path = single_file(settings.lake_dir, git_lake_table(COMMITS))
    if not path.exists():
        return frozenset()
    table = pq.read_table(path, columns=["user_id", "author_key"], partitioning=None)
    return frozenset(table.filter(pc.equal(table["user_id"], user_id))["author_key"].to_pylist())


def count_rows(path: Path, marks: Marks) -> int:
    """Rows of a Parquet file that are the person's or point at a session of theirs."""
    # partitioning=None: pyarrow would otherwise add a column from the path.
    schema = pq.read_schema(path)
    wanted = {name: values for name in schema.names if (values := marks.of_column(name))}
    if not wanted:
        return 0
    table = pq.read_table(path, columns=sorted(wanted), partitioning=None)
    hits = pa.nulls(table.num_rows, pa.bool_()).fill_null(False)
    for name, values in wanted.items():
        hits = pc.or_(hits, pc.is_in(table[name].cast(pa.string()), value_set=pa.array(sorted(values))))
    return int(pc.sum(hits).as_py() or 0)


def lake_rows(settings: Settings, marks: Marks) -> dict[Path, int]:
    """Files of the lake that hold rows of the person, with their number."""
    return _with_rows(settings.lake_dir.rglob("*.parquet"), marks)


def clear_lake(settings: Settings, dates: Iterable[str], marks: Marks) -> None:
    """Remove all files of these dates and of those with rows of the person, and what is made of all dates.

    That is estimates, clusters and commits: the next run reads the repositories without the person's. The
    record of a date goes first: a half-removed date is then one that must be landed.
    """
    found = lake_rows(settings, marks)
    prefix = f"{PARTITION_COLUMN}="
    days = {*dates, *(part.removeprefix(prefix) for path in found for part in path.parts if prefix in part)}
    lake = settings.lake_dir
    for day in sorted(days):
        for record in (*lake.glob(f"landed/**/{day}.json"), *lake.glob(f"stopped/**/{day}.json")):
            record.unlink()
        for folder in sorted(lake.glob(f"**/{prefix}{day}")):
            shutil.rmtree(folder)
    for path in found:
        path.unlink(missing_ok=True)
    for made in ("estimates", "clusters", "git"):
        for path in lake.glob(f"{made}/*/*.parquet"):
            path.unlink()


def clear_warehouse(settings: Settings) -> None:
    """Remove the built warehouse with what dbt left beside it."""
    if settings.warehouse_path.parent.exists():
        shutil.rmtree(settings.warehouse_path.parent)


def releases_with(settings: Settings, marks: Marks) -> list[Path]:
    """Releases that hold the person, and those whose tables cannot be read, oldest first."""
    folders = sorted(path for path in (settings.published_dir / "releases").glob("*") if path.is_dir())
    return [folder for folder in folders if _holds(folder, marks)]


def clear_releases(settings: Settings, marks: Marks) -> None:
    """Remove the releases that hold the person; `current` goes first, so that it never points nowhere."""
    going = releases_with(settings, marks)
    current = settings.published_dir / CURRENT
    if current.is_symlink() and current.resolve() in {folder.resolve() for folder in going}:
        current.unlink()
    for folder in going:
        partial = folder.with_name(f"{folder.name.removesuffix(PARTIAL)}{PARTIAL}")
        shutil.rmtree(folder.rename(partial))


def _holds(release: Path, marks: Marks) -> bool:
    try:
        tables = sorted((release / "parquet").rglob("*.parquet"))
        return not tables or bool(_with_rows(tables, marks))
    except (OSError, pa.ArrowException):
        return True


def _with_rows(paths: Iterable[Path], marks: Marks) -> dict[Path, int]:
    return {path: rows for path in sorted(paths) if (rows := count_rows(path, marks))}


def _ids_of_user(path: Path, user_id: str, column: str) -> Iterator[str]:
    table = pq.read_table(path, columns=[column, "user_id"], partitioning=None)
    yield from table.filter(pc.equal(table["user_id"], user_id))[column].to_pylist()
