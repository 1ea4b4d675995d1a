"""What a session's timeline says of the session as a whole: times, versions, surface, links.

Facts, not judgements: which of the surfaces a measure is about is said in dbt.
"""

import re
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from orchestration.ingest.rows import Surface
from orchestration.ingest.sources.claude_code.events import plan_hash
from orchestration.ingest.sources.claude_code.human_acts import Act
from orchestration.ingest.sources.claude_code.responses import Work
from orchestration.ingest.sources.claude_code.surfaces import surface_of
from orchestration.ingest.sources.claude_code.timeline import Entry, Timeline
from orchestration.ingest.sources.claude_code.turn import Turn
from orchestration.ingest.sources.claude_code.who_speaks import PLAN_START, read_utterance, text_of
from orchestration.ingest.time_spans import union_seconds

AGENT = "claude_code"
"""The coding agent that writes this source's transcripts."""

_CONTINUED_TRANSCRIPT = re.compile(
    r"read the full transcript at:?\s*\S*?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.jsonl"
)


_AFTER_PLAN = "\n\n\nIf you need specific details from before exiting plan mode"


class SessionFacts(NamedTuple):
    """Columns of raw_sessions that come from the timeline."""

    continues_session_id: str | None
    implements_plan_hash: str | None
    started_at: datetime
    ended_at: datetime
    cli_version: str | None
    first_cli_version: str | None
    entrypoint: str | None
    surface: Surface
    file_count: int
    branch_count: int
    record_count: int
    subagent_count: int
    turn_duration_record_count: int
    active_seconds: float
    is_cleared_start: bool
    is_warmup_only: bool
    has_late_records: bool


def read_facts(timeline: Timeline, work: Work, acts: dict[int, Act], turns: list[Turn]) -> SessionFacts:
    """Facts of one session that has a time; its records may all be of types that are only counted."""
    entries = timeline.entries
    assert timeline.first_at is not None  # the archive knows no session without a time
    assert timeline.last_at is not None
    versions = [v for entry in entries if isinstance(v := entry.record.get("version"), str)]
    entrypoints = [e for entry in entries if isinstance(e := entry.record.get("entrypoint"), str)]
    links = _links(entries)
    own = [entry for entry in entries if entry.record.get("timestamp")]
    warmups = _warmup_agents(entries)
    reported = sum(entry.record.get("subtype") == "turn_duration" for entry in entries)
    return SessionFacts(
        continues_session_id=links[0],
        implements_plan_hash=links[1],
        started_at=timeline.first_at,
        ended_at=timeline.last_at,
        cli_version=versions[-1] if versions else None,
        first_cli_version=versions[0] if versions else None,
        entrypoint=entrypoints[0] if entrypoints else None,
        surface=surface_of(entries, acts, turns, reported_durations=reported),
        file_count=len({key[0] for key in timeline.counts}),
        branch_count=timeline.branch_count,
        record_count=len(entries),
        subagent_count=len(_agents(entries, work) - warmups),
        turn_duration_record_count=reported,
        active_seconds=union_seconds([span for turn in turns for span in turn.active]),
        is_cleared_start=_is_cleared_start(entries),
        is_warmup_only=bool(warmups) and all(entry.agent_id in warmups for entry in entries),
        has_late_records=any(a.place[0] == b.place[0] and a.place > b.place for a, b in pairwise(own)),
    )


def _links(entries: list[Entry]) -> tuple[str | None, str | None]:
    """The session whose plan this one carries out, where the first prompt names it, and the plan's key."""
    for entry in entries:
        if entry.type != "user" or entry.is_sidechain:
            continue
        said = read_utterance(entry.record)
        if said.speaker == "plan_implementation":
            text = text_of(entry.record["message"].get("content"))[0]
            match = _CONTINUED_TRANSCRIPT.search(text)
            plan = entry.record.get("planContent") or _plan_in(text)
            return (match.group(1) if match else None), plan_hash(plan)
        if said.speaker in ("prompt", "image"):
            return None, None
    return None, None


def _plan_in(text: str) -> str:
    """The plan in the prompt that the harness writes, for versions that do not state it apart."""
    return text.partition(PLAN_START)[2].partition(_AFTER_PLAN)[0]


def _agents(entries: list[Entry], work: Work) -> set[str]:
    agents = {entry.agent_id for entry in entries if entry.agent_id and entry.is_sidechain}
    agents |= {
        call.result.spawned_agent_id
        for call in work.calls.values()
        if call.result is not None and call.result.spawned_agent_id
    }
    # The agent that writes a compaction summary is the harness's, nobody spawned it.
    return {agent for agent in agents if not agent.startswith("acompact")}


def _warmup_agents(entries: list[Entry]) -> set[str | None]:
    return {
        entry.agent_id
        for entry in entries
        if entry.is_sidechain and entry.type == "user" and read_utterance(entry.record).speaker == "warmup"
    }


def _is_cleared_start(entries: list[Entry]) -> bool:
    """Whether `/clear` started the session: its record stands at the top of the new file."""
    for entry in entries[:12]:
        if entry.type == "assistant":
            return False
        content: Any = entry.record.get("content")
        if entry.type == "user":
            said = read_utterance(entry.record)
            if said.speaker == "command" and said.command_name == "clear":
                return True
        elif entry.type == "system" and "<command-name>/clear<" in str(content):
            return True
    return False
