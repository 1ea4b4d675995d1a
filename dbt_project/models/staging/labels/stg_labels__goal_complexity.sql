with

source as (
    select * from {{ source('labels', 'goal_complexity') }}
),

final as (
    select
        {{ label_row() | indent(8) }},
        -- answer
        goal_complexity
    from source
)

select *
from final
