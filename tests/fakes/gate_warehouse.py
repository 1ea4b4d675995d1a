"""A small built warehouse that may be released, and for every rule one statement that spoils it.

Only the tables and columns that the gates look at; what dbt really builds is judged where it is built.
"""

from pathlib import Path

import duckdb

_GOOD = """
create schema staging;
create schema marts;
create schema metrics;
create schema attack;
create table attack.findings as
    select 'rpt_rates' as table_name, cast(null as varchar) as told_columns,
        cast(null as varchar) as told_before_columns, cast(null as varchar) as broken_columns;
create table staging.stg_transcripts__files as
    select * from (values ('h1', 10, 1, 2), ('h2', 4, 0, 0))
    as t (content_hash, object_count, set_aside_object_count, bad_piece_count);
create table staging.stg_transcripts__record_counts as
    select * from (values ('h1', 'row', 6), ('h1', 'duplicate', 3), ('h2', 'counted', 4))
    as t (content_hash, disposition, object_count);
create table staging.stg_transcripts__quarantined_lines as
    select * from (values ('h1', true), ('h1', false), ('h1', false)) as t (content_hash, is_object);
create table staging.stg_transcripts__sessions as
    select 's' || i as session_id from range(20) as t (i);
create table marts.fct_sessions as
    select session_id, true as is_in_study_c_frame from staging.stg_transcripts__sessions;
create table marts.fct_turns as
    select session_id || '-t' as turn_id, session_id, true as has_agent_work from marts.fct_sessions;
create table staging.stg_supplied__files as
    select 'pull_requests' as table_name, 'path_1' as path_id, 4 as object_count, 2 as row_count,
        1 as replaced_count, 1 as set_aside_object_count, 0 as set_aside_piece_count;
create table staging.stg_supplied__pull_requests as
    select 'pull_request_' || i as pull_request_id, 'user_0123456789abcdef' as user_id,
        timestamp '2026-01-01 10:00:00' as opened_at, timestamp '2026-01-01 11:00:00' as first_review_at,
        timestamp '2026-01-01 12:00:00' as merged_at, timestamp '2026-01-01 12:00:00' as closed_at,
        10 as lines_added, 2 as lines_removed
    from range(2) as t (i);
create table staging.stg_supplied__pull_request_commits as
    select pull_request_id, user_id, 'abc1234' as commit_sha from staging.stg_supplied__pull_requests;
create table staging.stg_supplied__survey_answers as
    select date '2026-01-01' as quarter_start, 1 as answer_number;
create table staging.stg_supplied__incidents as
    select 'incident_1' as incident_id, timestamp '2026-01-01 10:00:00' as opened_at,
        timestamp '2026-01-01 12:00:00' as resolved_at;
create table staging.stg_supplied__wages as select 'legal' as occupation, 60.5 as hourly_wage_usd;
create table metrics.rpt_rates as
    select * from (values
        ('a', 'rate', 8.0, 16.0, 0.5, 0.3, 0.7, 6, 20, 0.1, false),
        ('b', 'count', 40.0, null, 40.0, null, null, 6, 20, 0.1, false),
        ('c', 'rate', null, null, null, null, null, null, null, null, true)
    ) as t (metric_name, metric_kind, numerator, denominator, estimate, interval_low, interval_high,
        n_users, n_sessions, unknown_share, is_suppressed);
"""

WAREHOUSE_BREAKERS: dict[str, str] = {
    "accounting.every_object": "delete from staging.stg_transcripts__record_counts where content_hash = 'h2'",
    "accounting.every_piece_set_aside": "update staging.stg_transcripts__files set bad_piece_count = 3",
    "fct_sessions.unique": "insert into marts.fct_sessions values ('s1', true)",
    "fct_sessions.all_landed_sessions": "delete from marts.fct_sessions where session_id = 's1'",
    "supplied.accounting": "update staging.stg_supplied__files set object_count = 5",
    "supplied.mostly_read": (
        "update staging.stg_supplied__files set set_aside_object_count = 9, object_count = 12"
    ),
    "supplied.unique": (
        "insert into staging.stg_supplied__survey_answers select * from staging.stg_supplied__survey_answers"
    ),
    "supplied.pseudonyms": "update staging.stg_supplied__pull_requests set user_id = 'ada'",
    "supplied.in_order": (
        "update staging.stg_supplied__pull_requests set merged_at = timestamp '2025-01-01 10:00:00'"
    ),
    "metrics.shares_within_one": "update metrics.rpt_rates set unknown_share = 1.2 where n_users = 6",
    "metrics.numerator_within_denominator": "update metrics.rpt_rates set numerator = 17 where n_users = 6",
    "metrics.interval_holds_estimate": "update metrics.rpt_rates set interval_high = 0.4 where n_users = 6",
    "metrics.no_small_cell": "update metrics.rpt_rates set n_users = 4 where not is_suppressed",
    "metrics.judge_follows_no_order": (
        "update metrics.rpt_rates set metric_name = 'next_step_swap_consistency' where n_users = 6"
    ),
    "metrics.suppressed_cells_are_blank": "update metrics.rpt_rates set numerator = 1 where is_suppressed",
    "hidden_counts.not_told": "update attack.findings set told_columns = 'b/month:2026-05-01/all=all'",
    "hidden_counts.not_told_by_two_releases": "update attack.findings set told_before_columns = 'b/x'",
    "hidden_counts.relations_hold": "update attack.findings set broken_columns = 'values:_b'",
    "metrics.not_empty": "delete from metrics.rpt_rates",
}


def build_warehouse(path: Path, *statements: str) -> Path:
    """The good warehouse, then changed by the statements."""
    with duckdb.connect(str(path)) as connection:
        for statement in (_GOOD, *statements):
            connection.execute(statement)
    return path
