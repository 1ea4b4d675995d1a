"""The row types: one named tuple per raw table, and the Arrow schema derived from it.

A row type is the contract of a table: its docstring opens with the grain, its fields are the
columns in order, its annotation is the type. Sources of dbt, gates, landing and tests iterate over
`RAW_TABLES`; nobody lists the tables a second time. Times are UTC. Missing is `None`, never zero.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from types import NoneType
from typing import Any, Literal, NamedTuple, Union, cast, get_args, get_origin, get_type_hints

import pyarrow as pa

from orchestration.ingest.without_pandas import let_arrow_skip_pandas

PARTITION_COLUMN = "session_date"
"""Hive partition of every raw table: the session's UTC date, or for rows of files the archived date."""

TurnOpener = Literal[
    "prompt",  # a typed prompt
    "command",  # a slash command that made the model work
    "answer",  # an answer to a question of the agent
    "plan_accepted",  # a plan approved in place
    "plan_rejected",  # a plan sent back with feedback
    "plan_implementation",  # the prompt the harness writes after a plan is accepted with cleared context
    "background_notification",  # no human act: a background task reported
    "machine_message",  # no human act: another agent, a teammate or a schedule wrote
    "agent",  # no human act: another agent's brief set a sub-agent working
    "unknown",  # the agent works, and no act that set it working is in the transcript
]
TurnEnd = Literal["completed", "question", "plan_approval", "interrupted", "error", "session_end", "open"]
HumanActKind = Literal[
    "prompt",  # typed while the agent waited
    "steering",  # typed while the agent worked
    "command",  # slash command
    "shell_command",  # `!` mode: the human runs a command
    "answer",  # answer to AskUserQuestion
    "plan_accepted",
    "plan_rejected",
    "denial_feedback",  # feedback given with the denial of a tool call
    "plan_implementation",  # written by the harness on the human's acceptance of a plan
]
EventKind = Literal[
    "interrupt",
    "denial",
    "plan_stopped",  # a plan answered with STOP: accepted with cleared context if a session implements it
    "compaction",
    "microcompaction",
    "api_error",
    "api_retry",
    "commit",
    "push",
    "pull_request_opened",
    "pull_request_merged",
    "test_run",
    "mode_change",
    "rollback",
    "cleared",
    "effort_change",
    "hook_cancelled",  # a hook ran into its time limit or was stopped
    "hook_bypass",  # a call runs git without its hooks, or turns hooks off
    "weakened_test",  # a call takes out or skips tests or assertions while the tests fail
    "force_push",
    "permission_edit",  # a call opens files to everybody, or edits what the agent or sudo may do
    "out_of_scope_edit",  # a call edits a file outside of the session's project
    "secrets_read",  # a call reads a file that holds secrets by its name
]
EventEvidence = Literal[
    "record",  # the agent's own record of the event
    "pr_link",  # the agent's link to the pull request
    "git_operation",  # the agent's own record of what a command did
    "tool_result",  # the result of the tool
    "command_output",  # the command printed it
    "exit_status",  # the command succeeded or failed
    "command",  # only the command is known
    "input",  # only what a call asked for is known
]
HarnessTextKind = Literal[
    "compaction_summary",
    "caveat",  # put before the output of local commands
    "command_output",  # what a local command printed
    "shell_output",  # what a command of `!` mode printed
    "notification",  # a background task reported
    "machine_message",  # another session, a teammate or a schedule wrote
    "hook",  # feedback of a hook
    "reminder",
    "editor",  # what is open or selected in the editor
    "interrupt",  # the marker of an interruption
    "warmup",
    "system_prompt",  # what a request tells the model to be, in logs of API traffic
    "request_message",  # what the user's side of a request says, a person or a program
    "earlier_answer",  # an answer that a request repeats, with the calls in it
    "earlier_result",  # a result that a request repeats
    "injected",  # the rest: what a command or skill expands into, instructions, notes on images
]
RecordOrigin = Literal["record", "agent_progress"]
Disposition = Literal["row", "counted", "unknown", "duplicate", "set_aside"]
SetAsideReason = Literal[
    "parser_error",  # the source's parser raised
    "rule_broken",  # rows of the session break rules of the gates
]
ToolCategory = Literal[
    "shell",
    "read",
    "search",
    "edit",
    "web",
    "subagent",
    "question",
    "plan",
    "todo",
    "skill",
    "background",  # looks after what runs in the background
    "mcp",
    "other",
]
ToolErrorKind = Literal[
    "exit_code",  # the command ended non-zero
    "denied_by_user",  # a person said no
    "denied_by_rule",
    "denied_by_classifier",  # the safety check of auto mode
    "denied_by_hook",
    "no_surface",  # it needed an approval, and nobody could be asked
    "interrupted",
    "collateral",  # cancelled because a parallel call failed: not an error of this tool
    "other",
]
Approval = Literal["accept", "reject"]
ApprovalBasis = Literal[
    "measured",  # the agent's telemetry says so
    "inferred",  # the transcript records a refusal, or a mode in which nobody is asked
    "unknown",
]
LinesKnownBy = Literal[
    "patch",  # the result states a patch, or the content of a file it created
    "input",  # the call's input tells: a created file's lines, or the lines that an edit changes
    "input_at_least",  # as `input`, a lower bound: an edit of all occurrences, or a very large one
    "tool_stats",  # a sub-agent's own sum, where none of its calls are in the transcript
]


