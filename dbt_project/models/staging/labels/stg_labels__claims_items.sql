with

source as (
    select * from {{ source('labels', 'claims_items') }}
),

final as (
    select
        -- keys
        unit_id,
        fingerprint,
        replicate,
        item_number,
        record_id,
        -- facts
        claim,
        backing,
        -- times
        cast(session_date as date) as session_date
    from source
)

select *
from final
