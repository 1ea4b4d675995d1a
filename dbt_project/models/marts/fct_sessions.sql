with

sessions as (
    select * from {{ ref('stg_transcripts__sessions') }}
),

acts as (
    select * from {{ ref('int_sessions__acts_counted') }}
),

work as (
    select * from {{ ref('int_sessions__work_summed') }}
),

experience as (
    select * from {{ ref('int_sessions__experienced') }}
),

continued as (
    select * from {{ ref('int_sessions__continued') }}
),

-- All have one row per session, so no join repeats one; `continued` has some of them.
final as (
    select
        -- keys
        sessions.session_id,
        sessions.user_id,
        sessions.project_id,
        continued.continues_session_id,
        -- facts
        sessions.agent,
        sessions.source,
        sessions.cli_version,
        sessions.entrypoint,
        experience.surface,
        experience.prior_session_count,
        acts.turn_count,
        acts.worked_turn_count,
        acts.human_prompt_count,
        acts.human_act_count,
        acts.steering_count,
        work.message_count,
        work.tool_call_count,
        work.root_tool_call_count,
        work.successful_tool_call_count,
        work.tool_error_count,
        acts.interrupt_count,
        acts.denial_count,
        acts.clarification_count,
        acts.compaction_count,
        sessions.subagent_count,
        sessions.branch_count,
        sessions.record_count,
        work.input_tokens,
        work.cache_creation_input_tokens,
        work.cache_read_input_tokens,
        work.output_tokens,
        work.final_usage_count,
        acts.agent_word_count,
        acts.tool_input_word_count,
        work.lines_added,
        work.lines_removed,
        work.unknown_line_call_count,
        acts.commit_count,
        acts.push_count,
        acts.pull_request_count,
        acts.test_run_count,
        {{ seconds_between('sessions.started_at', 'sessions.ended_at') }} as duration_seconds,
        sessions.active_seconds,
        -- booleans
        experience.is_session,
        experience.is_interactive,
        experience.is_in_study_c_frame,
        experience.is_history_truncated,
        work.final_usage_count = nullif(work.message_count, 0) as is_usage_final,
        acts.tool_bearing_turn_count > 0 as has_tool_bearing_turn,
        case
            when acts.approving_turn_count > 0 then false
            when acts.full_auto_turn_count = nullif(acts.tool_bearing_turn_count, 0) then true
        end as is_full_auto,
        case
            when acts.tool_bearing_turn_count > 0 then acts.denial_count + acts.verdict_count = 0
        end as has_no_denial_or_plan_verdict,
        sessions.is_cleared_start,
        sessions.is_warmup_only,
        -- times
        sessions.started_at,
        sessions.ended_at,
        sessions.session_date,
        experience.started_local_date,
        experience.started_week,
        experience.started_month
    from sessions
    inner join acts on sessions.session_id = acts.session_id
    inner join work on sessions.session_id = work.session_id
    inner join experience on sessions.session_id = experience.session_id
    left join continued on sessions.session_id = continued.session_id
)

select *
from final
