with

-- An agent that is in no project, such as one on the API, writes in no repository.
agents as (
    select distinct agent from {{ ref('fct_sessions') }}
    where project_id is not null
),

commits as (
    select
        user_id,
        merged_line_count,
        {{ local_date('authored_at') }} as authored_date,
        {{ local_period('month', 'authored_at') }} as authored_month
    from {{ ref('stg_git__commits') }}
    where user_id is not null and not is_bot_author
),

days as (
    select
        user_id,
        authored_date,
        authored_month,
        count(*) as commit_count,
        cast(sum(merged_line_count) as bigint) as merged_line_count
    from commits
    group by user_id, authored_date, authored_month
),

final as (
    select
        -- keys
        agents.agent,
        days.user_id,
        days.authored_date,
        -- facts
        days.commit_count,
        days.merged_line_count,
        -- times
        days.authored_month
    from days
    cross join agents
)

select *
from final
