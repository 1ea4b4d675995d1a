"""Gates of what was read: files, what was set aside of them, and what became of every object.

They hold a file's own counters against its quarantined pieces; whether every object of every file is
accounted for is asked of the whole warehouse, because a file's sessions lie on many dates.
"""

from typing import get_args

from expectations.rule import Gate, Rule, agrees, is_between, is_not_after, is_one_of, is_true
from expectations.suites.every_table import BUG_REMEDY, is_known, known_sql, raw_gate
from orchestration.ingest.read_lines import BadReason

MAX_UNREADABLE_SHARE = 0.05
"""Real transcripts have next to none; a twentieth unreadable is another format, not a cut-off line."""

MIN_UNREADABLE_PIECES = 20
"""Below this a share says nothing: one cut-off line in a file of ten is a tenth."""

MIN_UNREADABLE_FILES = 3
"""Below this it is the files that are damaged, and not the format that has changed: nobody waits for them."""

MAX_IMPLAUSIBLE_SHARE = 0.05
MAX_UNKNOWN_SHARE = 0.005
"""METHODS §5.3: an alarm when more than 0.5 % has an unknown shape."""

RESCAN_REMEDY = "archive the file again; if it stays, orchestration/ingest/read_lines.py counts wrongly"

_FILE_RULES = (
    Rule(
        "raw_files.lines_add_up",
        "fail",
        "line and piece counters contradict each other",
        "some of the file was read twice or not at all",
        RESCAN_REMEDY,
        (is_true("is_lines_added_up"),),
    ),
    Rule(
        "raw_files.set_aside_is_recorded",
        "fail",
        "the pieces set aside are not those in raw_quarantined_lines",
        "something would be lost without a trace",
        RESCAN_REMEDY,
        (
            agrees("bad_piece_count", "quarantined_piece_count"),
            agrees("set_aside_object_count", "quarantined_object_count"),
        ),
    ),
    Rule(
        "raw_files.times_in_order",
        "fail",
        "the earliest time is after the latest",
        "the file's days would be wrong",
        BUG_REMEDY,
        (is_not_after("earliest_at", "latest_at"),),
    ),
    Rule(
        "raw_files.on_archived_date",
        "fail",
        "the row has another date than that on which it was archived",
        "a later run would not replace it",
        BUG_REMEDY,
        (agrees("session_date", "archived_date"),),
    ),
    Rule(
        "raw_files.is_a_transcript",
        "warn",
        "a file holds no readable object at all",
        "it is no transcript, or it was damaged before it was archived",
        "see its pieces in raw_quarantined_lines, and take the file out of the configured folders if it is "
        "no transcript",
        (is_true("is_readable"),),
    ),
)

_QUARANTINED = (
    "(select count(*) from raw_quarantined_lines as q where q.session_date = r.session_date "
    "and q.content_hash = r.content_hash and {} q.is_object)"
)
_CONTENT_LINES = "r.line_count - r.blank_line_count - r.comment_line_count"

RAW_FILES = raw_gate(
    "raw_files",
    _FILE_RULES,
    columns=("bad_piece_count", "set_aside_object_count", "earliest_at", "latest_at"),
    derived={
        "archived_date": "strftime(r.archived_at, '%Y-%m-%d')",
        "quarantined_piece_count": _QUARANTINED.format("not"),
        "quarantined_object_count": _QUARANTINED.format(""),
        # Every line with content begins one piece at least; each further piece is a glued object or bad.
        "is_lines_added_up": f"{_CONTENT_LINES} between r.object_count - r.glued_object_count "
        "and r.object_count - r.glued_object_count + r.bad_piece_count "
        "and r.glued_object_count <= r.object_count and r.set_aside_object_count <= r.object_count",
        "is_readable": "r.object_count > 0 or r.bad_piece_count = 0",
    },
)

RAW_QUARANTINED_LINES = raw_gate(
    "raw_quarantined_lines",
    (
        Rule(
            "raw_quarantined_lines.known_reason",
            "fail",
            "the reason is outside its vocabulary",
            "the reports of what was set aside would miss it",
            "add the reason to BadReason in orchestration/ingest/read_lines.py, or fix the reader",
            (is_one_of("reason", get_args(BadReason)),),
        ),
        Rule(
            "raw_quarantined_lines.on_archived_date",
            "fail",
            "the row has another date than that on which it was archived",
            "a later run would not replace it",
            BUG_REMEDY,
            (agrees("session_date", "archived_date"),),
        ),
        is_known("raw_quarantined_lines", "content_hash", target="raw_files", name="file_known"),
    ),
    columns=("reason",),
    derived={
        "archived_date": "strftime(r.archived_at, '%Y-%m-%d')",
        "is_file_known": known_sql("content_hash", "raw_files"),
    },
)

