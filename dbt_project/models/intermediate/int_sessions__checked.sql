with

sessions as (
    select * from {{ ref('stg_transcripts__sessions') }}
),

tool_calls as (
    select * from {{ ref('stg_transcripts__tool_calls') }}
),

events as (
    select * from {{ ref('stg_transcripts__events') }}
),

-- Edits that changed lines, known or not. A new empty file is none: it has nothing to check.
edits as (
    select
        session_id,
        max(called_at) as last_edited_at
    from tool_calls
    where
        coalesce(lines_added, 0) + coalesce(lines_removed, 0) > 0
        or (has_unknown_lines and has_result and file_path is not null)
    group by session_id
),

errors as (
    select
        session_id,
        {{ count_if('is_error') }} as tool_error_count
    from tool_calls
    group by session_id
),

-- One row of `edits` per session at most, so no event is repeated.
checks as (
    select
        events.session_id,
        {{ count_if("event_kind = 'test_run' and is_success = false") }} as failed_test_run_count,
        {{ count_if("event_kind = 'api_error'") }} as api_error_count,
        {{ count_if("event_kind = 'test_run' and is_success and occurred_at > last_edited_at") }}
            as passing_check_count,
        {{ count_if(
            "event_kind = 'test_run' and is_success is null and occurred_at > last_edited_at"
        ) }} as unsettled_check_count
    from events
    left join edits on events.session_id = edits.session_id
    group by events.session_id
),

final as (
    select
        -- keys
        sessions.session_id,
        -- facts
        {% for column in ['tool_error_count', 'failed_test_run_count', 'api_error_count'] -%}
        coalesce({{ column }}, 0) as {{ column }},
        {% endfor -%}
        -- booleans
        coalesce(tool_error_count, 0) + coalesce(failed_test_run_count, 0)
        + coalesce(api_error_count, 0) > 0 as has_error_on_the_way,
        case
            when edits.last_edited_at is null then null
            when passing_check_count > 0 then true
            when unsettled_check_count > 0 then null
            else false
        end as is_last_edit_verified,
        edits.last_edited_at is not null as has_edit,
        -- times
        edits.last_edited_at
    from sessions
    left join edits on sessions.session_id = edits.session_id
    left join errors on sessions.session_id = errors.session_id
    left join checks on sessions.session_id = checks.session_id
)

select *
from final
