with

source as (
    select * from {{ source('estimates', 'labeller_agreement') }}
),

final as (
    select
        {{ estimate_row() | indent(8) }}
    from source
)

select *
from final
