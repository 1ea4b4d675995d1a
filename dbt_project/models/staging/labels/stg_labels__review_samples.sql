with

source as (
    select * from {{ source('labels', 'review_samples') }}
),

final as (
    select
        -- keys
        unit_id,
        session_id,
        fingerprint,
        sample_id,
        -- facts
        classifier,
        stratum,
        inclusion_probability,
        frame_labeller,
        frame_size,
        answer_count,
        -- times
        frame_until,
        cast(session_date as date) as session_date
    from source
)

select *
from final
