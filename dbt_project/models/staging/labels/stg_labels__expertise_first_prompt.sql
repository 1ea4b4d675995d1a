with

source as (
    select * from {{ source('labels', 'expertise_first_prompt') }}
),

final as (
    select
        {{ label_row() | indent(8) }},
        -- answer
        framing_precision,
        verification_asked,
        expertise,
        expertise_level
    from source
)

select *
from final
