with
source as (
    select *
    from {{ source('transcripts', 'raw_sessions') }}
),

final as (
    select
        -- keys
        session_id,
        user_id,
        project_id,
        continues_session_id,
        implements_plan_hash,
        -- facts
        agent,
        project_name,
        project_root,
        title,
        source,
        cli_version,
        first_cli_version,
        entrypoint,
        surface,
        file_count,
        branch_count,
        record_count,
        subagent_count,
        turn_duration_record_count,
        active_seconds,
        -- booleans
        is_cleared_start,
        is_warmup_only,
        has_late_records,
        -- times
        started_at,
        ended_at,
        cast(session_date as date) as session_date
    from source
)

select *
from final
