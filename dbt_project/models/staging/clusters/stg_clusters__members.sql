with

source as (
    select * from {{ source('clusters', 'members') }}
),

final as (
    select
        -- keys
        kind as cluster_kind,
        agent,
        unit_id,
        session_id,
        user_id,
        labeller,
        fingerprint,
        cluster_id,
        group_id,
        -- facts
        weight
    from source
)

select *
from final