Surface = Literal[
    "interactive",  # a person at the command line, the desktop application or claude.ai
    "ide",  # a person in somebody else's editor
    "other",  # a person at an entry point that is not in the list of study C's frame
    "unknown",  # an entry point that no list knows, and no record states a person
    "sdk",  # a program
    "action",  # a workflow of a forge
    "headless",
    "presumed_headless",  # older versions do not mark such runs
    "no_human_act",
    "api_chain",  # requests to an API that continue each other
    "api_request",  # one request to an API, which no other is linked to: no session
]
NO_SESSION: frozenset[Surface] = frozenset({"api_request"})
"""Surfaces of what is no session: a test holds them to the seed `surfaces`."""

DriftPlace = Literal[
    "record_type",
    "system_subtype",
    "attachment_type",
    "progress_type",
    "queue_operation",
    "content_block",
    "origin_kind",
    "prompt_source",
    "command_mode",
    "entrypoint",
    "permission_mode",
    "stop_reason",
    "tool_denial_kind",
    "tool_name",
    "refusal_text",  # a failed result that speaks of a refusal in words that no list has
]


class Owner(NamedTuple):
    """The columns that every row of a session carries first."""

    session_id: str
    user_id: str | None
    project_id: str | None
    source: str


class RawFile(NamedTuple):
    """One row per archived version of a transcript file (partitioned by the date it was archived).

    `line_count` = lines with content + blank + comment lines; one line may hold several objects.
    `object_count` + `bad_piece_count` are the pieces found in the lines with content.
    """

    content_hash: str
    path_id: str
    file_name: str
    source: str
    byte_count: int
    line_count: int
    blank_line_count: int
    comment_line_count: int
    object_count: int
    glued_object_count: int
    bad_piece_count: int
    set_aside_object_count: int
    surrogate_count: int
    has_final_newline: bool
    is_sidechain: bool
    first_cli_version: str | None
    last_cli_version: str | None
    parser_version: str
    earliest_at: datetime | None
    latest_at: datetime | None
    archived_at: datetime


class RawQuarantinedLine(NamedTuple):
    """One row per piece of a file that was set aside, with the reason (by archived date).

    `reason` is a closed vocabulary (`read_lines.BadReason`); the piece itself stays in the archive.
    """

    content_hash: str
    path_id: str
    file_name: str
    source: str
    line_number: int
    byte_offset: int
    byte_count: int
    reason: str
    is_object: bool
    record_type: str | None
    archived_at: datetime


