with

confusion as (
    select * from {{ ref('stg_estimates__labeller_agreement') }}
    where metric_name = 'label_confusion'
),

published_values as (
    select * from {{ ref('published_values') }}
),

{{ estimates_from('confusion') }},

final as (
    select
        *,
        {{ split_part('segment_value', "'>'", 1) }} as answer,
        {{ split_part('segment_value', "'>'", 2) }} as other_answer
    from estimates
)

select *
from final
