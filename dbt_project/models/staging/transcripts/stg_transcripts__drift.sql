with
source as (
    select *
    from {{ source('transcripts', 'raw_drift') }}
),

final as (
    select
        -- keys
        session_id,
        place,
        name,
        cli_version,
        -- facts
        source,
        example,
        occurrence_count,
        -- times
        cast(session_date as date) as session_date
    from source
)

select *
from final
