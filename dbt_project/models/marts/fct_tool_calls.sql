with

tool_calls as (
    select * from {{ ref('stg_transcripts__tool_calls') }}
),

sessions as (
    select * from {{ ref('stg_transcripts__sessions') }}
),

tool_categories as (
    select * from {{ ref('tool_categories') }}
),

-- One session per call, and the seed is unique by tool name: no call is repeated. A call whose
-- session is not there stays, without its agent: the test of its relationship says so.
final as (
    select
        -- keys
        tool_calls.tool_use_id,
        tool_calls.session_id,
        tool_calls.turn_id,
        tool_calls.user_id,
        tool_calls.project_id,
        tool_calls.message_id,
        tool_calls.agent_id,
        tool_calls.record_id,
        tool_calls.spawned_agent_id,
        -- facts
        sessions.agent,
        tool_calls.source,
        tool_calls.tool_name,
        case
            when tool_calls.mcp_server is not null then 'mcp'
            else coalesce(tool_categories.tool_category, 'other')
        end as tool_category,
        tool_calls.mcp_server,
        tool_calls.subagent_type,
        tool_calls.skill_name,
        tool_calls.file_extension,
        tool_calls.input_byte_count,
        tool_calls.result_byte_count,
        tool_calls.error_kind,
        tool_calls.exit_code,
        tool_calls.lines_added,
        tool_calls.lines_removed,
        {{ seconds_between('tool_calls.called_at', 'tool_calls.resulted_at') }} as call_seconds,
        -- booleans
        tool_calls.is_error,
        tool_calls.is_new_file,
        tool_calls.is_user_modified,
        tool_calls.is_background,
        tool_calls.is_interrupted,
        tool_calls.is_sidechain,
        tool_calls.has_call,
        tool_calls.has_result,
        -- times
        tool_calls.called_at,
        tool_calls.resulted_at,
        tool_calls.session_date
    from tool_calls
    left join sessions on tool_calls.session_id = sessions.session_id
    left join tool_categories on tool_calls.tool_name = tool_categories.tool_name
)

select *
from final
