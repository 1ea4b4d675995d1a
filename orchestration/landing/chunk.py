"""A chunk: staged dates that are judged in one call, and what becomes of each.

Belongs here: judging staged dates together, landing the good ones through the journal, holding the bad
ones, emptying dates that have nothing left. Not here: where rows come from (landing), paths (lake),
which sessions a date leaves out (set_aside).
"""

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa

from expectations.verdict import Verdict, render
from orchestration.landing.gate_log import record_verdicts
from orchestration.landing.journal import Commit, Step, commit, no_step, staging_dir, write_json
from orchestration.landing.lake import LakeTable, partition_file
from orchestration.landing.landed import (
    LandedState,
    StoppedState,
    as_json,
    landed_path,
    read_landed,
    read_stopped,
    stopped_path,
)
from orchestration.landing.set_aside import (
    SET_ASIDE_TABLE,
    SetAsideLimits,
    as_warning,
    limit_message,
    session_counts,
    session_faults,
    set_aside_ids,
    stops_the_whole,
    without_sessions,
)
from orchestration.landing.staging import StagedDate, stage_date

Judge = Callable[[Mapping[date, Mapping[str, Path]]], Sequence[Verdict]]
"""Judges staged files by date and table, all dates of a chunk in one call."""


class UnjudgedDateError(Exception):
    """The gates said nothing about a staged date: it may not land, and that is a fault of a gate."""


@dataclass(frozen=True)
class ChunkLimits:
    """How much is staged before the gates are asked: staging takes disk, a gate call takes seconds."""

    max_dates: int = 128
    max_bytes: int = 512 * 1024 * 1024


@dataclass(frozen=True)
class LandingTarget:
    """Where dates land: `stage` names their staging and verdicts, `scope` where their records lie.

    `version` is the parser's or the classifier's.
    """

    lake_dir: Path
    lake_tables: Mapping[str, LakeTable]
    scope: str
    stage: str
    version: str


@dataclass(frozen=True)
class LandingRun:
    """The run that lands: its id and time, its judge, how much it judges at once.

    `run_id` becomes part of file names. `step` is told each step as it is done. `set_aside`: how many
    sessions a date may lose.
    """

    run_id: str
    now: datetime
    judge: Judge
    limits: ChunkLimits = field(default_factory=ChunkLimits)
    step: Step = no_step
    set_aside: SetAsideLimits = field(default_factory=SetAsideLimits)


@dataclass(frozen=True)
class StoppedDate:
    """A date that keeps its last good state, and what the gates said about the new one."""

    day: date
    messages: tuple[str, ...]


