"""Gates of who did what when: sessions, their aliases, those set aside, turns, human acts."""

from expectations.rule import Rule, agrees, is_between, is_not_after, is_one_of, is_true
from expectations.suites.every_table import BUG_REMEDY, is_known, known_sql, raw_gate
from orchestration.ingest.sources import SOURCES

PERMISSION_MODES = tuple(sorted({mode for source in SOURCES.values() for mode in source.permission_modes}))
"""Modes that the metrics of oversight know (the seed permission_modes); new ones come without notice."""

QUEUE_OUTCOMES = ("delivered", "taken_out", "unknown")

CLOCK_REASON = "clocks are set back and records are written out of order, so such durations are no durations"
CLOCK_REMEDY = "see the rows before quoting durations of this day; nothing has to be done if they are few"


def times_in_order(table: str, earlier: str, later: str) -> Rule:
    """The warning that something ended before it began."""
    return Rule(
        f"{table}.times_in_order",
        "warn",
        f"{later} is before {earlier}",
        CLOCK_REASON,
        CLOCK_REMEDY,
        (is_not_after(earlier, later),),
    )


def permission_mode_known(table: str) -> Rule:
    """The warning that a permission mode is new."""
    return Rule(
        f"{table}.permission_mode_known",
        "warn",
        "a permission mode is one that the metrics do not know",
        "it counts neither as auto-approval nor as oversight",
        "find out what the mode does, and add it to the permission_modes of its source "
        "(orchestration/ingest/sources) and to the seed permission_modes",
        (is_one_of("permission_mode", PERMISSION_MODES),),
    )


RAW_SESSIONS = raw_gate(
    "raw_sessions",
    (
        Rule(
            "raw_sessions.on_start_date",
            "fail",
            "the session has another date than that on which it started (UTC)",
            "a later run would store it twice",
            "a time zone was applied where none belongs, or an older ancestor moved the session: run both "
            "dates again; if it stays, the parser is at fault",
            (agrees("session_date", "started_date"),),
        ),
        times_in_order("raw_sessions", "started_at", "ended_at"),
        Rule(
            "raw_sessions.has_records",
            "fail",
            "a session has no records or no file",
            "it would be counted among the sessions and be nothing",
            BUG_REMEDY,
            (is_between("record_count", 1, None), is_between("file_count", 1, None)),
        ),
        Rule(
            "raw_sessions.active_within_span",
            "warn",
            "active time is longer than the session",
            "hours of activity would be too many",
            CLOCK_REMEDY,
            (is_true("is_active_within_span"),),
        ),
        Rule(
            "raw_sessions.is_accounted",
            "fail",
            "no object of raw_record_counts belongs to the session",
            "its rows could not be traced to a file",
            BUG_REMEDY,
            (is_true("is_accounted"),),
        ),
    ),
    columns=("started_at", "ended_at", "record_count", "file_count"),
    derived={
        "started_date": "strftime(r.started_at, '%Y-%m-%d')",
        # One second: the union of intervals is summed in floating point.
        "is_active_within_span": "r.active_seconds <= date_diff('second', r.started_at, r.ended_at) + 1 "
        "or r.ended_at < r.started_at",
        "is_accounted": known_sql("session_id", "raw_record_counts"),
    },
)

RAW_SESSION_ALIASES = raw_gate(
    "raw_session_aliases",
    (
        Rule(
            "raw_session_aliases.not_a_session",
            "fail",
            "an alias is a session of its own",
            "the session would be counted twice",
            "run the date again, which computes the lineage anew; if it stays, the lineage index is at fault",
            (is_true("is_not_a_session"),),
        ),
    ),
    derived={"is_not_a_session": f"not {known_sql('alias_session_id', 'raw_sessions', 'session_id')}"},
)

RAW_SET_ASIDE_SESSIONS = raw_gate(
    "raw_set_aside_sessions",
    (
        Rule(
            "raw_set_aside_sessions.not_landed",
            "fail",
            "a session that is set aside is landed as well",
            "nobody could tell whether the figures hold it",
            BUG_REMEDY,
            (is_true("is_not_landed"),),
        ),
        Rule(
            "raw_set_aside_sessions.reason_given",
            "fail",
            "a session is set aside without a rule or an error, or for both",
            "nobody could tell what to fix",
            BUG_REMEDY,
            (is_true("is_reason_given"),),
        ),
    ),
    derived={
        "is_not_landed": f"not {known_sql('session_id', 'raw_sessions')}",
        "is_reason_given": "(r.rule_ids is not null) = (r.reason = 'rule_broken') "
        "and (r.error_type is not null) = (r.reason = 'parser_error')",
    },
)

RAW_TURNS = raw_gate(
    "raw_turns",
    (
        times_in_order("raw_turns", "started_at", "ended_at"),
        is_known("raw_turns", "opening_act_id", target="raw_human_acts", name="opening_act_known"),
        permission_mode_known("raw_turns"),
        Rule(
            "raw_turns.parts_within_whole",
            "fail",
            "a part is larger than its whole (net over wall time, root calls or errors over calls)",
            "rates above one would be published",
            BUG_REMEDY,
            (is_true("is_part_within_whole"),),
        ),
        Rule(
            "raw_turns.turn_number_from_one",
            "fail",
            "a turn's number is below one",
            "first turns would be missed",
            BUG_REMEDY,
            (is_between("turn_number", 1, None),),
        ),
    ),
    columns=("started_at", "ended_at", "permission_mode", "turn_number"),
    derived={
        "is_opening_act_known": known_sql("opening_act_id", "raw_human_acts", "act_id"),
        "is_part_within_whole": "r.net_seconds <= r.wall_seconds + 0.001 "
        "and r.root_tool_call_count <= r.tool_call_count and r.tool_error_count <= r.tool_call_count",
    },
)

RAW_HUMAN_ACTS = raw_gate(
    "raw_human_acts",
    (
        permission_mode_known("raw_human_acts"),
        Rule(
            "raw_human_acts.queue_outcome_known",
            "fail",
            "a queue outcome is outside its vocabulary",
            "what was steered and what was withdrawn could not be told apart",
            BUG_REMEDY,
            (is_one_of("queue_outcome", QUEUE_OUTCOMES),),
        ),
        Rule(
            "raw_human_acts.typed_text_counted",
            "warn",
            "a typed act has text and no count of words",
            "words per prompt would leave it out",
            "see which act_kind it is, and count its words where the act is made (orchestration/ingest)",
            (is_true("is_text_counted"),),
        ),
    ),
    columns=("permission_mode", "queue_outcome"),
    derived={
        "is_text_counted": "not r.is_typed or r.text is null or r.word_count is not null",
    },
)

GATES = (RAW_SESSIONS, RAW_SESSION_ALIASES, RAW_SET_ASIDE_SESSIONS, RAW_TURNS, RAW_HUMAN_ACTS)
