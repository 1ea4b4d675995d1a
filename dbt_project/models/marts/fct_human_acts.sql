with

human_acts as (
    select * from {{ ref('stg_transcripts__human_acts') }}
),

final as (
    select
        -- keys
        act_id,
        session_id,
        turn_id,
        user_id,
        project_id,
        record_id,
        tool_use_id,
        occurrence,
        -- facts
        source,
        act_kind,
        word_count,
        char_count,
        command_name,
        queue_outcome,
        coalesce(permission_mode, 'unknown') as permission_mode,
        -- booleans
        is_typed,
        is_mid_run,
        has_image,
        -- times
        acted_at,
        session_date
    from human_acts
)

select *
from final