RAW_RECORD_COUNTS = raw_gate(
    "raw_record_counts",
    (
        is_known("raw_record_counts", "session_id", target="raw_sessions", name="session_known"),
        Rule(
            "raw_record_counts.set_aside_known",
            "fail",
            "objects are counted as set aside, and their session is not",
            "they would be in no figure, and nobody would know why",
            BUG_REMEDY,
            (is_true("is_set_aside_known"),),
        ),
    ),
    derived={
        "is_session_known": f"r.disposition = 'set_aside' or {known_sql('session_id', 'raw_sessions')}",
        "is_set_aside_known": "r.disposition <> 'set_aside' or "
        f"coalesce({known_sql('session_id', 'raw_set_aside_sessions')}, false)",
    },
)

_SHARE_RULES = (
    Rule(
        "raw_files.unreadable_share",
        "fail",
        f"more than {MAX_UNREADABLE_SHARE:.0%} of the pieces of transcripts archived that day are unreadable"
        f", in {MIN_UNREADABLE_FILES} files or more",
        "this format differs from the one that is read, and the figures would miss most of the content",
        "look at the reasons in raw_quarantined_lines; if the agent's format has changed, the source needs a "
        "new release; if the files are damaged, move them out of the configured folders",
        (is_between("unreadable_share", 0, MAX_UNREADABLE_SHARE),),
    ),
    Rule(
        "raw_files.implausible_time_share",
        "warn",
        f"more than {MAX_IMPLAUSIBLE_SHARE:.0%} of the objects archived that day have an implausible time",
        "they are set aside and in no figure",
        "check start_date in the settings and the clock of the machine that wrote them",
        (is_between("implausible_share", 0, MAX_IMPLAUSIBLE_SHARE),),
    ),
)

RAW_FILES_BY_DATE = Gate(
    "raw_files_by_date",
    "raw_files",
    "date",
    # Files without any readable object are no transcripts and say nothing about the format; a time is
    # implausible by the operator's start_date too, so that it is no sign of a format either.
    f"""
    with set_aside as (
        select session_date, content_hash,
            count(*) filter (reason <> 'implausible_time') as unreadable_count,
            count(*) filter (reason = 'implausible_time') as implausible_count
        from raw_quarantined_lines group by session_date, content_hash
    ),
    dates as (
        select r.session_date,
            sum(r.object_count + r.bad_piece_count)::double as piece_count,
            coalesce(sum(q.unreadable_count), 0)::double as unreadable_count,
            coalesce(sum(q.implausible_count), 0)::double as implausible_count,
            count(*) filter (
                q.unreadable_count > {MAX_UNREADABLE_SHARE} * (r.object_count + r.bad_piece_count)
            ) as unreadable_file_count
        from raw_files as r
        left join set_aside as q
            on q.session_date = r.session_date and q.content_hash = r.content_hash
        where r.object_count > 0
        group by r.session_date
    )
    select session_date, implausible_count / piece_count as implausible_share,
        case when unreadable_count >= {MIN_UNREADABLE_PIECES}
                and unreadable_file_count >= {MIN_UNREADABLE_FILES}
            then unreadable_count / piece_count end as unreadable_share
    from dates
    """,  # noqa: S608 - a number of ours
    _SHARE_RULES,
)

RAW_RECORD_COUNTS_BY_DATE = Gate(
    "raw_record_counts_by_date",
    "raw_record_counts",
    "date",
    """
    select r.session_date,
        sum(r.object_count) filter (r.disposition = 'unknown') / sum(r.object_count) as unknown_share
    from raw_record_counts as r
    where r.disposition not in ('duplicate', 'set_aside')
    group by r.session_date
    having sum(r.object_count) > 0
    """,
    (
        Rule(
            "raw_record_counts.unknown_share",
            "warn",
            f"more than {MAX_UNKNOWN_SHARE:.1%} of the objects of that day are of an unknown type",
            "the agent writes records that nothing reads yet, and events may be missing from the figures",
            "see the types in raw_record_counts where disposition is 'unknown', and teach the source to read "
            "or to count them",
            (is_between("unknown_share", 0, MAX_UNKNOWN_SHARE),),
        ),
    ),
)

GATES = (
    RAW_FILES,
    RAW_QUARANTINED_LINES,
    RAW_RECORD_COUNTS,
    RAW_FILES_BY_DATE,
    RAW_RECORD_COUNTS_BY_DATE,
)
