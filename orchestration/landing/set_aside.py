"""Sessions that are left out of a date because something is wrong with them, so that the date lands.

Belongs here: which sessions of a staged date these are, how many a date may lose, and staging the date
again without them. Not here: what is wrong (gates, the parser), what becomes of the date (chunk).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from expectations.verdict import Verdict
from orchestration.ingest.rows import RawRecordCount, RawSetAsideSession, to_arrow
from orchestration.landing.lake import LakeTable, PartitionWriter
from orchestration.landing.staging import StagedDate, count_redactions

SET_ASIDE_TABLE = "raw_set_aside_sessions"
COUNTS_TABLE = "raw_record_counts"
SESSION_COLUMN = "session_id"


@dataclass(frozen=True)
class SetAsideLimits:
    """A date stops when more than `max_share` of its sessions, and at least `min_sessions`, are set aside."""

    max_share: float = 0.02
    min_sessions: int = 3

    def is_exceeded(self, set_aside: int, total: int) -> bool:
        return set_aside >= self.min_sessions and set_aside > self.max_share * total


def session_faults(verdicts: Iterable[Verdict]) -> dict[str, tuple[str, ...]]:
    """Sessions whose rows break a rule that stops, each with the rules, in order."""
    rules: dict[str, set[str]] = defaultdict(set)
    for verdict in verdicts:
        if verdict.is_stopping:
            for session_id in verdict.sessions:
                rules[session_id].add(verdict.rule)
    return {session_id: tuple(sorted(each)) for session_id, each in sorted(rules.items())}


def stops_the_whole(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """The verdicts that stop the date whatever is set aside: rules about the whole, and what is unjudged."""
    return [verdict for verdict in verdicts if verdict.is_stopping and not verdict.sessions]


def as_warning(verdict: Verdict) -> Verdict:
    """The verdict on a date that lands without the sessions that broke the rule."""
    if not (verdict.is_stopping and verdict.sessions):
        return verdict
    count = len(verdict.sessions)
    said = f"set aside with {count:,} session{'s' if count > 1 else ''}: {verdict.message}"
    return replace(verdict, status="warn", message=said)


def limit_message(set_aside: int, total: int, limits: SetAsideLimits, verdicts: Sequence[Verdict]) -> str:
    """Why a date stops that would lose too many sessions."""
    rules = ", ".join(sorted({verdict.rule for verdict in verdicts if verdict.is_stopping}))
    because = f"they break {rules}" if rules else "their parser raised"
    return (
        f"{set_aside:,} of {total:,} sessions would be set aside, more than max_set_aside_share "
        f"({limits.max_share:.1%}) allows: {because}. What to do: see raw_set_aside_sessions or the "
        "messages of these rules; if the other sessions of the date may be published without these, raise "
        "max_set_aside_share and run again."
    )


def session_counts(staged: StagedDate) -> tuple[int, int]:
    """How many sessions of a staged date are set aside, and how many there are with them."""
    counts = [staged.row_counts[name] for name in (SET_ASIDE_TABLE,) if name in staged.row_counts]
    landed = [staged.row_counts[name] for name in ("raw_sessions",) if name in staged.row_counts]
    return sum(counts), sum(counts) + sum(landed)


def set_aside_ids(staged: StagedDate) -> set[str]:
    """Sessions of a staged date that are set aside already: what they still break is about the whole."""
    path = staged.files.get(SET_ASIDE_TABLE)
    return set() if path is None else set(pq.read_table(path, partitioning=None)[SESSION_COLUMN].to_pylist())


def without_sessions(
    staged: StagedDate,
    faults: Mapping[str, Sequence[str]],
    *,
    lake_tables: Mapping[str, LakeTable],
) -> StagedDate:
    """The date staged again: no rows of these sessions but one each that says why, and their objects' count.

    What comes out depends on the rows and the faults alone, so that doing it again gives the same bytes.
    """
    counts = _counts_of(staged.files, faults)
    rewritten: dict[str, Path] = {}
    row_counts: dict[str, int] = {}
    for name in sorted({*staged.files, SET_ASIDE_TABLE}):
        schema = lake_tables[name].schema
        partial = staged.folder / f"{name}.rest"
        with PartitionWriter(partial, schema=schema) as writer:
            for table in _kept(
                staged.files.get(name), schema, set(faults), is_by_session=_has_sessions(name)
            ):
                writer.write(table)
            if name == COUNTS_TABLE:
                writer.write(to_arrow(counts, schema))
            if name == SET_ASIDE_TABLE:
                writer.write(to_arrow(list(_rows(faults, counts)), schema))
        path = staged.folder / f"{name}.parquet"
        path.unlink(missing_ok=True)
        if writer.row_count:
            rewritten[name], row_counts[name] = partial.rename(path), writer.row_count
        else:
            partial.unlink()
    return replace(
        staged,
        files=rewritten,
        row_counts=row_counts,
        redaction_counts=_redactions(rewritten.get("raw_redactions")),
        byte_count=sum(path.stat().st_size for path in rewritten.values()),
    )


def _has_sessions(name: str) -> bool:
    """Whether the rows of a table go with their session; those that say what was set aside stay."""
    return name != SET_ASIDE_TABLE


def _kept(
    path: Path | None, schema: pa.Schema, dropped: set[str], *, is_by_session: bool
) -> Iterator[pa.Table]:
    """Rows of a staged file that are of no dropped session, a row group at a time."""
    if path is None:
        return
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group)
            if is_by_session and SESSION_COLUMN in schema.names:
                ids = pa.array(sorted(dropped), pa.string())
                table = table.filter(pc.invert(pc.is_in(table[SESSION_COLUMN], value_set=ids)))
            yield table


def _counts_of(files: Mapping[str, Path], faults: Iterable[str]) -> list[RawRecordCount]:
    """The objects of the sessions, whatever had become of them, as set aside."""
    wanted = set(faults)
    if COUNTS_TABLE not in files:
        return []
    counted = Counter[tuple[str, str, str, str, str | None, str | None]]()
    for row in pq.read_table(files[COUNTS_TABLE], partitioning=None).to_pylist():
        if row["session_id"] in wanted:
            names = ("content_hash", "source", "session_id", "record_type", "record_subtype", "cli_version")
            counted[tuple(row[name] for name in names)] += row["object_count"]
    return [
        RawRecordCount(content_hash, source, session_id, kind, subtype, "set_aside", version, number)
        for (content_hash, source, session_id, kind, subtype, version), number in sorted(
            counted.items(), key=lambda item: tuple(map(str, item[0]))
        )
    ]


def _rows(
    faults: Mapping[str, Sequence[str]], counts: Sequence[RawRecordCount]
) -> Iterator[RawSetAsideSession]:
    by_session: dict[str, list[RawRecordCount]] = defaultdict(list)
    for count in counts:
        by_session[str(count.session_id)].append(count)
    for session_id, rules in sorted(faults.items()):
        own = by_session[session_id]
        yield RawSetAsideSession(
            session_id=session_id,
            source=own[0].source if own else "unknown",
            reason="rule_broken",
            rule_ids=" ".join(rules),
            error_type=None,
            error_place=None,
            file_count=len({count.content_hash for count in own}),
            object_count=sum(count.object_count for count in own),
        )


def _redactions(path: Path | None) -> dict[str, int]:
    redactions: Counter[str] = Counter()
    if path is not None:
        count_redactions(redactions, pq.read_table(path, partitioning=None))
    return dict(sorted(redactions.items()))
