with

source as (
    select * from {{ source('labels', 'success_evidence') }}
),

final as (
    select
        {{ label_row() | indent(8) }},
        -- answer
        success_score,
        success_score_by_type,
        hard_signal_count,
        soft_signal_count,
        rejected_signal_count
    from source
)

select *
from final
