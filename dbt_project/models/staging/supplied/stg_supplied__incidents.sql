with

source as (
    select *
    from {{ source('supplied', 'incidents') }}
),

final as (
    select
        -- keys
        incident_id,
        project_id,
        -- facts
        introduced_sha,
        fixed_sha,
        title,
        description,
        -- times
        opened_at,
        resolved_at
    from source
)

select *
from final
