with
source as (
    select *
    from {{ source('transcripts', 'raw_quarantined_lines') }}
),

final as (
    select
        -- keys
        content_hash,
        path_id,
        line_number,
        byte_offset,
        -- facts
        file_name,
        source,
        byte_count,
        reason,
        record_type,
        -- booleans
        is_object,
        -- times
        archived_at,
        cast(session_date as date) as archived_date
    from source
)

select *
from final
