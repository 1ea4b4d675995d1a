with
source as (
    select *
    from {{ source('transcripts', 'raw_human_acts') }}
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
        text,
        word_count,
        char_count,
        command_name,
        queue_outcome,
        permission_mode,
        -- booleans
        is_typed,
        is_mid_run,
        has_image,
        -- times
        acted_at,
        cast(session_date as date) as session_date
    from source
)

select *
from final
