"""The raw tables of a synthetic lake: for each, where its rows come from and what its columns hold.

Belongs here: SQL by column over the sessions and turns of synthetic_population. A column that is not named
is null where it may be, else zero, empty or false. Texts are short: no model reads them.
"""
# ruff: noqa: S608 - the SQL is put together from texts and names of these modules alone

from collections.abc import Mapping
from typing import NamedTuple

from benchmarks.synthetic_population import pick
from orchestration.ingest.sources.claude_code.tools import category_of

ENTRYPOINT = "case when is_interactive then 'cli' else 'sdk-cli' end"
CODE_TOOLS: Mapping[str, float] = {
    "Bash": 0.34, "Read": 0.22, "Edit": 0.15, "Grep": 0.08, "Write": 0.04, "TodoWrite": 0.05, "Glob": 0.04,
    "mcp__tracker__search": 0.03, "WebFetch": 0.02, "Task": 0.01, "AskUserQuestion": 0.01, "Skill": 0.01,
}  # fmt: skip
CATEGORY = " ".join(
    (
        "case tool",
        *(
            f"when '{tool}' then '{category_of(tool, mcp_server='tracker' if '__' in tool else None)}'"
            for tool in CODE_TOOLS
        ),
        "else 'other' end",
    )
)
EVENTS: Mapping[str, float] = {
    "denial": 0.03, "test_run": 0.12, "commit": 0.06, "push": 0.02, "pull_request_opened": 0.01,
    "compaction": 0.01, "plan_stopped": 0.005, "mode_change": 0.02,
}  # fmt: skip
"""Kinds of events with the share of turns that have one; interruptions follow from the turn's end."""

OWNER: Mapping[str, str] = {
    "session_id": "session_id",
    "user_id": "user_id",
    "project_id": "project_id",
    "source": "'claude_code'",
}
IN_TURN: Mapping[str, str] = {**OWNER, "turn_id": "turn_id"}


class Rows(NamedTuple):
    """Where the rows of a table come from (SQL after FROM), and SQL by column."""

    source: str
    values: Mapping[str, str]


CALLS = (
    "(select *, unnest(range(call_count)) as c, tk * 1000 + c as ck,"
    f" {pick('u(ck, $$tool$$)', CODE_TOOLS)} as tool,"
    " tool in ('Edit', 'Write') and is_code as is_change from turns)"
)
_RESPONSES = "(select *, unnest(range(1 + call_count * 7 // 10)) as c, tk * 1000 + c as ck from turns)"
_EVENTS = (
    "(select * from turns cross join (values "
    + ", ".join(f"('{kind}', {share})" for kind, share in EVENTS.items())
    + ") as kinds (kind, share) where u(tk, kind) < share"
    " union all select *, 'interrupt' as kind, 1.0 as share from turns where end_reason = 'interrupted')"
)
# A file is its session's; of its objects some are rows, some only counted, some were read before.
_FILES = (
    "(select *, 20 + turn_count * 12 as row_count, 4 + turn_count as counted, n % 7 as repeated"
    " from sessions)"
)
_COUNTS = (
    f"(select *, unnest(['row', 'counted', 'duplicate']) as disposition,"
    f" unnest([row_count, counted, repeated]) as objects from {_FILES})"
)
_SET_ASIDE = "u(n, 'set aside') < 0.002"

