with

sessions as (
    select
        session_id,
        agent,
        user_id,
        project_id,
        started_at
    from {{ ref('fct_sessions') }}
),

first_sessions as (
    select
        project_id,
        min(started_at) as first_started_at
    from sessions
    group by project_id
),

people as (
    select distinct user_id from sessions
    where user_id is not null
),

final as (
    select
        commits.*,
        sessions.agent as session_agent,
        -- Before the first session of its project nothing is known of what agents wrote.
        coalesce(commits.committed_at >= first_sessions.first_started_at, false)
        or sessions.session_id is not null as is_observed,
        people.user_id is not null as is_author_observed
    from {{ ref('stg_git__commits') }} as commits
    left join sessions
        on
            coalesce(
                commits.sha_session_id, commits.copy_session_id, commits.pull_request_session_id
            ) = sessions.session_id
    left join first_sessions on commits.project_id = first_sessions.project_id
    left join people on commits.user_id = people.user_id
)

select *
from final
