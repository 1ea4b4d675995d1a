with

source as (
    select * from {{ source('estimates', 'validation_checks') }}
),

final as (
    select
        {{ estimate_row() | indent(8) }}
    from source
)

select *
from final
