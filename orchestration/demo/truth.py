"""What was planted: the exact numbers that the written transcripts add up to, and the labels they earn.

Knows no file format. A count of the truth is a count of what a reader should find after duplicates
are removed; where a rule of counting is a decision, the field's comment says it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

import orjson

from orchestration.demo.traffic.call_truth import CallTruth

WorkMode = Literal[
    "build",
    "fix",
    "test",
    "orchestrate",
    "operate",
    "understand",
    "plan",
    "analyze",
    "communicate",
    "not_inferable",
]
CodebaseRelation = Literal["modifies_existing", "explores_existing", "creates_new", "no_codebase"]
Outcome = Literal["succeeded", "partially_succeeded", "failed", "no_clear_goal"]

HARD_SUCCESS = frozenset(
    {
        "commit_matches",
        "pr_opened",
        "pr_merged",
        "tests_pass_after_change",
        "command_output_matches",
        "user_affirms_result",
    }
)
HARD_FAILURE = frozenset(
    {"error_unrecovered", "tests_fail_at_end", "user_rejects_result", "gave_up", "rollback"}
)
SOFT_FAILURE = frozenset({"user_pushes_back", "frustration", "repeated_attempts", "work_off_target"})

TROUBLE_ABOVE = 3
"""A session is in trouble where its failure score is above this (the page's threshold)."""


def success_score(signals: Sequence[str]) -> int:
    """I8: 0 none, 1 a trace, 2 clean end only, 3 soft corroboration, 4 one hard signal, 5 several."""
    hard = sum(signal in HARD_SUCCESS for signal in signals)
    if hard:
        return 4 if hard == 1 else 5
    is_clean = "clean_end" in signals
    if "artefact_confirmed" in signals or (is_clean and "neutral_ack" in signals):
        return 3
    return 2 if is_clean else int("neutral_ack" in signals)


def failure_score(signals: Sequence[str]) -> int:
    """I9: 0 none, 1 recovered error only, 2 one soft signal, 3 several, 4 one hard signal, 5 several."""
    hard = sum(signal in HARD_FAILURE for signal in signals)
    if hard:
        return 4 if hard == 1 else 5
    soft = sum(signal in SOFT_FAILURE for signal in signals)
    if soft:
        return 2 if soft == 1 else 3
    return 1 if "error_recovered" in signals else 0


@dataclass(frozen=True)
class TurnTruth:
    """One planted turn. `wall_seconds`: opening record to the last record of the agent's work."""

    opened_by: str
    end_reason: str
    started_at: str
    ended_at: str
    wall_seconds: float
    permission_mode: str | None  # last one stated; None before 2.1.15 and after a plan is accepted
    is_mode_stated: bool  # the opening record itself carries it
    tool_call_count: int  # sub-agents included
    is_background: bool
    is_interrupted: bool
    has_agent_work: bool  # false where the API refused before the agent said anything
    clarification_count: int = 0  # questions to the person, by tool or at the end of the turn


@dataclass(frozen=True)
class SessionCounts:
    """The count columns of fct_sessions, sub-agents included unless the name says `root_`."""

    turn_count: int  # background turns and turns without agent work included
    worked_turn_count: int  # turns with agent work: the denominator of rates over turns
    background_turn_count: int
    human_prompt_count: int  # prompts typed by a person (D2), those that steer a turn included
    queued_prompt_count: int  # enqueued mid-run and handed over as the next prompt (dequeue)
    human_act_count: int  # sum of `acts`; /clear at the top is not an act
    message_count: int  # distinct non-synthetic responses, warm-ups included
    root_message_count: int
    warmup_message_count: int
    tool_call_count: int
    root_tool_call_count: int
    tool_error_count: int  # results with is_error but those denied by the user and collateral ones
    interrupt_count: int  # markers that do not belong to a denial or to an accepted plan
    denial_count: int  # refused calls but plans (those are verdicts: acts plan_rejected)
    clarification_count: int  # AskUserQuestion calls and turns that end with a question
    compaction_count: int
    subagent_count: int  # warm-ups excluded
    input_tokens: int
    cache_creation_input_tokens: int
    cache_read_input_tokens: int
    output_tokens: int
    lines_added: int
    lines_removed: int
    commit_count: int
    push_count: int
    pull_request_count: int
    test_run_count: int
    api_error_count: int  # synthetic give-ups
    api_retry_count: int
    synthetic_message_count: int


@dataclass(frozen=True)
class SessionEffects:
    """What a session's effects rest on, where effects are planted; a price where there is a goal."""

    expertise_level: int
    price_usd: float | None
    work_occupation: str
    user_occupation: str


@dataclass(frozen=True)
class SessionTruth:
    """One planted session (lineage). Times are ISO strings in UTC with milliseconds."""

    session_id: str
    aliases: tuple[str, ...]
    continues_session_id: str | None
    user: str | None  # None: a generic home folder, nobody's name
    project: str
    cwd: str
    month: int  # 0 = first month of the plan
    prior_session_count: int  # the user's sessions that started before
    cli_version: str
    entrypoint: str | None  # None where the version does not write it
    is_interactive: bool
    is_cleared_start: bool
    is_full_auto: bool | None  # None where the mode is unknown
    is_usage_final: bool
    started_at: str
    ended_at: str
    story: str
    situations: tuple[str, ...]
    counts: SessionCounts
    acts: dict[str, int]
    tool_errors: dict[str, int]  # by kind, denied and collateral ones included
    boundaries: dict[str, int]  # calls that cross a boundary, by kind
    turns: tuple[TurnTruth, ...]
    work_mode: WorkMode
    codebase_relation: CodebaseRelation
    outcome: Outcome
    success_signals: tuple[str, ...]
    success_score: int
    failure_signals: tuple[str, ...]
    failure_score: int
    files: tuple[str, ...]  # relative to the corpus folder, sub-agent files included
    effects: SessionEffects | None = None
    agent: str = "claude_code"  # the coding agent whose format the session is written in

    @property
    def is_in_trouble(self) -> bool:
        return self.failure_score > TROUBLE_ABOVE

    @property
    def is_verified_success(self) -> bool:
        return self.outcome == "succeeded" and self.success_score >= 4

    @property
    def is_abandoned(self) -> bool:
        return self.is_in_trouble and self.outcome == "failed" and self.counts.lines_added == 0


@dataclass(frozen=True)
class PlantedSecret:
    """One fake secret or address, the session it stands in, and its text (for tests of redaction)."""

    session_id: str
    kind: str
    text: str


@dataclass(frozen=True)
class FileTruth:
    """Defects and oddities of the files of sessions, over the whole corpus; logs of API traffic have none."""

    file_count: int
    line_count: int
    object_count: int  # JSON objects, glued ones apart, duplicates of forks included
    glued_line_count: int
    missing_final_newline_count: int
    bad_line_count: int
    duplicate_record_count: int  # records with a uuid that stand in two files
    unknown_record_types: dict[str, int]
    summary_only_file_count: int


@dataclass(frozen=True)
class PlantedTruth:
    """Everything planted in one corpus."""

    plan: dict[str, Any]
    sessions: list[SessionTruth]
    secrets: list[PlantedSecret]
    files: FileTruth
    lone_user: str | None  # alone with the desktop entry point and with the work mode communicate
    population: dict[str, Any] = field(default_factory=dict)
    calls: list[CallTruth] = field(default_factory=list)  # of the API traffic

    def total(self, column: str) -> int:
        """Sum of one count column over all sessions."""
        return sum(int(getattr(session.counts, column)) for session in self.sessions)

    def to_json(self) -> bytes:
        return orjson.dumps(self, option=orjson.OPT_INDENT_2)

    @classmethod
    def from_json(cls, content: bytes | str) -> "PlantedTruth":
        raw = orjson.loads(content)
        return cls(
            plan=raw["plan"],
            sessions=[session_from_dict(item) for item in raw["sessions"]],
            secrets=[PlantedSecret(**item) for item in raw["secrets"]],
            files=FileTruth(**raw["files"]),
            lone_user=raw["lone_user"],
            population=raw["population"],
            calls=[CallTruth(**item) for item in raw.get("calls", [])],
        )

    @classmethod
    def read(cls, path: Path) -> "PlantedTruth":
        return cls.from_json(path.read_bytes())


def session_from_dict(raw: dict[str, Any]) -> SessionTruth:
    """A session's truth from its JSON object."""
    values = dict(raw)
    values["counts"] = SessionCounts(**values["counts"])
    values["turns"] = tuple(TurnTruth(**turn) for turn in values["turns"])
    for name in ("aliases", "situations", "success_signals", "failure_signals", "files"):
        values[name] = tuple(values[name])
    if values["effects"] is not None:
        values["effects"] = SessionEffects(**values["effects"])
    return SessionTruth(**values)


class Tally:
    """The running truth of one session while it is written; `finish` makes it final."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.acts: Counter[str] = Counter()
        self.tool_errors: Counter[str] = Counter()
        self.boundaries: Counter[str] = Counter()
        self.turns: list[TurnTruth] = []
        self.is_usage_final = True
        self.first_ms: int | None = None
        self.last_ms: int | None = None

    def see_time(self, at_ms: int) -> None:
        self.first_ms = at_ms if self.first_ms is None else min(self.first_ms, at_ms)
        self.last_ms = at_ms if self.last_ms is None else max(self.last_ms, at_ms)

    def finish(self) -> SessionCounts:
        """The final counts; what never happened is a true zero here, because all was counted."""
        values = Counter(self.counts)
        values["turn_count"] = len(self.turns)
        values["worked_turn_count"] = sum(turn.has_agent_work for turn in self.turns)
        values["background_turn_count"] = sum(turn.is_background for turn in self.turns)
        values["human_act_count"] = self.acts.total()
        unknown = set(values) - set(_COUNT_NAMES)
        if unknown:
            raise ValueError(f"counted what SessionCounts does not know: {sorted(unknown)}")
        return SessionCounts(**{name: values[name] for name in _COUNT_NAMES})


_COUNT_NAMES = tuple(item.name for item in fields(SessionCounts))
