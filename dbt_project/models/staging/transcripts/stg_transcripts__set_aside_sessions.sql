with
source as (
    select *
    from {{ source('transcripts', 'raw_set_aside_sessions') }}
),

final as (
    select
        -- keys
        session_id,
        -- facts
        source,
        reason,
        rule_ids,
        error_type,
        error_place,
        file_count,
        object_count,
        -- times
        cast(session_date as date) as session_date
    from source
)

select *
from final
