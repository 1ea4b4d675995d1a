"""Which sessions a next-step duel may be about: open-ended investigations, by their labels.

Belongs here: the labels that decide (METHODS I23), and reading them from the lake. Not here: the sample of
these that is asked about (the setting `duel_share`), moments.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb

from classifiers.catalog.difficulty_tier.labels import DifficultyTier
from classifiers.catalog.work_mode.labels import ForcedWorkMode
from orchestration.estimates.standing import BEST_FIRST
from orchestration.ingest.rows import PARTITION_COLUMN

OPEN_ENDED: tuple[DifficultyTier, ...] = ("open_ended", "choosing_the_problem")
"""Tiers of tasks without a specification."""

INVESTIGATIVE: tuple[ForcedWorkMode, ...] = ("understand", "fix", "analyze")
"""Work modes whose product is to find something out, or that begin with it."""

_NEEDED = {
    "difficulty_tier": ("difficulty_tier", OPEN_ENDED),
    "work_mode": ("forced_work_mode", INVESTIGATIVE),
}
"""Classifier → the field that decides, and its values."""

_BEST_LABEL = """
select unit_id, {field} as answer
from read_parquet($files, union_by_name = true)
where
    status = 'ok' and replicate = 0 and rendering in ('whole', 'rows')
    and list_contains($labellers, labeller)
qualify row_number() over (
    partition by unit_id order by list_position($labellers, labeller), labelled_at desc, fingerprint
) = 1
"""

_SESSIONS = """
select session_id, agent, user_id, {day}
from read_parquet($files, hive_partitioning = true, union_by_name = true)
where not is_warmup_only
order by session_id
"""


class OpenSession(NamedTuple):
    """A session of the population: whose it is, and in which partition."""

    session_id: str
    agent: str
    user_id: str | None
    day: date


def open_sessions(lake_dir: Path) -> Iterator[OpenSession]:
    """The population, by session id; empty where nobody has labelled the difficulty of tasks."""
    with duckdb.connect() as connection:
        chosen = [_with_label(connection, lake_dir, *needed) for needed in _needs()]
        files = str(lake_dir / "raw" / "raw_sessions" / "*" / "*.parquet")
        within = frozenset.intersection(*chosen)
        if not within:
            return
        query = _SESSIONS.format(day=PARTITION_COLUMN)
        found = connection.execute(query, {"files": files}).fetchall()
    for session_id, agent, user_id, day in found:
        if session_id in within:
            yield OpenSession(session_id, agent, user_id, _as_date(day))


def _needs() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for classifier, (field, values) in _NEEDED.items():
        yield classifier, field, values


def _with_label(
    connection: duckdb.DuckDBPyConnection,
    lake_dir: Path,
    classifier: str,
    field: str,
    values: tuple[str, ...],
) -> frozenset[str]:
    """Sessions whose label by the best labeller is one of these."""
    files = sorted(str(path) for path in (lake_dir / "labels" / classifier).glob("*/*.parquet"))
    if not files:
        return frozenset()
    found = connection.execute(
        _BEST_LABEL.format(field=field), {"files": files, "labellers": list(BEST_FIRST)}
    ).fetchall()
    return frozenset(str(unit_id) for unit_id, answer in found if answer in values)


def _as_date(day: date | str) -> date:
    return day if isinstance(day, date) else date.fromisoformat(day)
