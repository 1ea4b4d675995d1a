"""Logs and Dagster's run history: neither should name a person, and what does all the same is removed.

Both are written without transcript text, names or session ids; the search here is the second look, over
every file. A run whose record names the person is deleted whole, with its events and captured output.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from orchestration.dagster_instance import has_operator_sections, open_instance
from orchestration.forgetting.plan import ForgetPlan
from orchestration.ingest.archive.people import slug_of
from orchestration.settings import Settings

_TOKEN = re.compile(rb"[A-Za-z0-9_.-]{6,}")
_SQLITE_MAGIC = b"SQLite format 3\x00"
_RUN_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def needles_of(plan: ForgetPlan) -> frozenset[bytes]:
    """Words that only this person's data hold: pseudonym, session ids, content hashes, file names."""
    names = {part for path in plan.paths for part in (Path(path).name, Path(path).stem)}
    words = {plan.user_id, *plan.session_ids, *plan.removal.content_hashes, *names}
    return frozenset(word.encode() for word in words if len(word) >= 6)


def logs_with(settings: Settings, plan: ForgetPlan) -> list[Path]:
    """Log files that name the person: by what is theirs alone, or in a path that was passed over."""
    needles, spelled = needles_of(plan), _spelled(plan.names)
    found = []
    for path in sorted(settings.log_path.parent.glob("*")):
        content = path.read_bytes()
        if _names(content, needles) or (spelled is not None and spelled.search(content)):
            found.append(path)
    return found


def _spelled(names: Iterable[str]) -> re.Pattern[bytes] | None:
    """Any of the names as a part of a path, or of a project slug; None where there are none."""
    forms = {form.encode() for name in names for form in (name, slug_of(name)) if form.strip("-")}
    if not forms:
        return None
    either = b"|".join(re.escape(form) for form in sorted(forms))
    return re.compile(rb"(?<![^/\\ -])(?:" + either + rb")(?![^/\\ -])", re.IGNORECASE)


def runs_with(settings: Settings, needles: frozenset[bytes]) -> frozenset[str]:
    """Ids of Dagster runs whose records, events or captured output name the person."""
    found: set[str] = set()
    for path in _history_files(settings):
        if _is_sqlite(path):
            found.update(run_id or _run_of(path) for run_id, _, _ in _rows_with(path, needles))
        elif _names(path.read_bytes(), needles):
            found.add(_run_of(path))
    if has_operator_sections(settings):
        found.update(_runs_in_storage(settings, needles))
    return frozenset(found)


def _runs_in_storage(settings: Settings, needles: frozenset[bytes]) -> Iterator[str]:
    """Ids of runs that name the person, where an operator's database may hold them and not our files."""
    from dagster import serialize_value

    with open_instance(settings.dagster_home, settings.dagster_file) as instance:
        for run in instance.get_runs():
            records = (serialize_value(run), *map(serialize_value, instance.all_logs(run.run_id)))
            if any(_names(record.encode(), needles) for record in records):
                yield run.run_id


def clear_history(settings: Settings, plan: ForgetPlan) -> None:
    """Remove log files and Dagster's records that name the person, and wipe what they leave in its files."""
    needles = needles_of(plan)
    for path in logs_with(settings, plan):
        path.unlink()
    runs = runs_with(settings, needles)
    if not runs:
        return
    _delete_runs(settings, runs - {""})
    for path in _history_files(settings):
        if _is_sqlite(path):
            _delete_rows(path, needles)
        elif _names(path.read_bytes(), needles):
            path.unlink()


def _delete_runs(settings: Settings, runs: frozenset[str]) -> None:
    with open_instance(settings.dagster_home, settings.dagster_file) as instance:
        for run_id in sorted(runs):
            if instance.get_run_by_id(run_id) is not None:
                instance.delete_run(run_id)


def _rows_with(path: Path, needles: frozenset[bytes]) -> Iterator[tuple[str, str, int]]:
    """Run id (empty where the table has none), table and rowid of each row that names the person."""
    with closing(sqlite3.connect(path, timeout=60)) as db:
        tables = db.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (table,) in tables:
            columns = [row[1] for row in db.execute(f'pragma table_info("{table}")')]
            for rowid, *values in db.execute(f'select rowid, * from "{table}"'):  # noqa: S608 - own names
                text = "\n".join(value for value in values if isinstance(value, str))
                if _names(text.encode("utf-8", "replace"), needles):
                    run_id = values[columns.index("run_id")] if "run_id" in columns else ""
                    yield str(run_id or ""), table, rowid


def _delete_rows(path: Path, needles: frozenset[bytes]) -> None:
    rows = list(_rows_with(path, needles))
    with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as db:
        db.execute("pragma secure_delete = on")
        for _, table, rowid in rows:
            db.execute(f'delete from "{table}" where rowid = ?', (rowid,))  # noqa: S608 - our own names
        db.execute("vacuum")
        db.execute("pragma wal_checkpoint(truncate)").fetchall()


def _history_files(settings: Settings) -> list[Path]:
    return sorted(path for path in settings.dagster_home.rglob("*") if path.is_file())


def _run_of(path: Path) -> str:
    """The run that a file belongs to, by its name or its folder's."""
    found = _RUN_ID.findall(path.as_posix())
    return found[-1] if found else ""


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE_MAGIC)) == _SQLITE_MAGIC


def _names(content: bytes, needles: frozenset[bytes]) -> bool:
    return not needles.isdisjoint(_TOKEN.findall(content))
