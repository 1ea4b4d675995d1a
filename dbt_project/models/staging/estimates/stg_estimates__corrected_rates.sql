with

source as (
    select * from {{ source('estimates', 'corrected_rates') }}
),

final as (
    select
        {{ estimate_row() | indent(8) }}
    from source
)

select *
from final
