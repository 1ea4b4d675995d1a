with
source as (
    select *
    from {{ source('transcripts', 'raw_session_aliases') }}
),

final as (
    select
        -- keys
        alias_session_id,
        session_id,
        -- facts
        source,
        -- times
        cast(session_date as date) as session_date
    from source
)

select *
from final
