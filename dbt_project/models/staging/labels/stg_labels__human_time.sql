with

source as (
    select * from {{ source('labels', 'human_time') }}
),

final as (
    select
        {{ label_row() | indent(8) }},
        -- answer
        hours_p10,
        hours_p50,
        hours_p90
    from source
)

select *
from final
