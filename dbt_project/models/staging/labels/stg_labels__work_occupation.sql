with

source as (
    select * from {{ source('labels', 'work_occupation') }}
),

final as (
    select
        {{ label_row() | indent(8) }},
        -- answer
        work_occupation,
        forced_work_occupation
    from source
)

select *
from final
