with

source as (
    select * from {{ source('estimates', 'occupation_gaps') }}
),

final as (
    select
        {{ estimate_row() | indent(8) }}
    from source
)

select *
from final
