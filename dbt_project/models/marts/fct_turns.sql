with

turns as (
    select * from {{ ref('stg_transcripts__turns') }}
),

sessions as (
    select * from {{ ref('int_sessions__experienced') }}
),

permission_modes as (
    select * from {{ ref('permission_modes') }}
),

-- One session per turn, and the seed is unique by mode. A session that is not there drops its
-- turns: the test raw_rows_belong_to_sessions says so.
final as (
    select
        -- keys
        turns.turn_id,
        turns.session_id,
        turns.user_id,
        turns.project_id,
        turns.opening_act_id,
        -- facts
        sessions.agent,
        turns.source,
        turns.opened_by,
        turns.turn_number,
        turns.end_reason,
        turns.wall_seconds,
        turns.net_seconds,
        turns.reported_seconds,
        turns.response_count,
        turns.tool_call_count,
        turns.root_tool_call_count,
        turns.tool_error_count,
        turns.steering_count,
        turns.interrupt_count,
        turns.denial_count,
        turns.clarification_count,
        turns.compaction_count,
        turns.agent_word_count,
        turns.tool_input_word_count,
        turns.output_tokens,
        coalesce(turns.permission_mode, 'unknown') as permission_mode,
        turns.model,
        turns.speed,
        turns.cli_version,
        sessions.prior_session_count,
        -- booleans
        permission_modes.is_full_auto,
        sessions.is_interactive,
        sessions.is_in_study_c_frame,
        sessions.is_history_truncated,
        turns.is_usage_final,
        turns.is_background,
        turns.is_sidechain,
        turns.has_agent_work,
        turns.end_reason = 'open' as is_open,
        turns.interrupt_count > 0 as is_interrupted,
        -- times
        turns.started_at,
        turns.ended_at,
        turns.session_date,
        {{ local_date('turns.started_at') }} as started_local_date,
        {{ local_period('week', 'turns.started_at') }} as started_week,
        {{ local_period('month', 'turns.started_at') }} as started_month
    from turns
    inner join sessions on turns.session_id = sessions.session_id
    left join permission_modes on turns.permission_mode = permission_modes.permission_mode
)

select *
from final