class RawRecordCount(NamedTuple):
    """One row per file version, session, record type, subtype and disposition.

    Every object of every file is in exactly one: `row` (it went into a raw table), `counted` (a known
    type that makes no row), `unknown` (drift), `duplicate` (the same record was read before), `set_aside`
    (its whole session is in raw_set_aside_sessions). Single objects that are set aside are in
    raw_quarantined_lines. `session_id` is null for objects of no session.
    """

    content_hash: str
    source: str
    session_id: str | None
    record_type: str
    record_subtype: str | None
    disposition: Disposition
    cli_version: str | None
    object_count: int


class RawDrift(NamedTuple):
    """One row per session, place, CLI version and name of what a transcript holds and no list knows.

    `name` is the unknown name as the transcript writes it (of a text: the word by which it was noticed);
    `example` shows the structure around it, names of keys and types of values, and never a text.
    """

    session_id: str
    source: str
    place: DriftPlace
    name: str
    cli_version: str | None
    example: str
    occurrence_count: int


class RawSession(NamedTuple):
    """One row per session: one lineage of records over all files.

    `surface` says where the session was run and whether a person took part: decided by who was there.
    `project_name` is null unless names may be shown: in a personal home, or where the operator's map
    names the project. `project_root`: the folder in which the session started (of a worktree, that of its
    repository), redacted as the paths of calls are. `title` is a person's or a model's words, redacted and
    cut.
    """

    session_id: str
    agent: str
    source: str
    user_id: str | None
    project_id: str | None
    project_name: str | None
    project_root: str | None
    title: str | None
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


class RawSessionAlias(NamedTuple):
    """One row per other session id that is stamped on records of a session."""

    alias_session_id: str
    session_id: str
    source: str


class RawSetAsideSession(NamedTuple):
    """One row per session that is left out of its date because something is wrong with it.

    `rule_ids` names the rules of the gates that its rows break, separated by blanks; `error_type` and
    `error_place` what its parser raised, and where. Nothing of the session is in any other table but the
    number of its objects in raw_record_counts.
    """

    session_id: str
    source: str
    reason: SetAsideReason
    rule_ids: str | None
    error_type: str | None
    error_place: str | None
    file_count: int
    object_count: int


class RawTurn(NamedTuple):
    """One row per turn: from the act that sets the waiting agent working to where it stops (D3).

    `wall_seconds` is elapsed time (A1's comparable series); `net_seconds` leaves out waits and idle time:
    a long gap is work only where a tool that can run long was running, in sub-agents too (D4).
    `reported_seconds` is what the harness recorded at its own stop: it can span several of these turns,
    since questions and plans end ours and not the harness's; it leaves out approval waits; and almost
    half of the worked turns that could have one have none (341 of 764 in a real corpus). Tool calls
    include those of the sub-agents the turn started, unless the name says `root_`.
    """

    turn_id: str
    session_id: str
    user_id: str | None
    project_id: str | None
    source: str
    opening_act_id: str | None
    opened_by: TurnOpener
    turn_number: int
    started_at: datetime
    ended_at: datetime
    end_reason: TurnEnd
    wall_seconds: float
    net_seconds: float
    reported_seconds: float | None
    response_count: int
    tool_call_count: int
    root_tool_call_count: int
    tool_error_count: int
    steering_count: int
    interrupt_count: int
    denial_count: int
    clarification_count: int
    compaction_count: int
    agent_word_count: int
    tool_input_word_count: int
    output_tokens: int | None
    permission_mode: str | None
    model: str | None
    speed: str | None
    cli_version: str | None
    is_usage_final: bool | None
    is_background: bool
    is_sidechain: bool
    has_agent_work: bool


