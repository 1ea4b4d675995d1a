with

source as (
    select * from {{ source('labels', 'expertise') }}
),

final as (
    select
        {{ label_row() | indent(8) }},
        -- answer
        framing_precision,
        verification_asked,
        correction_direction,
        expertise,
        expertise_level
    from source
)

select *
from final
