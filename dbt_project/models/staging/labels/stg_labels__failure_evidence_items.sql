with

source as (
    select * from {{ source('labels', 'failure_evidence_items') }}
),

final as (
    select
        -- keys
        unit_id,
        fingerprint,
        replicate,
        item_number,
        record_id,
        tool_use_id,
        -- facts
        signal,
        -- booleans
        is_hard,
        -- times
        cast(session_date as date) as session_date
    from source
)

select *
from final
