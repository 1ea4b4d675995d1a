with

source as (
    select * from {{ source('labels', 'codebase_relation') }}
),

final as (
    select
        {{ label_row() | indent(8) }},
        -- answer
        codebase_relation
    from source
)

select *
from final
