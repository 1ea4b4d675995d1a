with

source as (
    select * from {{ source('labels', 'decisions_items') }}
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
        kind,
        owner,
        -- booleans
        is_joint,
        is_default_of_tool,
        -- times
        cast(session_date as date) as session_date
    from source
)

select *
from final
