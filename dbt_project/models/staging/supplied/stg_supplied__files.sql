with

source as (
    select *
    from {{ source('supplied', 'files') }}
),

final as (
    select
        -- keys
        table_name,
        path_id,
        -- facts
        object_count,
        row_count,
        replaced_count,
        set_aside_object_count,
        set_aside_piece_count
    from source
)

select *
from final