class RawHumanAct(NamedTuple):
    """One row per act of a human: prompt, command, steering, answer, plan verdict, feedback.

    `text` is redacted. `queue_outcome` (texts queued while the agent worked): `delivered` (it turns up in
    a later record, as a prompt of its own or handed to the agent), `taken_out` (removed from the queue:
    handed over mid-turn or withdrawn, the log does not say), `unknown` (no later queue record).
    """

    act_id: str
    session_id: str
    turn_id: str | None
    user_id: str | None
    project_id: str | None
    source: str
    record_id: str | None
    act_kind: HumanActKind
    acted_at: datetime
    text: str | None
    word_count: int | None
    char_count: int | None
    command_name: str | None
    tool_use_id: str | None
    occurrence: int | None
    queue_outcome: str | None
    permission_mode: str | None
    is_typed: bool
    is_mid_run: bool
    has_image: bool


class RawHarnessText(NamedTuple):
    """One row per text that the harness put into the conversation, not a human and not the agent.

    `text` is redacted and cut to head and tail; `byte_count` is of the whole. `harness_text_id` is the
    record's id, with the number of the part where the record holds somebody's words or a result as well.
    """

    harness_text_id: str
    session_id: str
    turn_id: str | None
    user_id: str | None
    project_id: str | None
    source: str
    agent_id: str | None
    record_id: str
    text_kind: HarnessTextKind
    written_at: datetime
    text: str
    byte_count: int
    is_sidechain: bool


class RawResponse(NamedTuple):
    """One row per model response: its lines together, the last line's usage kept.

    `response_id` is the message id where that is unique in the session, else made unique with the
    request or record id: ids are only as unique as whoever made them. `input_tokens` are those neither
    written to nor read from a cache; `output_tokens` include `reasoning_tokens`.
    `is_usage_final` is false where no line has a stop_reason: `output_tokens` is then a lower bound.
    What other models did for the response is in raw_side_usages, not in these counts.
    Synthetic messages are rows with `is_synthetic`, and no mart counts them as messages.
    """

    response_id: str
    session_id: str
    turn_id: str | None
    user_id: str | None
    project_id: str | None
    source: str
    message_id: str | None
    agent_id: str | None
    record_id: str
    request_id: str | None
    record_origin: RecordOrigin
    model: str | None
    responded_at: datetime
    ended_at: datetime
    text: str | None
    text_word_count: int
    text_char_count: int
    thinking_char_count: int
    tool_use_count: int
    line_count: int
    input_tokens: int | None
    cache_creation_input_tokens: int | None
    cache_creation_5m_input_tokens: int | None
    cache_creation_1h_input_tokens: int | None
    cache_read_input_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    web_search_request_count: int | None
    web_fetch_request_count: int | None
    stop_reason: str | None
    service_tier: str | None
    speed: str | None
    cli_version: str | None
    is_usage_final: bool
    is_synthetic: bool
    is_api_error: bool
    is_sidechain: bool


class RawSideUsage(NamedTuple):
    """One row per use of another model, or of another pass, that a response's own counts leave out.

    An advisor that the answering model asked has a model and tokens of its own, which are in no count of
    raw_responses. `part_number` is its place among the response's iterations, from 1.
    """

    session_id: str
    response_id: str
    part_number: int
    turn_id: str | None
    user_id: str | None
    project_id: str | None
    source: str
    agent_id: str | None
    part_kind: str
    model: str | None
    input_tokens: int | None
    cache_creation_input_tokens: int | None
    cache_creation_5m_input_tokens: int | None
    cache_creation_1h_input_tokens: int | None
    cache_read_input_tokens: int | None
    output_tokens: int | None
    web_search_request_count: int | None
    web_fetch_request_count: int | None
    service_tier: str | None
    responded_at: datetime
    is_usage_final: bool
    is_sidechain: bool


