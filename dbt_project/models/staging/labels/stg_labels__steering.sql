with

source as (
    select * from {{ source('labels', 'steering') }}
),

final as (
    select
        {{ label_row() | indent(8) }},
        -- answer
        judged_prompt_count,
        inferable_prompt_count,
        correct_count,
        redirect_count,
        take_over_count,
        approve_count,
        none_count,
        rejected_prompt_count,
        correct_share,
        redirect_share,
        take_over_share,
        approve_share,
        steering_share
    from source
)

select *
from final
