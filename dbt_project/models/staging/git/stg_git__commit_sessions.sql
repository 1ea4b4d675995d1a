with
source as (
    select *
    from {{ source('git', 'commit_sessions') }}
),

final as (
    select
        -- keys
        repository_id,
        git_commit_id,
        evidence,
        session_id,
        -- facts
        line_count
    from source
)

select *
from final
