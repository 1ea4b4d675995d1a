with

source as (
    select * from {{ source('clusters', 'names') }}
),

final as (
    select
        -- keys
        kind as cluster_kind,
        agent,
        level as cluster_level,
        cluster_id,
        fingerprint,
        -- facts
        name as cluster_name,
        status as name_status,
        content_hash
    from source
)

select *
from final
