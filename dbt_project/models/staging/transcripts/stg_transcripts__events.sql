with
source as (
    select *
    from {{ source('transcripts', 'raw_events') }}
),

final as (
    select
        -- keys
        event_id,
        session_id,
        turn_id,
        user_id,
        project_id,
        agent_id,
        record_id,
        tool_use_id,
        occurrence,
        plan_hash,
        -- facts
        source,
        event_kind,
        evidence,
        detail,
        commit_sha,
        pull_request_number,
        pull_request_repository,
        exit_code,
        tests_passed,
        tests_failed,
        -- booleans
        is_success,
        is_sidechain,
        -- times
        occurred_at,
        cast(session_date as date) as session_date
    from source
)

select *
from final
