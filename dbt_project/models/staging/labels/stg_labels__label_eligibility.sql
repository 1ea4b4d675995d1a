with

source as (
    select * from {{ source('labels', 'label_eligibility') }}
),

final as (
    select
        -- keys
        unit_id,
        session_id,
        fingerprint,
        -- facts
        unit_kind,
        classifier,
        labeller,
        reason,
        sampling_probability,
        reached_share,
        sampling_place,
        -- booleans
        is_eligible,
        -- times
        cast(session_date as date) as session_date
    from source
)

select *
from final
