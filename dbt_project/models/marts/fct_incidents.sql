with

incidents as (
    select * from {{ ref('stg_supplied__incidents') }}
),

-- Titles, descriptions and hashes stay in the lake: whoever reads a mart has no need of them.
final as (
    select
        -- keys
        incident_id,
        project_id,
        -- facts
        'organisation' as agent,
        case
            when resolved_at is not null
                then {{ seconds_between('opened_at', 'resolved_at') }} / 3600.0
        end as hours_to_resolution,
        -- booleans
        introduced_sha is not null as has_introducing_commit,
        fixed_sha is not null as has_fixing_commit,
        -- times
        opened_at,
        resolved_at
    from incidents
)

select *
from final
