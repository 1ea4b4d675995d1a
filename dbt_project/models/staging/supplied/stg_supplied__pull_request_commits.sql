with

source as (
    select *
    from {{ source('supplied', 'pull_request_commits') }}
),

final as (
    select
        -- keys
        pull_request_id,
        project_id,
        user_id,
        commit_sha,
        -- booleans
        is_merge
    from source
)

select *
from final
