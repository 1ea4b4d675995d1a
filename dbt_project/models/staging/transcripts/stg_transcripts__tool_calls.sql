with
source as (
    select *
    from {{ source('transcripts', 'raw_tool_calls') }}
),

final as (
    select
        -- keys
        tool_use_id,
        occurrence,
        session_id,
        turn_id,
        user_id,
        project_id,
        response_id,
        deployment_id,
        agent_id,
        record_id,
        result_record_id,
        spawned_agent_id,
        -- facts
        source,
        record_origin,
        tool_name,
        tool_category,
        mcp_server,
        input_text,
        input_byte_count,
        result_text,
        result_byte_count,
        error_kind,
        exit_code,
        file_path,
        file_extension,
        lines_added,
        lines_removed,
        lines_known_by,
        subagent_type,
        skill_name,
        approval,
        approval_basis,
        approved_by,
        approval_wait_seconds,
        -- booleans
        is_error,
        is_new_file,
        is_user_modified,
        is_background,
        is_interrupted,
        is_sidechain,
        has_call,
        has_result,
        has_unknown_lines,
        -- times
        called_at,
        resulted_at,
        cast(session_date as date) as session_date
    from source
)

select *
from final