@dataclass(frozen=True)
class LandingReport:
    """What became of each date; `landed` holds the row and redaction counts of each landed date."""

    landed: Mapping[date, LandedState]
    unchanged: tuple[date, ...]
    stopped: tuple[StoppedDate, ...]
    emptied: tuple[date, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def has_stopped(self) -> bool:
        """Whether the run must end red and must not release."""
        return bool(self.stopped)

    def row_count(self, table: str) -> int:
        """Rows of one table over the landed dates."""
        return sum(state.row_counts[table] for state in self.landed.values() if table in state.row_counts)


class DateLanding:
    """Lands dates one after the other, a chunk at a time, and keeps the report."""

    def __init__(self, target: LandingTarget, run: LandingRun) -> None:
        self._target = target
        self._run = run
        self._staged: list[StagedDate] = []
        self._landed: dict[date, LandedState] = {}
        self._unchanged: list[date] = []
        self._stopped: list[StoppedDate] = []
        self._emptied: list[date] = []
        self._verdicts: list[Verdict] = []

    def add(self, day: date, fingerprint: str, tables: Iterable[Mapping[str, pa.Table]]) -> None:
        """Stage a date; when the chunk is full, judge and land it."""
        target = self._target
        folder = staging_dir(target.lake_dir, self._commit_id(day))
        staged = stage_date(
            day, tables, fingerprint=fingerprint, folder=folder, lake_tables=target.lake_tables
        )
        self._staged.append(staged)
        self._run.step(f"staged {day}")
        byte_count = sum(each.byte_count for each in self._staged)
        if len(self._staged) >= self._run.limits.max_dates or byte_count >= self._run.limits.max_bytes:
            self.flush()

    def keep(self, day: date, fingerprint: str) -> None:
        """A date whose landed state is the archive's: a refusal of some other state no longer matters."""
        stopped = read_stopped(self._target.lake_dir, day, scope=self._target.scope)
        if stopped is not None and stopped.fingerprint != fingerprint:
            stopped_path(self._target.lake_dir, day, scope=self._target.scope).unlink()
        self._unchanged.append(day)

    def empty(self, day: date) -> None:
        """A date that has nothing left loses its files; there is nothing to judge."""
        target = self._target
        deletes = self._obsolete_files(day, kept=())
        if deletes or read_landed(target.lake_dir, day, scope=target.scope) is not None:
            folder = staging_dir(target.lake_dir, self._commit_id(day))
            self._commit(day, folder, moves=(), deletes=deletes, state=None)
            self._emptied.append(day)
        else:
            self._unchanged.append(day)

    def flush(self) -> None:
        """Judge what is staged in one call, write the verdicts down, land the good dates."""
        staged, self._staged = self._staged, []
        if not staged:
            return
        judged = self._judge(staged)
        self._run.step("judged")
        for before in staged:
            each, own = self._set_aside(before, judged[before.day])
            self._record(own)
            stopping = [verdict for verdict in own if verdict.is_stopping]
            too_many = self._too_many(each, own)
            if stopping or too_many:
                self._hold(each, [*map(render, stopping), *too_many])
            else:
                self._land(each, has_warning=any(verdict.status == "warn" for verdict in own))

    def _judge(self, staged: Sequence[StagedDate]) -> dict[date, list[Verdict]]:
        """The verdicts on each staged date; raises UnjudgedDateError where there is none."""
        verdicts = self._run.judge({each.day: each.files for each in staged})
        judged: dict[date, list[Verdict]] = {}
        for each in staged:
            own = [verdict for verdict in verdicts if verdict.partition_date in (None, each.day)]
            if each.files and not own:
                raise UnjudgedDateError(f"No gate gave a verdict on {each.day}, so it does not land.")
            judged[each.day] = own
        return judged

    def _set_aside(self, staged: StagedDate, verdicts: list[Verdict]) -> tuple[StagedDate, list[Verdict]]:
        """Take sessions out that break a rule, until none does, or too many do; the final verdicts.

        What is left is judged again: rows of another session may have leaned on those that went.
        """
        final = {(verdict.gate, verdict.rule): verdict for verdict in verdicts}
        while SET_ASIDE_TABLE in self._target.lake_tables:
            faults = session_faults(verdicts)
            aside, total = session_counts(staged)
            if not faults or stops_the_whole(verdicts) or faults.keys() & set_aside_ids(staged):
                break
            if self._run.set_aside.is_exceeded(aside + len(faults), total):
                break
            for verdict in verdicts:
                if verdict.is_stopping:
                    final[(verdict.gate, verdict.rule)] = as_warning(verdict)
            staged = without_sessions(staged, faults, lake_tables=self._target.lake_tables)
            self._run.step(f"set aside {staged.day}")
            verdicts = self._judge([staged])[staged.day]
            final |= {(v.gate, v.rule): v for v in verdicts if v.is_stopping}
        return staged, list(final.values())

    def _too_many(self, staged: StagedDate, verdicts: Sequence[Verdict]) -> list[str]:
        """Why the date stops though no rule about the whole is broken: too many sessions are set aside."""
        aside, total = session_counts(staged)
        going = aside + len(session_faults(verdicts))
        if stops_the_whole(verdicts) or not self._run.set_aside.is_exceeded(going, total):
            return []
        return [limit_message(going, total, self._run.set_aside, verdicts)]

    def _record(self, verdicts: Sequence[Verdict]) -> None:
        target, run = self._target, self._run
        record_verdicts(target.lake_dir, verdicts, run_id=run.run_id, stage=target.stage, now=run.now)
        self._verdicts.extend(verdicts)

    def report(self) -> LandingReport:
        """What became of each date so far."""
        return LandingReport(
            landed=dict(sorted(self._landed.items())),
            unchanged=tuple(self._unchanged),
            stopped=tuple(self._stopped),
            emptied=tuple(self._emptied),
            verdicts=tuple(self._verdicts),
        )

    def _land(self, staged: StagedDate, *, has_warning: bool) -> None:
        target = self._target
        state = LandedState(
            fingerprint=staged.fingerprint,
            version=target.version,
            row_counts=dict(staged.row_counts),
            redaction_counts=dict(staged.redaction_counts),
            verdict="warned" if has_warning else "passed",
            run_id=self._run.run_id,
            landed_at=self._run.now.isoformat(),
        )
        moves = tuple(
            (path, partition_file(target.lake_dir, target.lake_tables[name], staged.day))
            for name, path in staged.files.items()
        )
        deletes = self._obsolete_files(staged.day, kept=staged.files)
        self._commit(staged.day, staged.folder, moves=moves, deletes=deletes, state=state)
        self._landed[staged.day] = state

    def _hold(self, staged: StagedDate, messages: Sequence[str]) -> None:
        target = self._target
        messages = tuple(messages)
        stopped = StoppedState(staged.fingerprint, messages, self._run.run_id, self._run.now.isoformat())
        write_json(stopped_path(target.lake_dir, staged.day, scope=target.scope), as_json(stopped))
        shutil.rmtree(staged.folder)
        self._stopped.append(StoppedDate(staged.day, messages))

    def _commit(
        self,
        day: date,
        folder: Path,
        *,
        moves: tuple[tuple[Path, Path], ...],
        deletes: tuple[Path, ...],
        state: LandedState | None,
    ) -> None:
        target = self._target
        refusal = stopped_path(target.lake_dir, day, scope=target.scope)
        change = Commit(
            commit_id=self._commit_id(day),
            staging_dir=folder,
            moves=moves,
            deletes=(*deletes, refusal) if refusal.exists() else deletes,
            state_path=landed_path(target.lake_dir, day, scope=target.scope),
            state=None if state is None else as_json(state),
        )
        commit(target.lake_dir, change, step=self._run.step)

    def _obsolete_files(self, day: date, *, kept: Iterable[str]) -> tuple[Path, ...]:
        """Files of tables that have rows on this date no longer."""
        target, still = self._target, set(kept)
        paths = (
            partition_file(target.lake_dir, table, day)
            for name, table in target.lake_tables.items()
            if name not in still
        )
        return tuple(path for path in paths if path.exists())

    def _commit_id(self, day: date) -> str:
        return f"{self._run.run_id}.{self._target.stage}.{day.isoformat()}"
