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
        session_id
    from source
)

select *
from final
