with
source as (
    select *
    from {{ source('transcripts', 'raw_redactions') }}
),

final as (
    select
        -- keys
        session_id,
        redaction_kind,
        -- facts
        source,
        redaction_count,
        -- times
        cast(session_date as date) as session_date
    from source
)

select *
from final
