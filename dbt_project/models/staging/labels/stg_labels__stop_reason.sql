with

source as (
    select * from {{ source('labels', 'stop_reason') }}
),

final as (
    select
        {{ label_row() | indent(8) }},
        -- answer
        stop_reason
    from source
)

select *
from final
