with

source as (
    select *
    from {{ source('supplied', 'set_aside') }}
),

final as (
    select
        -- keys
        table_name,
        path_id,
        line_number,
        byte_offset,
        -- facts
        reason,
        -- booleans
        is_object
    from source
)

select *
from final
