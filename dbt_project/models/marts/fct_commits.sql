with

events as (
    select * from {{ ref('stg_transcripts__events') }}
),

sessions as (
    select * from {{ ref('stg_transcripts__sessions') }}
),

-- Several runs of one call have one time: together they passed if all did, and failed if one did.
runs_at as (
    select
        session_id,
        occurred_at,
        min(case when is_success then 1 when not is_success then 0 end) as passed,
        {{ count_if('is_success is null') }} as unsettled_count
    from events
    where event_kind = 'test_run'
    group by session_id, occurred_at
),

-- What the repository knows of a commit whose id the session printed.
landed as (
    select
        events.session_id,
        events.event_id,
        events.state,
        repositories.observed_until,
        commits.landed_at,
        commits.reverted_at
    from {{ ref('stg_git__commit_events') }} as events
    left join {{ ref('stg_git__repositories') }} as repositories
        on events.repository_id = repositories.repository_id
    left join {{ ref('stg_git__commits') }} as commits
        on events.git_commit_id = commits.git_commit_id
),

-- The frame of these windows ends with all events of the same time: a call that tests and then
-- commits has one time for both.
placed as (
    select
        *,
        row_number() over (
            partition by session_id, event_kind order by occurred_at, event_id
        ) as commit_number,
        sum(case when event_kind = 'test_run' then 1 else 0 end)
            over (partition by session_id order by occurred_at) as test_run_count,
        max(case when event_kind = 'test_run' then occurred_at end)
            over (partition by session_id order by occurred_at) as last_tested_at,
        max(case when event_kind = 'push' and coalesce(is_success, true) then occurred_at end)
            over (partition by session_id) as last_pushed_at,
        max(case
            when
                event_kind = 'pull_request_opened' and coalesce(is_success, true)
                then occurred_at
        end) over (partition by session_id) as last_opened_at
    from events
),

-- One session and one time of runs per commit: no commit is repeated. A commit whose session is not
-- there stays, without its agent: the test of its relationship says so.
final as (
    select
        -- keys
        placed.event_id as commit_id,
        placed.session_id,
        placed.turn_id,
        placed.session_id || '|' || placed.tool_use_id || '|'
        || cast(placed.occurrence as {{ type_string() }}) as tool_call_id,
        placed.user_id,
        placed.project_id,
        placed.agent_id,
        case when '{{ var("mode") }}' = 'personal' then placed.commit_sha end as commit_sha,
        -- facts
        sessions.agent,
        placed.source,
        cast(placed.commit_number as bigint) as commit_number,
        placed.evidence,
        cast(placed.test_run_count as bigint) as test_run_count,
        landed.state as landed_state,
        -- booleans
        placed.is_success,
        coalesce(placed.is_success, true) as is_counted,
        case
            when runs_at.passed = 0 then false
            when runs_at.unsettled_count = 0 then true
        end as is_last_test_run_passed,
        coalesce(placed.last_pushed_at >= placed.occurred_at, false) as is_followed_by_push,
        coalesce(placed.last_opened_at >= placed.occurred_at, false)
            as is_followed_by_pull_request,
        case
            when landed.state in ('landed', 'landed_as_copy')
                then landed.landed_at <= {{ dateadd('day', 14, 'placed.occurred_at') }}
            when
                landed.state = 'not_landed'
                and landed.observed_until >= {{ dateadd('day', 14, 'placed.occurred_at') }}
                then false
        end as is_landed_within_14_days,
        case
            when landed.landed_at > {{ dateadd('day', 14, 'placed.occurred_at') }} then null
            when landed.reverted_at <= {{ dateadd('day', 30, 'landed.landed_at') }} then false
            when landed.observed_until >= {{ dateadd('day', 30, 'landed.landed_at') }} then true
        end as is_kept_for_30_days,
        placed.is_sidechain,
        -- times
        placed.occurred_at as committed_at,
        placed.session_date
    from placed
    left join sessions on placed.session_id = sessions.session_id
    left join landed
        on placed.session_id = landed.session_id and placed.event_id = landed.event_id
    left join runs_at
        on placed.session_id = runs_at.session_id and placed.last_tested_at = runs_at.occurred_at
    where placed.event_kind = 'commit'
)

select *
from final
