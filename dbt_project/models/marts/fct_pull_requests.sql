with

pull_requests as (
    select * from {{ ref('stg_supplied__pull_requests') }}
),

-- The newest time that the table knows: until then an open pull request is known to have waited.
newest as (
    select
        max(
            greatest(
                opened_at,
                coalesce(first_review_at, opened_at),
                coalesce(approved_at, opened_at),
                coalesce(merged_at, opened_at),
                coalesce(closed_at, opened_at)
            )
        ) as known_until
    from pull_requests
),

-- One row of `newest`: no pull request is repeated. A stage that ends before it begins (an approval
-- after the merge) has no duration.
final as (
    select
        -- keys
        pull_requests.pull_request_id,
        pull_requests.user_id,
        pull_requests.project_id,
        -- facts
        'organisation' as agent,
        case
            when pull_requests.is_agent_authored then 'agent'
            when not pull_requests.is_agent_authored then 'other'
            else 'unknown'
        end as authorship,
        pull_requests.lines_added,
        pull_requests.lines_removed,
        pull_requests.human_review_count,
        pull_requests.bot_review_count,
        case
            when pull_requests.first_commit_at <= pull_requests.opened_at
                then
                    {{ seconds_between('first_commit_at', 'opened_at') }}
                    / 3600.0
        end as hours_before_opening,
        {{ seconds_between('pull_requests.opened_at', 'pull_requests.first_review_at') }}
        / 3600.0 as hours_to_first_review,
        case
            when pull_requests.approved_at >= pull_requests.first_review_at
                then
                    {{ seconds_between('first_review_at', 'approved_at') }}
                    / 3600.0
        end as hours_to_approval,
        case
            when pull_requests.merged_at >= pull_requests.approved_at
                then
                    {{ seconds_between('pull_requests.approved_at', 'pull_requests.merged_at') }}
                    / 3600.0
        end as hours_to_merge,
        {{ seconds_between('pull_requests.opened_at', 'pull_requests.merged_at') }}
        / 3600.0 as hours_open_to_merge,
        -- booleans
        pull_requests.is_bot_authored,
        pull_requests.is_agent_authored,
        pull_requests.merged_at is not null as is_merged,
        coalesce(pull_requests.closed_at, pull_requests.merged_at) is not null as is_closed,
        case
            when pull_requests.first_review_at is not null or pull_requests.approved_at is not null
                then true
            when pull_requests.human_review_count is not null
                then pull_requests.human_review_count > 0
        end as is_read_by_human,
        case
            when pull_requests.first_bot_review_at is not null then true
            when pull_requests.bot_review_count is not null
                then pull_requests.bot_review_count > 0
        end as has_automated_review,
        -- times
        pull_requests.first_commit_at,
        pull_requests.opened_at,
        pull_requests.first_review_at,
        pull_requests.approved_at,
        pull_requests.merged_at,
        coalesce(pull_requests.closed_at, pull_requests.merged_at) as closed_at,
        newest.known_until,
        {{ local_period('month', 'pull_requests.opened_at') }} as opened_month
    from pull_requests
    cross join newest
)

select *
from final
