with

source as (
    select * from {{ source('labels', 'work_mode') }}
),

final as (
    select
        {{ label_row() | indent(8) }},
        -- answer
        work_mode,
        work_mode_weight,
        second_work_mode,
        second_work_mode_weight,
        forced_work_mode
    from source
)

select *
from final
