with

source as (
    select * from {{ source('labels', 'user_occupation') }}
),

final as (
    select
        {{ label_row() | indent(8) }},
        -- answer
        user_occupation
    from source
)

select *
from final
