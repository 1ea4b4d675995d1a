with

source as (
    select *
    from {{ source('supplied', 'survey_answers') }}
),

final as (
    select
        -- keys
        quarter_start,
        answer_number,
        -- facts
        output_multiplier,
        new_work_share,
        deferred_work_share,
        quality_parity
    from source
)

select *
from final
