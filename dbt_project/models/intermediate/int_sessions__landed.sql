with

-- A session has 14 days to land, and what landed 30 more to be kept.
sessions as (
    select
        *,
        {{ dateadd('day', 14, 'ended_at') }} as lands_until,
        {{ dateadd('day', 44, 'ended_at') }} as kept_until
    from {{ ref('fct_sessions') }}
    where is_session
),

-- The newest commit of the project's repository that was observed for the shortest time.
projects as (
    select
        project_id,
        min(observed_until) as observed_until
    from {{ ref('stg_git__repositories') }}
    where status = 'read' and project_id is not null
    group by project_id
),

commits as (
    select * from {{ ref('stg_git__commits') }}
),

events as (
    select
        session_id,
        {{ count_if("landed_state in ('landed', 'landed_as_copy', 'not_landed')") }}
            as known_commit_count,
        {{ count_if("landed_state = 'not_found'") }} as not_found_commit_count,
        {{ count_if('is_landed_within_14_days') }} as landed_commit_count,
        {{ count_if('is_landed_within_14_days is not null') }} as followed_commit_count,
        {{ count_if('is_kept_for_30_days') }} as kept_commit_count,
        {{ count_if('is_kept_for_30_days is not null') }} as landed_followed_commit_count
    from {{ ref('fct_commits') }}
    where is_counted
    group by session_id
),

-- What links a commit to a session, but for the time alone.
links as (
    select distinct
        session_id,
        git_commit_id
    from {{ ref('stg_git__commit_sessions') }}
    where evidence <> 'time'
),

linked as (
    select
        links.session_id,
        min(commits.landed_at) as first_landed_at,
        min(case when not commits.is_reverted then commits.landed_at end) as first_kept_at,
        max(commits.landed_at) as last_landed_at
    from links
    inner join commits on links.git_commit_id = commits.git_commit_id
    group by links.session_id
),

line_counts as (
    select
        match_session_id as session_id,
        sum(line_count) as merged_line_count,
        sum(survived_30d_count) as survived_30d_count
    from {{ ref('stg_git__line_groups') }}
    where match_session_id is not null
    group by match_session_id
),

-- Files with lines of a session that landed.
edited_files as (
    select
        line_groups.match_session_id as session_id,
        line_groups.repository_id,
        line_groups.path_id,
        min(commits.landed_at) as landed_at
    from {{ ref('stg_git__line_groups') }} as line_groups
    inner join commits on line_groups.git_commit_id = commits.git_commit_id
    where line_groups.match_session_id is not null
    group by line_groups.match_session_id, line_groups.repository_id, line_groups.path_id
),

-- Changes of files by people alone.
manual_changes as (
    select
        files.repository_id,
        files.path_id,
        commits.authored_at
    from {{ ref('stg_git__commit_files') }} as files
    inner join commits on files.git_commit_id = commits.git_commit_id
    where
        files.exclusion is null
        and files.lines_removed > files.moved_line_count
        and not commits.is_bot_author
        and commits.agent_trailer is null
        and commits.session_id is null
),

overwritten as (
    select
        edited_files.session_id,
        min(edited_files.landed_at) as first_edited_at,
        count(distinct case when manual_changes.path_id is not null then edited_files.path_id end)
            as overwritten_file_count
    from edited_files
    left join manual_changes
        on
            edited_files.repository_id = manual_changes.repository_id
            and edited_files.path_id = manual_changes.path_id
            and edited_files.landed_at < manual_changes.authored_at
            and {{ dateadd('day', 7, 'edited_files.landed_at') }} >= manual_changes.authored_at
    group by edited_files.session_id
),

costs as (
    select
        session_id,
        sum(cost_usd) as cost_usd
    from {{ ref('int_usage__daily') }}
    group by session_id
),

-- Sessions of projects whose repository was read.
final as (
    select
        -- keys
        sessions.session_id,
        sessions.user_id,
        -- facts
        sessions.agent,
        coalesce(events.followed_commit_count, 0) as followed_commit_count,
        coalesce(events.not_found_commit_count, 0)
        + coalesce(events.known_commit_count, 0)
        - coalesce(events.followed_commit_count, 0) as unsettled_commit_count,
        coalesce(events.landed_commit_count, 0) as landed_commit_count,
        coalesce(events.landed_followed_commit_count, 0) as landed_followed_commit_count,
        coalesce(events.kept_commit_count, 0) as kept_commit_count,
        costs.cost_usd,
        cast(coalesce(line_counts.merged_line_count, 0) as bigint) as merged_line_count,
        cast(coalesce(line_counts.survived_30d_count, 0) as bigint) as survived_30d_line_count,
        -- booleans
        sessions.is_in_study_c_frame,
        case
            when linked.first_landed_at <= sessions.lands_until then true
            when projects.observed_until >= sessions.lands_until then false
        end as is_landed,
        case
            when projects.observed_until >= sessions.kept_until
                then coalesce(linked.first_kept_at <= sessions.lands_until, false)
        end as is_landed_and_kept,
        case
            when overwritten.overwritten_file_count > 0 then true
            when projects.observed_until >= {{ dateadd('day', 7, 'overwritten.first_edited_at') }}
                then false
        end as is_overwritten,
        projects.observed_until >= sessions.lands_until as is_followed_14_days,
        projects.observed_until >= sessions.kept_until as is_followed_44_days,
        -- times
        sessions.started_month
    from sessions
    inner join projects on sessions.project_id = projects.project_id
    left join events on sessions.session_id = events.session_id
    left join linked on sessions.session_id = linked.session_id
    left join line_counts on sessions.session_id = line_counts.session_id
    left join overwritten on sessions.session_id = overwritten.session_id
    left join costs on sessions.session_id = costs.session_id
)

select *
from final
