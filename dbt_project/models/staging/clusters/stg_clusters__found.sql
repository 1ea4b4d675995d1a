with

source as (
    select * from {{ source('clusters', 'found') }}
),

final as (
    select
        -- keys
        kind as cluster_kind,
        agent,
        level as cluster_level,
        cluster_id,
        group_id,
        labeller,
        fingerprint,
        -- facts
        top_terms,
        content_hash
    from source
)

select *
from final