class RawToolCall(NamedTuple):
    """One row per tool call with its result.

    `occurrence` is the how-manyth call of its `tool_use_id` in the session, from 1: some models number
    their calls from zero again and again.
    `is_error`: the call failed or was kept from running; a person's denial, an interruption and a
    collateral cancellation are in `error_kind` only. `input_text` and `result_text` are redacted and cut
    to head and tail.
    `lines_known_by` says how lines are known; they are null for a call that changes no file, and for
    one with `has_unknown_lines`: it changed or may have changed files, by nobody knows how many lines.
    Changes that a shell command makes are in neither. `approval` is what was decided on the call;
    `approval_basis` keeps measured, inferred and unknown apart, and a wait is only ever measured. A
    result without its call in the transcript (slices) is a row with `has_call` false. `deployment_id` is set
    in logs of API traffic: a pseudonym of the API key and the template of the system prompt.
    """

    tool_use_id: str
    occurrence: int
    session_id: str
    turn_id: str | None
    user_id: str | None
    project_id: str | None
    source: str
    response_id: str | None
    deployment_id: str | None
    agent_id: str | None
    record_id: str
    result_record_id: str | None
    record_origin: RecordOrigin
    tool_name: str
    tool_category: ToolCategory
    mcp_server: str | None
    called_at: datetime
    resulted_at: datetime | None
    input_text: str | None
    input_byte_count: int | None
    result_text: str | None
    result_byte_count: int | None
    error_kind: ToolErrorKind | None
    exit_code: int | None
    file_path: str | None
    file_extension: str | None
    lines_added: int | None
    lines_removed: int | None
    lines_known_by: LinesKnownBy | None
    spawned_agent_id: str | None
    subagent_type: str | None
    skill_name: str | None
    approval: Approval | None
    approval_basis: ApprovalBasis
    approved_by: str | None
    approval_wait_seconds: float | None
    is_error: bool
    is_new_file: bool | None
    is_user_modified: bool | None
    is_background: bool
    is_interrupted: bool
    is_sidechain: bool
    has_call: bool
    has_result: bool
    has_unknown_lines: bool


class RawWrittenLine(NamedTuple):
    """One row per tool call, file name and line that the agent wrote into a file.

    No text: `line_hash` is a keyed hash of the line without its white space, `file_key` one of the file's
    name without its folders (`written_lines.py`). Lines too short to be told apart have no row, and calls
    that failed or were denied have none. `line_count` is how often the call wrote the line. What a shell
    command wrote is not known.
    """

    session_id: str
    turn_id: str | None
    user_id: str | None
    project_id: str | None
    source: str
    tool_use_id: str
    occurrence: int
    file_key: int
    line_hash: int
    line_count: int
    written_at: datetime


class RawEvent(NamedTuple):
    """One row per event with its evidence: interrupt, denial, compaction, commit, test run, …

    `is_success` is null where the transcript does not settle it (a compound command's exit status
    belongs to its last member). `evidence` says what the event rests on.
    """

    event_id: str
    session_id: str
    turn_id: str | None
    user_id: str | None
    project_id: str | None
    source: str
    agent_id: str | None
    record_id: str | None
    tool_use_id: str | None
    occurrence: int | None
    event_kind: EventKind
    occurred_at: datetime
    evidence: EventEvidence
    detail: str | None
    commit_sha: str | None
    pull_request_number: int | None
    pull_request_repository: str | None
    plan_hash: str | None
    exit_code: int | None
    tests_passed: int | None
    tests_failed: int | None
    is_success: bool | None
    is_sidechain: bool


class RawRedaction(NamedTuple):
    """One row per session and kind of secret or personal data replaced in its text."""

    session_id: str
    source: str
    redaction_kind: str
    redaction_count: int


@dataclass(frozen=True)
class RawTable:
    """A raw table: its name, row type, key, and whether its date is the archived date."""

    name: str
    row_type: type[Any]
    key: tuple[str, ...]
    is_by_archived_date: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.row_type._fields)

    @property
    def grain(self) -> str:
        """First line of the row type's docstring: "One row per …"."""
        return str(self.row_type.__doc__).strip().splitlines()[0]

    @property
    def schema(self) -> pa.Schema:
        return arrow_schema(self.row_type)


