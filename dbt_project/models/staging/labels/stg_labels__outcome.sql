with

source as (
    select * from {{ source('labels', 'outcome') }}
),

final as (
    select
        {{ label_row() | indent(8) }},
        -- answer
        outcome,
        forced_outcome
    from source
)

select *
from final
