{#- A team's row says what the repository says: people and sessions are in figures only. -#}
{%- set is_personal = "'" ~ var('mode') ~ "' = 'personal'" -%}

with

commits as (
    select * from {{ ref('stg_git__commits') }}
),

repositories as (
    select * from {{ ref('stg_git__repositories') }}
),

sessions as (
    select
        session_id,
        agent
    from {{ ref('fct_sessions') }}
),

final as (
    select
        -- keys
        commits.git_commit_id,
        commits.repository_id,
        commits.project_id,
        commits.landing_commit_id,
        commits.copy_of_commit_id,
        commits.reverts_commit_id,
        case when {{ is_personal }} then commits.user_id end as user_id,
        case when {{ is_personal }} then commits.session_id end as session_id,
        case when {{ is_personal }} then commits.time_session_id end as time_session_id,
        case when {{ is_personal }} then commits.commit_sha end as commit_sha,
        -- facts
        case when {{ is_personal }} then sessions.agent end as session_agent,
        case when {{ is_personal }} then commits.session_known_by end as session_known_by,
        case when {{ is_personal }} then commits.author_known_by end as author_known_by,
        commits.agent_trailer,
        commits.co_author_count,
        case when {{ is_personal }} then commits.pull_request_number end as pull_request_number,
        commits.file_count,
        commits.lines_added,
        commits.lines_removed,
        commits.moved_line_count,
        commits.merged_line_count,
        commits.matchable_line_count,
        commits.unfiltered_merged_line_count,
        commits.noted_line_count,
        case when {{ is_personal }} then commits.matched_line_count end as matched_line_count,
        -- booleans
        commits.is_bot_author,
        commits.is_merge,
        commits.is_landing,
        commits.is_reverted,
        case
            when commits.reverted_at <= {{ dateadd('day', 30, 'commits.landed_at') }} then true
            when repositories.observed_until >= {{ dateadd('day', 30, 'commits.landed_at') }}
                then false
        end as is_reverted_within_30_days,
        case when {{ is_personal }} then commits.is_session_disputed end as is_session_disputed,
        -- times
        commits.authored_at,
        commits.committed_at,
        commits.landed_at,
        {{ local_period('month', 'commits.landed_at') }} as landed_month
    from commits
    left join repositories on commits.repository_id = repositories.repository_id
    left join sessions on commits.session_id = sessions.session_id
)

select *
from final
