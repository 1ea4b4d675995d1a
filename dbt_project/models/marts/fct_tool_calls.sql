with

tool_calls as (
    select * from {{ ref('stg_transcripts__tool_calls') }}
),

sessions as (
    select * from {{ ref('stg_transcripts__sessions') }}
),

surfaces as (
    select * from {{ ref('surfaces') }}
),

file_languages as (
    select * from {{ ref('file_languages') }}
),

-- One session and one language per call: no call is repeated. A call whose session is not there
-- stays, without its agent: the test of its relationship says so.
final as (
    select
        -- keys
        tool_calls.session_id || '|' || tool_calls.tool_use_id || '|'
        || cast(tool_calls.occurrence as {{ type_string() }}) as tool_call_id,
        tool_calls.tool_use_id,
        tool_calls.occurrence,
        tool_calls.session_id,
        tool_calls.turn_id,
        tool_calls.user_id,
        tool_calls.project_id,
        tool_calls.response_id,
        tool_calls.deployment_id,
        tool_calls.agent_id,
        tool_calls.record_id,
        tool_calls.result_record_id,
        tool_calls.spawned_agent_id,
        -- facts
        sessions.agent,
        tool_calls.source,
        tool_calls.tool_name,
        tool_calls.tool_category,
        tool_calls.mcp_server,
        tool_calls.subagent_type,
        tool_calls.skill_name,
        tool_calls.approval,
        tool_calls.approval_basis,
        tool_calls.approved_by,
        tool_calls.approval_wait_seconds,
        tool_calls.file_extension,
        file_languages.file_language,
        tool_calls.input_byte_count,
        tool_calls.result_byte_count,
        tool_calls.error_kind,
        tool_calls.exit_code,
        tool_calls.lines_added,
        tool_calls.lines_removed,
        tool_calls.lines_known_by,
        {{ seconds_between('tool_calls.called_at', 'tool_calls.resulted_at') }} as call_seconds,
        -- booleans
        surfaces.is_session as is_in_session,
        tool_calls.is_error,
        tool_calls.is_new_file,
        tool_calls.is_user_modified,
        tool_calls.is_background,
        tool_calls.is_interrupted,
        tool_calls.is_sidechain,
        tool_calls.has_call,
        tool_calls.has_result,
        tool_calls.has_unknown_lines,
        -- times
        tool_calls.called_at,
        tool_calls.resulted_at,
        tool_calls.session_date
    from tool_calls
    left join sessions on tool_calls.session_id = sessions.session_id
    left join surfaces on sessions.surface = surfaces.surface
    left join file_languages on tool_calls.file_extension = file_languages.file_extension
)

select *
from final
