with

source as (
    select * from {{ source('estimates', 'changes_over_time') }}
),

final as (
    select
        {{ estimate_row() | indent(8) }}
    from source
)

select *
from final
