with

source as (
    select * from {{ source('estimates', 'work_by_expertise') }}
),

final as (
    select
        {{ estimate_row() | indent(8) }}
    from source
)

select *
from final
