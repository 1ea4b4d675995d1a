with

source as (
    select * from {{ source('labels', 'difficulty_tier') }}
),

final as (
    select
        {{ label_row() | indent(8) }},
        -- answer
        difficulty_tier
    from source
)

select *
from final
