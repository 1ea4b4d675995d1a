with
source as (
    select *
    from {{ source('transcripts', 'raw_record_counts') }}
),

final as (
    select
        -- keys
        content_hash,
        session_id,
        record_type,
        record_subtype,
        disposition,
        cli_version,
        -- facts
        source,
        object_count,
        -- times
        cast(session_date as date) as session_date
    from source
)

select *
from final
