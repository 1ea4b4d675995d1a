with

source as (
    select * from {{ source('labels', 'interrupt_reason') }}
),

final as (
    select
        {{ label_row() | indent(8) }},
        -- answer
        interrupt_reason
    from source
)

select *
from final
