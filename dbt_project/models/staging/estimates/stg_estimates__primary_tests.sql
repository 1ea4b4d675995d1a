with

source as (
    select * from {{ source('estimates', 'primary_tests') }}
),

final as (
    select
        {{ estimate_row() | indent(8) }}
    from source
)

select *
from final
