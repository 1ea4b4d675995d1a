with

drift as (
    select * from {{ ref('stg_transcripts__drift') }}
),

final as (
    select
        -- keys
        source || ' ' || place || ' ' || name || ' ' || coalesce(cli_version, '') as drift_id,
        -- facts
        source,
        place,
        name,
        cli_version,
        min(example) as example,
        cast(sum(occurrence_count) as bigint) as occurrence_count,
        count(*) as session_count,
        -- times
        min(session_date) as first_session_date,
        max(session_date) as last_session_date
    from drift
    group by source, place, name, cli_version
)

select *
from final
