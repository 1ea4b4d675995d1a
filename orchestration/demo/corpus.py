"""Writes the corpus: session by session to files, and keeps or hands on the planted truth.

Memory does not grow with the size where the truth is streamed; nothing here reads a clock.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from orchestration.demo.casting import Cast, Caster
from orchestration.demo.effects_casting import EffectsCaster, settled_people
from orchestration.demo.effects_shown import shown_effects
from orchestration.demo.people import History, people_of, schedule
from orchestration.demo.performance import Played, PlayedFile, new_slug, play
from orchestration.demo.plan import DemoPlan
from orchestration.demo.playbill import Playbill
from orchestration.demo.population import AUTO_MODES, Quotas, realised
from orchestration.demo.rollout import as_rollout
from orchestration.demo.traffic.logs import write_logs
from orchestration.demo.transcript import iso, new_uuid
from orchestration.demo.truth import (
    FileTruth,
    PlantedSecret,
    PlantedTruth,
    SessionTruth,
    TurnTruth,
    failure_score,
    success_score,
)

BAD_LINE = b'{"type":"user","message":{"role":"user","content":"cut in the mid'
UNKNOWN_TYPE = "canvas-state"
_NOT_WORD = re.compile(r"[^A-Za-z0-9]")


def write_demo_corpus(
    folder: Path, plan: DemoPlan, *, progress: Callable[[int], None] | None = None
) -> PlantedTruth:
    """Write the whole corpus and return its truth; `progress` is told the number of sessions so far."""
    writer = CorpusWriter(folder, plan)
    sessions: list[SessionTruth] = []
    for session in writer.sessions():
        sessions.append(session)
        if progress is not None:
            progress(len(sessions))
    if plan.codex_share:
        sessions = _with_prior_of_agent(sessions)
    traffic = write_logs(folder, plan)
    return PlantedTruth(
        plan=plan.as_json(),
        sessions=sessions,
        secrets=writer.secrets,
        files=writer.file_truth(),
        lone_user=next((person.name for person in writer.people if person.is_lone), None),
        population=realised(sessions)
        | ({} if plan.effects is None else {"effects": shown_effects(plan.effects, sessions)})
        | ({"api_traffic": traffic.population} if traffic.calls else {}),
        calls=traffic.calls,
    )


@dataclass
class _FileCounts:
    """Counters of what was written to files."""

    values: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)


class CorpusWriter:
    """Writes sessions to files; iterate over `sessions()` to stream the truth of a large corpus."""

    def __init__(self, folder: Path, plan: DemoPlan) -> None:
        self.folder, self.plan = folder, plan
        self.people = people_of(plan) if plan.effects is None else settled_people(plan)
        self.secrets: list[PlantedSecret] = []
        self._quotas = Quotas(plan)
        self._caster: Caster | EffectsCaster = (
            Caster(plan, self.people, self._quotas)
            if plan.effects is None
            else EffectsCaster(plan, self.people, plan.effects)
        )
        self._history = History()
        self._counts = _FileCounts()
        self._made: set[Path] = set()
        self._waiting = {"unknown": plan.sessions // 3, "bad": plan.sessions // 2, "summary": 0}

    def sessions(self) -> Iterator[SessionTruth]:
        """Write every session in order of time and yield its truth."""
        slots = self.plan.sessions - self._caster.handovers_left
        for slot in schedule(self.plan, self.people, slots):
            name = self._caster.person_of(slot).name or ""
            prior = self._history.before(name, slot.start_ms)
            may_hand_over = not self._history.has_after(name, slot.start_ms)
            cast = self._caster.cast(slot, prior, may_hand_over=may_hand_over)
            self._history.add(name, slot.start_ms)
            slug = new_slug(cast.bill.shop.rng)
            first = self._play(cast, cast.bill, start_ms=slot.start_ms, slug=slug, prior=prior)
            yield self._write(cast, cast.bill, first, prior=prior, continues=None)
            if cast.continuation is not None:
                yield self._continue(cast, cast.continuation, first, slug)

    def _continue(self, cast: Cast, bill: Playbill, first: Played, slug: str) -> SessionTruth:
        """The session that the CLI starts after a plan is accepted with cleared context."""
        name, last_ms = cast.person.name or "", first.tally.last_ms
        assert last_ms is not None
        start_ms = last_ms + bill.shop.rng.randint(400, 20_000)
        prior = self._history.before(name, start_ms)
        self._history.add(name, start_ms)
        played = self._play(cast, bill, start_ms=start_ms, slug=slug, prior=prior)
        return self._write(cast, bill, played, prior=prior, continues=first.session_id)

    def _play(self, cast: Cast, bill: Playbill, *, start_ms: int, slug: str, prior: int) -> Played:
        knows = cast.person.name is not None
        return play(
            self.plan,
            cast,
            bill,
            start_ms=start_ms,
            slug=slug,
            interrupts=lambda: knows and self._quotas.interrupts(prior),
        )

    def _write(
        self, cast: Cast, bill: Playbill, played: Played, *, prior: int, continues: str | None
    ) -> SessionTruth:
        if (written := self._write_rollout(cast, bill, played, prior=prior, continues=continues)) is not None:
            return written
        base = _NOT_WORD.sub("-", bill.shop.root)
        if cast.person.author_folder:
            base = f"{cast.person.author_folder}/{base}"
        files = tuple(f"{base}/{file.name}" for file in played.files)
        self._add_oddities(cast, bill, played)
        for file in played.files:
            self._write_file(f"{base}/{file.name}", file, bill)
        self.secrets += [replace(secret, session_id=played.session_id) for secret in played.scene.secrets]
        return _session_truth(self.plan, cast, bill, played, prior=prior, continues=continues, files=files)

    def _write_rollout(
        self, cast: Cast, bill: Playbill, played: Played, *, prior: int, continues: str | None
    ) -> SessionTruth | None:
        """The session as Codex writes it, for a share of those that its format can tell; else None."""
        rng = random.Random(f"{self.plan.seed}-codex-{cast.slot.number}")
        name = cast.person.name
        is_named = name is not None and name in cast.person.home and not cast.person.is_lone
        if not is_named or len(played.files) > 1 or continues or rng.random() >= self.plan.codex_share:
            return None
        lines = played.files[0].lines
        truth = _session_truth(self.plan, cast, bill, played, prior=prior, continues=None, files=())
        found = as_rollout(lines, truth, mode=bill.mode) if not cast.continuation else None
        if found is None:
            return None
        lines, truth = found
        day = truth.started_at[:10].replace("-", "/")
        stamp = truth.started_at[:19].replace(":", "-")
        relative = f"codex-sessions/{day}/rollout-{stamp}-{truth.session_id}.jsonl"
        path = self.folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\n".join(lines) + b"\n")
        counts = self._counts.values
        counts["file_count"] += 1
        counts["line_count"] += len(lines)
        counts["object_count"] += len(lines)
        self.secrets += [replace(secret, session_id=truth.session_id) for secret in played.scene.secrets]
        return replace(truth, files=(relative,))

    def _add_oddities(self, cast: Cast, bill: Playbill, played: Played) -> None:
        """One unknown record type, one bad line and one file of a lone summary in the whole corpus."""
        number, lines = cast.slot.number, played.files[0].lines
        if self._is_due("unknown", number):
            record = {"type": UNKNOWN_TYPE, "sessionId": played.session_id, "canvas": {"open": True}}
            lines.insert(len(lines) // 2, orjson.dumps(record))
            self._counts.unknown[UNKNOWN_TYPE] += 1
        if self._is_due("bad", number):
            lines.insert(len(lines) // 2, BAD_LINE)
            self._counts.values["bad_line_count"] += 1
        if bill.shop.features.has_summary_records and self._is_due("summary", number):
            summary = {"type": "summary", "summary": "Earlier work", "leafUuid": new_uuid(bill.shop.rng)}
            name = f"{new_uuid(bill.shop.rng)}.jsonl"
            played.files.append(PlayedFile(name, [orjson.dumps(summary)], is_main=False))
            self._counts.values["summary_only_file_count"] += 1

    def _is_due(self, oddity: str, number: int) -> bool:
        due = self._waiting.get(oddity)
        if due is None or number < due:
            return False
        del self._waiting[oddity]
        return True

    def _write_file(self, name: str, file: PlayedFile, bill: Playbill) -> None:
        path, counts = self.folder / name, self._counts.values
        if path.parent not in self._made:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(path.parent)
        is_glued = bill.is_glued and file.is_main
        content, line_count = _joined(file.lines, is_glued=is_glued)
        if bill.has_final_newline or not file.is_main:
            content += b"\n"
        else:
            counts["missing_final_newline_count"] += 1
        path.write_bytes(content)
        counts["glued_line_count"] += len(file.lines) - line_count
        counts["file_count"] += 1
        counts["line_count"] += line_count
        counts["object_count"] += len(file.lines)
        counts["duplicate_record_count"] += file.duplicates

    def file_truth(self) -> FileTruth:
        """Counters of the files; complete once `sessions()` is exhausted."""
        values = self._counts.values
        return FileTruth(
            file_count=values["file_count"],
            line_count=values["line_count"],
            object_count=values["object_count"] - values["bad_line_count"],
            glued_line_count=values["glued_line_count"],
            missing_final_newline_count=values["missing_final_newline_count"],
            bad_line_count=values["bad_line_count"],
            duplicate_record_count=values["duplicate_record_count"],
            unknown_record_types=dict(self._counts.unknown),
            summary_only_file_count=values["summary_only_file_count"],
        )


def _with_prior_of_agent(sessions: list[SessionTruth]) -> list[SessionTruth]:
    """Experience is counted with one agent: earlier sessions with another are none of it."""
    history = History()
    for session in sessions:
        history.add(*_start_with_agent(session))
    return [
        replace(session, prior_session_count=history.before(*_start_with_agent(session)))
        for session in sessions
    ]


def _start_with_agent(session: SessionTruth) -> tuple[str, int]:
    at = datetime.fromisoformat(session.started_at)
    return f"{session.agent} {session.user}", int(at.timestamp() * 1000)


def _joined(lines: list[bytes], *, is_glued: bool) -> tuple[bytes, int]:
    """The lines as bytes; glued: a record and the snapshot after it stand on one line."""
    snapshot = b'{"type":"file-history-snapshot"'
    at = next((n for n, line in enumerate(lines) if n and line.startswith(snapshot)), None)
    if not is_glued or at is None:
        return b"\n".join(lines), len(lines)
    glued = [*lines[: at - 1], lines[at - 1] + lines[at], *lines[at + 1 :]]
    return b"\n".join(glued), len(glued)


def _is_full_auto(turns: list[TurnTruth]) -> bool | None:
    """D8: every turn with tool calls is in an auto mode; one known not to be settles it.

    None where no tool was called, or where the modes that are known leave it open.
    """
    modes = {turn.permission_mode for turn in turns if turn.tool_call_count}
    if modes - {*AUTO_MODES, None}:
        return False
    return None if not modes or None in modes else True


def _labels(bill: Playbill) -> dict[str, Any]:
    """What a labeller should say of the session."""
    return {
        "work_mode": bill.story.work_mode,
        "codebase_relation": bill.story.codebase_relation,
        "outcome": bill.story.outcome,
        "success_signals": bill.story.success,
        "success_score": success_score(bill.story.success),
        "failure_signals": bill.failure,
        "failure_score": failure_score(bill.failure),
    }


def _session_truth(
    plan: DemoPlan,
    cast: Cast,
    bill: Playbill,
    played: Played,
    *,
    prior: int,
    continues: str | None,
    files: tuple[str, ...],
) -> SessionTruth:
    tally, has = played.tally, bill.shop.features
    assert tally.first_ms is not None
    assert tally.last_ms is not None
    return SessionTruth(
        session_id=played.session_id,
        aliases=played.aliases,
        continues_session_id=continues,
        user=cast.person.name,
        project=bill.shop.project.name,
        cwd=bill.shop.root,
        month=min(plan.months - 1, int(cast.slot.fraction * plan.months)),
        prior_session_count=prior,
        cli_version=has.version,
        entrypoint=cast.entrypoint if has.has_entrypoint else None,
        is_interactive=not cast.person.is_headless,
        is_cleared_start=bill.is_cleared_start,
        is_full_auto=_is_full_auto(tally.turns),
        is_usage_final=tally.is_usage_final,
        started_at=iso(tally.first_ms),
        ended_at=iso(tally.last_ms),
        story=bill.story_name,
        situations=tuple(bill.situations),
        counts=tally.finish(),
        acts=dict(sorted(tally.acts.items())),
        tool_errors=dict(sorted(tally.tool_errors.items())),
        boundaries=dict(sorted(tally.boundaries.items())),
        turns=tuple(tally.turns),
        **_labels(bill),
        files=files,
        effects=cast.effects,
    )
