with

source as (
    select * from {{ source('labels', 'claims') }}
),

final as (
    select
        {{ label_row() | indent(8) }},
        -- answer
        claim_count,
        rejected_claim_count
    from source
)

select *
from final
