with

source as (
    select *
    from {{ source('supplied', 'pull_requests') }}
),

final as (
    select
        -- keys
        pull_request_id,
        project_id,
        user_id,
        -- facts
        lines_added,
        lines_removed,
        human_review_count,
        bot_review_count,
        -- booleans
        is_bot_authored,
        is_agent_authored,
        -- times
        first_commit_at,
        opened_at,
        first_bot_review_at,
        first_review_at,
        approved_at,
        merged_at,
        closed_at
    from source
)

select *
from final
