with

changes as (
    select * from {{ ref('stg_change_reviews__changes') }}
),

-- Changes are of no agent: whoever wrote them is not known here.
final as (
    select
        -- keys
        change_id,
        user_id,
        change_set,
        replicate,
        fingerprint,
        'organisation' as agent,
        -- facts
        reviewer_model,
        finding_count,
        blocking_count,
        -- booleans
        is_named,
        is_named_as_bug
    from changes
)

select *
from final
