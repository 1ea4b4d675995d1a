with

source as (
    select * from {{ source('change_reviews', 'changes') }}
),

final as (
    select
        -- keys
        change_id,
        user_id,
        change_set,
        replicate,
        fingerprint,
        -- facts
        reviewer_model,
        finding_count,
        blocking_count,
        status as review_status,
        -- booleans
        is_named,
        is_named_as_bug,
        -- times
        committed_at
    from source
)

select *
from final
