with
source as (
    select *
    from {{ source('transcripts', 'raw_turns') }}
),

final as (
    select
        -- keys
        turn_id,
        session_id,
        user_id,
        project_id,
        opening_act_id,
        -- facts
        source,
        opened_by,
        turn_number,
        end_reason,
        wall_seconds,
        net_seconds,
        reported_seconds,
        response_count,
        tool_call_count,
        root_tool_call_count,
        tool_error_count,
        steering_count,
        interrupt_count,
        denial_count,
        clarification_count,
        compaction_count,
        agent_word_count,
        tool_input_word_count,
        output_tokens,
        permission_mode,
        model,
        speed,
        cli_version,
        -- booleans
        is_usage_final,
        is_background,
        is_sidechain,
        has_agent_work,
        -- times
        started_at,
        ended_at,
        cast(session_date as date) as session_date
    from source
)

select *
from final
