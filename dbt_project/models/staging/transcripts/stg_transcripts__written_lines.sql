with
source as (
    select *
    from {{ source('transcripts', 'raw_written_lines') }}
),

final as (
    select
        -- keys
        session_id,
        tool_use_id,
        occurrence,
        file_key,
        line_hash,
        turn_id,
        user_id,
        project_id,
        -- facts
        source,
        line_count,
        -- times
        written_at,
        cast(session_date as date) as session_date
    from source
)

select *
from final
