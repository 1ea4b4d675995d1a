"""Gates of what the agent did: responses, calls, events; of the harness's texts, redactions and drift."""

from expectations.rule import Rule, is_between, is_true, matches
from expectations.suites.every_table import BUG_REMEDY, is_known, known_sql, raw_gate
from expectations.suites.sessions import times_in_order

COMMIT_SHA = r"^[0-9a-f]{4,64}$"
"""git's shortest abbreviation to a SHA-256."""

RAW_HARNESS_TEXTS = raw_gate(
    "raw_harness_texts",
    (
        Rule(
            "raw_harness_texts.has_text",
            "fail",
            "a text of the harness has no bytes",
            "a record would be shown to a classifier that says nothing",
            BUG_REMEDY,
            (is_between("byte_count", 1, None),),
        ),
    ),
    columns=("byte_count",),
)

RAW_RESPONSES = raw_gate(
    "raw_responses",
    (
        times_in_order("raw_responses", "responded_at", "ended_at"),
        Rule(
            "raw_responses.final_usage_present",
            "warn",
            "a finished response of a model has no output tokens",
            "tokens of this day are a lower bound though they are marked final",
            "see which models and CLI versions: some proxies report no usage; then nothing has to be done",
            (is_true("is_final_usage_present"),),
        ),
        Rule(
            "raw_responses.has_lines",
            "fail",
            "a response was made from no line",
            "it could not be traced to a file",
            BUG_REMEDY,
            (is_between("line_count", 1, None),),
        ),
    ),
    columns=("responded_at", "ended_at", "line_count"),
    derived={
        "is_final_usage_present": "r.output_tokens is not null or not r.is_usage_final or r.is_synthetic "
        "or r.is_api_error"
    },
)

RAW_SIDE_USAGES = raw_gate(
    "raw_side_usages",
    (
        is_known("raw_side_usages", "response_id", target="raw_responses", name="response_known"),
        Rule(
            "raw_side_usages.model_known",
            "warn",
            "a use of a model in addition to an answer has no model",
            "its tokens are counted, and have no price",
            "see which kinds of iteration transcripts name (part_kind), and read their model in the source",
            (is_true("is_model_stated"),),
        ),
    ),
    derived={
        "is_response_known": known_sql("response_id", "raw_responses", within=("session_id",)),
        "is_model_stated": "r.model is not null",
    },
)

RAW_TOOL_CALLS = raw_gate(
    "raw_tool_calls",
    (
        times_in_order("raw_tool_calls", "called_at", "resulted_at"),
        is_known("raw_tool_calls", "response_id", target="raw_responses", name="response_known"),
        Rule(
            "raw_tool_calls.call_or_result",
            "fail",
            "a tool call has neither a call nor a result in the transcript",
            "it would be counted as an action and be nothing",
            BUG_REMEDY,
            (is_true("is_call_or_result"),),
        ),
        Rule(
            "raw_tool_calls.error_kind_agrees",
            "fail",
            "is_error contradicts error_kind",
            "denials and cancellations would count as failures of tools, or failures be missed",
            BUG_REMEDY,
            (is_true("is_error_kind_agreeing"),),
        ),
        Rule(
            "raw_tool_calls.failed_call_wrote_nothing",
            "fail",
            "a call that failed or was denied has lines added or removed",
            "lines would be counted that nobody kept",
            BUG_REMEDY,
            (is_true("is_failed_without_lines"),),
        ),
        Rule(
            "raw_tool_calls.approval_says_how_it_is_known",
            "fail",
            "a decision on a call has no basis, an unknown one is stated, or a wait was not measured",
            "what was inferred would pass for what was measured",
            BUG_REMEDY,
            (is_true("is_approval_basis_agreeing"),),
        ),
        Rule(
            "raw_tool_calls.lines_say_how_they_are_known",
            "fail",
            "a call has lines and does not say how they are known, or says so and has none or unknown ones",
            "lower bounds and sums of sub-agents would pass for lines of patches",
            BUG_REMEDY,
            (is_true("is_lines_basis_agreeing"),),
        ),
    ),
    columns=("called_at", "resulted_at"),
    derived={
        "is_response_known": known_sql("response_id", "raw_responses", within=("session_id",)),
        "is_call_or_result": "r.has_call or r.has_result",
        # A call that a rule, a hook or the like kept from running failed; a person's denial is no failure.
        "is_error_kind_agreeing": "r.is_error = coalesce(r.error_kind in ('exit_code', 'other', "
        "'denied_by_rule', 'denied_by_classifier', 'denied_by_hook', 'no_surface'), false)",
        "is_failed_without_lines": "r.error_kind is null "
        "or (coalesce(r.lines_added, 0) = 0 and coalesce(r.lines_removed, 0) = 0)",
        "is_approval_basis_agreeing": "(r.approval is null) = (r.approval_basis = 'unknown')"
        " and (r.approval_wait_seconds is null or r.approval_basis = 'measured')",
        "is_lines_basis_agreeing": "(r.lines_known_by is null) = (r.lines_added is null)"
        " and (r.lines_known_by is null) = (r.lines_removed is null)"
        " and (r.lines_known_by is null or not r.has_unknown_lines)",
    },
)

RAW_WRITTEN_LINES = raw_gate(
    "raw_written_lines",
    (
        is_known("raw_written_lines", "tool_use_id", target="raw_tool_calls", name="tool_call_known"),
        Rule(
            "raw_written_lines.counts_something",
            "fail",
            "a line was written zero times",
            "lines that nobody wrote would be found in commits",
            BUG_REMEDY,
            (is_between("line_count", 1, None),),
        ),
    ),
    columns=("line_count",),
    derived={
        "is_tool_call_known": known_sql("tool_use_id", "raw_tool_calls", within=("session_id", "occurrence")),
    },
)

RAW_EVENTS = raw_gate(
    "raw_events",
    (
        is_known("raw_events", "tool_use_id", target="raw_tool_calls", name="tool_call_known"),
        Rule(
            "raw_events.commit_sha_is_whole",
            "fail",
            "a commit's id is no commit id",
            "commits could not be joined to a repository; redaction may have taken them for secrets",
            "take the id before text is redacted (orchestration/ingest), and run the date again",
            (matches("commit_sha", COMMIT_SHA),),
        ),
    ),
    columns=("commit_sha",),
    derived={
        "is_tool_call_known": known_sql("tool_use_id", "raw_tool_calls", within=("session_id", "occurrence")),
    },
)

RAW_REDACTIONS = raw_gate(
    "raw_redactions",
    (
        Rule(
            "raw_redactions.counts_something",
            "fail",
            "a redaction is counted zero times",
            "kinds that were never found would be listed",
            BUG_REMEDY,
            (is_between("redaction_count", 1, None),),
        ),
    ),
    columns=("redaction_count",),
)

RAW_DRIFT = raw_gate(
    "raw_drift",
    (
        Rule(
            "raw_drift.counts_something",
            "fail",
            "something unknown is counted zero times",
            "things that no transcript holds would be listed as drift",
            BUG_REMEDY,
            (is_between("occurrence_count", 1, None),),
        ),
    ),
    columns=("occurrence_count",),
)

GATES = (
    RAW_HARNESS_TEXTS,
    RAW_RESPONSES,
    RAW_SIDE_USAGES,
    RAW_TOOL_CALLS,
    RAW_WRITTEN_LINES,
    RAW_EVENTS,
    RAW_REDACTIONS,
    RAW_DRIFT,
)
