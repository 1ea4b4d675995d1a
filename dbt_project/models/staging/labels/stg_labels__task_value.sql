with

source as (
    select * from {{ source('labels', 'task_value') }}
),

final as (
    select
        {{ label_row() | indent(8) }},
        -- answer
        price_usd,
        price_tier
    from source
)

select *
from final
