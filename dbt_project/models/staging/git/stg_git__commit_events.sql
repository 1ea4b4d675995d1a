with
source as (
    select *
    from {{ source('git', 'commit_events') }}
),

final as (
    select
        -- keys
        session_id,
        event_id,
        repository_id,
        git_commit_id,
        -- facts
        state
    from source
)

select *
from final