RAW_ROWS: Mapping[str, Rows] = {
    "raw_files": Rows(
        _FILES,
        {
            "session_date": "session_date + 1",
            "content_hash": "md5('file ' || n)",
            "path_id": "'path_' || left(md5('path ' || n), 16)",
            "file_name": "session_id || '.jsonl'",
            "source": "'claude_code'",
            "byte_count": "row_count * 2500",
            "line_count": "row_count + counted + repeated",
            "object_count": f"row_count + counted + repeated + case when {_SET_ASIDE} then 1 else 0 end",
            "set_aside_object_count": f"case when {_SET_ASIDE} then 1 else 0 end",
            "has_final_newline": "true",
            "first_cli_version": "'2.1.80'",
            "last_cli_version": "'2.1.80'",
            "parser_version": "'1'",
            "earliest_at": "started_at",
            "latest_at": "started_at + to_minutes(turn_count * 30)",
            "archived_at": "session_date + to_hours(30)",
        },
    ),
    "raw_quarantined_lines": Rows(
        f"(select * from sessions where {_SET_ASIDE})",
        {
            "session_date": "session_date + 1",
            "content_hash": "md5('file ' || n)",
            "path_id": "'path_' || left(md5('path ' || n), 16)",
            "file_name": "session_id || '.jsonl'",
            "source": "'claude_code'",
            "line_number": "7",
            "reason": "'implausible_time'",
            "is_object": "true",
            "archived_at": "session_date + to_hours(30)",
        },
    ),
    "raw_record_counts": Rows(
        f"(select * from {_COUNTS} where objects > 0)",
        {
            "content_hash": "md5('file ' || n)",
            "source": "'claude_code'",
            "session_id": "session_id",
            "record_type": "case disposition when 'counted' then 'summary' else 'assistant' end",
            "disposition": "disposition",
            "cli_version": "'2.1.80'",
            "object_count": "objects",
        },
    ),
    "raw_drift": Rows(
        "(select * from sessions where u(n, 'drift') < 0.01)",
        {
            "session_id": "session_id",
            "source": "'claude_code'",
            "place": "'attachment_type'",
            "name": "'canvas_state'",
            "cli_version": "'2.1.80'",
            "example": "'{type: text}'",
            "occurrence_count": "turn_count",
        },
    ),
    "raw_sessions": Rows(
        "sessions",
        {
            **OWNER,
            "agent": "'claude_code'",
            "started_at": "started_at",
            "ended_at": "started_at + to_minutes(turn_count * 30)",
            "cli_version": "'2.1.80'",
            "first_cli_version": "'2.1.80'",
            "entrypoint": ENTRYPOINT,
            "surface": "case when is_interactive then 'interactive' else 'sdk' end",
            "file_count": "1",
            "branch_count": "1",
            "record_count": "20 + turn_count * 12",
            "turn_duration_record_count": "turn_count",
            "active_seconds": "turn_count * 90.0",
        },
    ),
    "raw_session_aliases": Rows(
        "(select * from sessions where u(n, 'alias') < 0.01)",
        {
            "alias_session_id": "cast(cast(md5('alias ' || n) as uuid) as varchar)",
            "session_id": "session_id",
            "source": "'claude_code'",
        },
    ),
    "raw_set_aside_sessions": Rows(
        "(select * from sessions where u(n, 'set aside') < 0.01)",
        {
            "session_id": "cast(cast(md5('set aside ' || n) as uuid) as varchar)",
            "source": "'claude_code'",
            "reason": "'parser_error'",
            "error_type": "'KeyError'",
            "error_place": "'sources/claude_code/turns.py:90 in read'",
            "file_count": "1",
            "object_count": "0",
        },
    ),
    "raw_turns": Rows(
        "turns",
        {
            **IN_TURN,
            "opening_act_id": "'act_' || tk",
            "opened_by": "'prompt'",
            "turn_number": "number",
            "started_at": "started_at",
            "ended_at": "started_at + to_milliseconds(cast(wall_seconds * 1000 as bigint))",
            "end_reason": "end_reason",
            "wall_seconds": "wall_seconds",
            "net_seconds": "0.8 * wall_seconds",
            "reported_seconds": "wall_seconds",
            "response_count": "1 + call_count * 7 // 10",
            "tool_call_count": "call_count",
            "root_tool_call_count": "call_count",
            "tool_error_count": "call_count // 20",
            "interrupt_count": "case when end_reason = 'interrupted' then 1 else 0 end",
            "denial_count": "case when u(tk, 'denial') < 0.03 then 1 else 0 end",
            "clarification_count": "case when end_reason = 'question' then 1 else 0 end",
            "agent_word_count": "80 + call_count * 30",
            "tool_input_word_count": "call_count * 25",
            "output_tokens": "400 + call_count * 180",
            "permission_mode": "permission_mode",
            "model": "'claude-opus-4-6'",
            "cli_version": "'2.1.80'",
            "is_usage_final": "u(tk, 'usage') < 0.98",
            "has_agent_work": "true",
        },
    ),
    "raw_human_acts": Rows(
        "(select *, 'prompt' as kind from turns"
        " union all select *, 'steering' as kind from turns where u(tk, 'steering') < 0.06)",
        {
            **IN_TURN,
            "act_id": "case kind when 'prompt' then 'act_' else 'steer_' end || tk",
            "record_id": "'record_' || kind || tk",
            "act_kind": "kind",
            "acted_at": "started_at + to_seconds(case kind when 'prompt' then 0 else 20 end)",
            "text": "'Make the next part of the work, please.'",
            "word_count": "cast(floor(exp(3 + gauss(tk, 'words'))) as bigint)",
            "char_count": "6 * cast(floor(exp(3 + gauss(tk, 'words'))) as bigint)",
            "permission_mode": "permission_mode",
            "is_typed": "true",
            "is_mid_run": "kind = 'steering'",
        },
    ),
    "raw_harness_texts": Rows(
        "(select * from turns where u(tk, 'harness') < 0.3)",
        {
            **IN_TURN,
            "harness_text_id": "'harness_' || tk",
            "record_id": "'record_harness_' || tk",
            "text_kind": "'reminder'",
            "written_at": "started_at",
            "text": "'What the harness put in.'",
            "byte_count": "24",
        },
    ),
    "raw_responses": Rows(
        _RESPONSES,
        {
            **IN_TURN,
            "response_id": "'msg_' || lpad(cast(ck as varchar), 22, '0')",
            "message_id": "'msg_' || lpad(cast(ck as varchar), 22, '0')",
            "record_id": "'record_' || ck",
            "record_origin": "'record'",
            "model": "'claude-opus-4-6'",
            "responded_at": "started_at + to_seconds(c)",
            "ended_at": "started_at + to_seconds(c + 1)",
            "text": "'Done with this part.'",
            "text_word_count": "30",
            "text_char_count": "180",
            "tool_use_count": "1",
            "line_count": "1",
            "input_tokens": "10 + hash(ck) % 900",
            "cache_creation_input_tokens": "hash(ck, 1) % 3000",
            "cache_read_input_tokens": "20000 + hash(ck, 2) % 60000",
            "output_tokens": "100 + hash(ck, 3) % 400",
            "stop_reason": "'tool_use'",
            "cli_version": "'2.1.80'",
            "is_usage_final": "u(tk, 'usage') < 0.98",
        },
    ),
    "raw_side_usages": Rows(
        f"(select * from {_RESPONSES} where u(ck, 'advisor') < 0.01)",
        {
            **IN_TURN,
            "response_id": "'msg_' || lpad(cast(ck as varchar), 22, '0')",
            "part_number": "1",
            "part_kind": "'advisor_message'",
            "model": "'claude-opus-4-6'",
            "input_tokens": "1000 + hash(ck, 5) % 90000",
            "output_tokens": "100 + hash(ck, 6) % 4000",
            "responded_at": "started_at + to_seconds(c)",
            "is_usage_final": "true",
        },
    ),
    "raw_tool_calls": Rows(
        CALLS,
        {
            **IN_TURN,
            "tool_use_id": "'toolu_' || lpad(cast(ck as varchar), 22, '0')",
            "occurrence": "1",
            "response_id": "'msg_' || lpad(cast(tk * 1000 + c * 7 // 10 as varchar), 22, '0')",
            "record_id": "'record_' || ck",
            "result_record_id": "'record_result_' || ck",
            "record_origin": "'record'",
            "tool_name": "tool",
            "tool_category": CATEGORY,
            "mcp_server": "case when starts_with(tool, 'mcp__') then 'tracker' end",
            "called_at": "started_at + to_seconds(c)",
            "resulted_at": "started_at + to_seconds(c) + to_milliseconds(hash(ck) % 3000)",
            "input_text": '\'{"path": "part of the input"}\'',
            "input_byte_count": "40 + hash(ck, 1) % 4000",
            "result_text": "'part of the result'",
            "result_byte_count": "hash(ck, 2) % 20000",
            "error_kind": "case when u(ck, 'error') < 0.05 then 'exit_code' end",
            "exit_code": "case when u(ck, 'error') < 0.05 then 1 end",
            "file_path": "case when is_change then 'src/module_' || hash(ck) % 40 || '.py' end",
            "file_extension": "case when is_change then 'py' end",
            "lines_added": "case when tool in ('Edit', 'Write') then"
            " case when is_change then 1 + hash(ck, 3) % 40 else 0 end end",
            "lines_removed": "case when tool in ('Edit', 'Write') then"
            " case when is_change then hash(ck, 4) % 20 else 0 end end",
            "approval_basis": "'unknown'",
            "lines_known_by": "case when tool in ('Edit', 'Write') then 'patch' end",
            "is_error": "u(ck, 'error') < 0.05",
            "is_new_file": "case when is_change then tool = 'Write' end",
            "has_call": "true",
            "has_result": "true",
        },
    ),
    "raw_written_lines": Rows(
        f"(select *, unnest(range(cast(1 + hash(ck, 3) % 40 as bigint))) as line from {CALLS}"
        " where is_change and tool in ('Edit', 'Write'))",
        {
            **IN_TURN,
            "tool_use_id": "'toolu_' || lpad(cast(ck as varchar), 22, '0')",
            "occurrence": "1",
            "file_key": "cast(hash(ck) % 40 as bigint)",
            "line_hash": "cast(hash(ck, line) >> 1 as bigint)",
            "line_count": "1",
            "written_at": "started_at + to_seconds(c)",
        },
    ),
    "raw_events": Rows(
        _EVENTS,
        {
            **IN_TURN,
            "event_id": "kind || '_' || tk",
            "record_id": "'record_event_' || tk",
            "event_kind": "kind",
            "occurred_at": "started_at + to_seconds(10)",
            "evidence": "case when kind in ('test_run', 'commit', 'push') then 'exit_status'"
            " else 'record' end",
            "plan_hash": "case when kind = 'plan_stopped' then md5('plan ' || tk) end",
            "is_success": "case when kind in ('test_run', 'commit', 'push')"
            " then u(tk, 'went well') < 0.8 end",
        },
    ),
    "raw_redactions": Rows(
        "(select * from sessions where u(n, 'redacted') < 0.05)",
        {
            "session_id": "session_id",
            "source": "'claude_code'",
            "redaction_kind": "'email'",
            "redaction_count": "1 + n % 4",
        },
    ),
}
"""By name of the table. Events of one kind: at most one in a turn."""
