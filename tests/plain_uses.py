"""Sessions as study A looks at them: whose each is, what the person had done before, how it was overseen.

Shares no code with the package. A session's person is the one whose folder its file is in, where the files of
several people are kept by person (`<person>/-a-project/<id>.jsonl`); else whose home it ran in.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from tests.plain_records import PlainSession, sessions_of
from tests.plain_speech import said_by
from tests.plain_turns import PlainTurn, Reading

WITHOUT_APPROVAL = {"bypassPermissions", "auto"}
WITH_APPROVAL = {"default", "acceptEdits", "plan", "dontAsk"}
BUCKETS = ((0, 0), (1, 2), (3, 9), (10, 29), (30, 99), (100, 299), (300, 999))
NO_NAMES = {
    "user",
    "root",
    "ubuntu",
    "coder",
    "runner",
    "node",
    "vscode",
    "admin",
    "ec2-user",
    "agent",
    "dev",
}
RETENTION, CLOSING = timedelta(days=30), timedelta(hours=72)


@dataclass(eq=False)
class PlainUse:
    """A session as study A looks at it; `prior` sessions of the person came before it."""

    session_id: str
    person: str | None
    started_at: datetime
    ended_at: datetime
    is_interactive: bool
    turns: list[PlainTurn]
    reading: Reading
    agent_count: int
    prior: int | None = None
    is_cut_off: bool = False

    @property
    def month(self) -> date:
        return self.started_at.date().replace(day=1)

    @property
    def worked(self) -> list[PlainTurn]:
        return [turn for turn in self.turns if turn.has_work]

    @property
    def with_calls(self) -> list[PlainTurn]:
        return [turn for turn in self.turns if turn.calls + turn.agent_calls]

    @property
    def is_without_approval(self) -> bool | None:
        """Whether no turn with a call was in a mode that needs approval; None where a mode is unknown."""
        modes = [turn.mode for turn in self.with_calls]
        if any(mode in WITH_APPROVAL for mode in modes):
            return False
        return True if modes and all(mode in WITHOUT_APPROVAL for mode in modes) else None

    @property
    def has_no_verdict(self) -> bool:
        """Whether the person refused no call and gave no verdict on a plan."""
        calls = self.reading.calls.values()
        is_refused = any(call.is_refused for call in calls)
        is_plan = any(
            c.name == "ExitPlanMode" and c.answered_at and not c.is_error and not c.agent for c in calls
        )
        return not (is_refused or is_plan)

    @property
    def bucket(self) -> str:
        if self.prior is None:
            return "unknown_user"
        if self.is_cut_off:
            return "history_truncated"
        found = next(((low, high) for low, high in BUCKETS if low <= self.prior <= high), None)
        if found is None:
            return "1000+"
        return str(found[0]) if found[0] == found[1] else f"{found[0]}-{found[1]}"


def uses_of(folder: Path, *, archived_at: datetime) -> list[PlainUse]:
    """Every session of a folder of transcripts, with what its person had done before."""
    sessions = sessions_of(sorted(folder.rglob("*.jsonl")))
    uses = [_use_of(session, folder, archived_at) for session in sessions]
    by_person: dict[str, list[PlainUse]] = defaultdict(list)
    for use in uses:
        if use.person is not None:
            by_person[use.person].append(use)
    for own in by_person.values():
        own.sort(key=lambda use: (use.started_at, use.session_id))
        first_end = min(use.ended_at for use in own)
        is_cut_off = own[0].started_at < archived_at and first_end >= archived_at - RETENTION
        for at, use in enumerate(own):
            use.prior = sum(other.is_interactive for other in own[:at])
            use.is_cut_off = is_cut_off
    return uses


def _use_of(session: PlainSession, folder: Path, archived_at: datetime) -> PlainUse:
    readings = [Reading(session).read()]
    turns = sorted((turn for one in readings for turn in one.turns), key=lambda turn: turn.opened_at)
    if turns and turns[-1].end == "cut" and archived_at - turns[-1].stopped_at < CLOSING:
        turns[-1].end = "open"
    cwds = [at.record["cwd"] for at in session.records if at.record.get("cwd")]
    return PlainUse(
        session.session_id, _author_of(session, folder) or person_of(cwds[0] if cwds else ""),
        session.started_at, session.ended_at,
        _is_interactive(session, readings), turns, readings[0], len(_agents_of(session, readings)),
    )  # fmt: skip


def _author_of(session: PlainSession, folder: Path) -> str | None:
    """Whose folder the files of a session are in."""
    places = [path.relative_to(folder).parts for path in session.files]
    return min((one[0] for one in places if len(one) == 3 and one[1].startswith("-")), default=None)


def person_of(folder: str) -> str | None:
    """Who works in a home folder; names that many machines have are nobody's."""
    found = re.match(
        r"(?:/mnt/[a-z]|[a-zA-Z]:)?/(?:usr/)?(?:home|users)/([^/]+)", folder.replace("\\", "/"), re.I
    )
    name = found.group(1).casefold() if found else None
    return None if name is None or name in NO_NAMES else name


def _is_interactive(session: PlainSession, readings: list[Reading]) -> bool:
    """Whether a person took part: an act, and neither a program's entry point nor a lone unwatched run."""
    acts = [act for one in readings for act in one.acts]
    places = {at.record["entrypoint"] for at in session.records if at.record.get("entrypoint")}
    if not acts:
        return False
    if places:
        is_stated = any((at.record.get("origin") or {}).get("kind") == "human" for at, _ in acts)
        return is_stated or not all(place.startswith("sdk") or "action" in place for place in places)
    turns = [turn for one in readings for turn in one.turns]
    is_alone = len(acts) == 1 and acts[0][1] == "prompt" and not any(one.durations for one in readings)
    return not (is_alone and bool(turns) and all(turn.mode == "bypassPermissions" for turn in turns))


def _agents_of(session: PlainSession, readings: list[Reading]) -> set[str]:
    """Sub-agents that worked or were spawned; neither warm-ups nor the harness's own."""
    sides = [at.record for at in session.records if at.record.get("isSidechain") is True]
    named = {record["agentId"] for record in sides if record.get("agentId")}
    warm = {
        record.get("agentId")
        for record in sides
        if record["type"] == "user" and said_by(record)[1].strip() == "Warmup"
    }
    for call in readings[0].calls.values():
        spawned = call.outcome.get("agentId") if isinstance(call.outcome, dict) else None
        named |= {spawned} if isinstance(spawned, str) else set()
    return {agent for agent in named - warm if not agent.startswith("acompact")}


def counted(uses: list[PlainUse]) -> Counter[str]:
    """How much there is: sessions, interactive ones, people, worked turns, interrupts, refused calls."""
    own = [use for use in uses if use.is_interactive]
    return Counter({
        "sessions": len(uses), "interactive": len(own),
        "people": len({use.person for use in own if use.person}),
        "turns": sum(len(use.worked) for use in own),
        "interrupts": sum(turn.interrupts for use in own for turn in use.turns),
        "refused": sum(call.is_refused for use in own for call in use.reading.calls.values()),
    })  # fmt: skip