RAW_TABLES: tuple[RawTable, ...] = (
    RawTable("raw_files", RawFile, ("content_hash",), is_by_archived_date=True),
    RawTable(
        "raw_quarantined_lines",
        RawQuarantinedLine,
        ("content_hash", "line_number", "byte_offset"),
        is_by_archived_date=True,
    ),
    RawTable(
        "raw_record_counts",
        RawRecordCount,
        (
            "content_hash",
            "session_id",
            "record_type",
            "record_subtype",
            "disposition",
            "cli_version",
        ),
    ),
    RawTable("raw_drift", RawDrift, ("session_id", "place", "name", "cli_version")),
    RawTable("raw_sessions", RawSession, ("session_id",)),
    RawTable("raw_session_aliases", RawSessionAlias, ("alias_session_id",)),
    RawTable("raw_set_aside_sessions", RawSetAsideSession, ("session_id",)),
    RawTable("raw_turns", RawTurn, ("turn_id",)),
    RawTable("raw_human_acts", RawHumanAct, ("act_id",)),
    RawTable("raw_harness_texts", RawHarnessText, ("harness_text_id",)),
    RawTable("raw_responses", RawResponse, ("session_id", "response_id")),
    RawTable("raw_side_usages", RawSideUsage, ("session_id", "response_id", "part_number")),
    RawTable("raw_tool_calls", RawToolCall, ("session_id", "tool_use_id", "occurrence")),
    RawTable(
        "raw_written_lines",
        RawWrittenLine,
        ("session_id", "tool_use_id", "occurrence", "file_key", "line_hash"),
    ),
    RawTable("raw_events", RawEvent, ("session_id", "event_id")),
    RawTable("raw_redactions", RawRedaction, ("session_id", "redaction_kind")),
)

_ARROW_TYPES: dict[type, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    date: pa.date32(),
    datetime: pa.timestamp("us"),
}


def _field(name: str, annotation: Any) -> pa.Field:
    """The Arrow field of one annotation; a `None` in the union makes it nullable."""
    members = get_args(annotation) if _is_union(annotation) else (annotation,)
    nullable = NoneType in members
    (kind,) = (m for m in members if m is not NoneType)
    if get_origin(kind) is Literal:
        kind = str
    if get_origin(kind) is tuple:
        return pa.field(name, pa.list_(_ARROW_TYPES[get_args(kind)[0]]), nullable=nullable)
    return pa.field(name, _ARROW_TYPES[kind], nullable=nullable)


def _is_union(annotation: Any) -> bool:
    origin = get_origin(annotation)
    return origin is Union or getattr(origin, "__name__", "") == "UnionType"


def arrow_schema(row_type: type[Any]) -> pa.Schema:
    """Arrow schema of a row type, in column order; non-optional annotations are non-nullable."""
    return _schema_of(cast(Hashable, row_type))


@cache
def _schema_of(row_type: Hashable) -> pa.Schema:
    """Made once: a date's landing asks for several, and reading the annotations takes a third of a ms."""
    named = cast(type[Any], row_type)
    hints = get_type_hints(named)
    return pa.schema([_field(name, hints[name]) for name in named._fields])


def to_arrow(rows: Sequence[tuple[Any, ...]] | Iterable[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    """Rows of one type as an Arrow table; raises pa.ArrowInvalid where a value does not fit."""
    let_arrow_skip_pandas()
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def row_of(row_type: type[Any], owner: Owner, **columns: Any) -> Any:
    """A row of a session: the owner's columns and `columns`; nullable columns left out are None.

    Raises TypeError where a column that may not be null is left out, or one does not exist.
    """
    owned = {name: value for name, value in owner._asdict().items() if name in row_type._fields}
    return row_type(**(_nothing_known(cast(Hashable, row_type)) | owned | columns))


@cache
def _nothing_known(row_type: Hashable) -> dict[str, None]:
    """The columns of a row type that may be null."""
    return {field.name: None for field in arrow_schema(cast(type[Any], row_type)) if field.nullable}
