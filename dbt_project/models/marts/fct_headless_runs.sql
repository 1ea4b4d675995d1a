with

sessions as (
    select * from {{ ref('fct_sessions') }}
),

turns as (
    select * from {{ ref('fct_turns') }}
),

responses as (
    select * from {{ ref('fct_responses') }}
),

-- Programs that run an agent; a session without any human act in an editor is none.
runs as (
    select * from sessions
    where
        surface in ('headless', 'presumed_headless', 'sdk', 'action')
        and worked_turn_count > 0
),

ranked as (
    select
        session_id,
        end_reason,
        row_number() over (partition by session_id order by turn_number desc) as place_from_end
    from turns
    where not is_sidechain and has_agent_work
),

last_turns as (
    select * from ranked
    where place_from_end = 1
),

costs as (
    select
        session_id,
        sum(cost_usd) as cost_usd
    from responses
    group by session_id
),

newest as (
    select max(started_at) as known_until from sessions
),

-- A person who takes up a project within a day of a run in it; one row per run, however many do.
taken_up as (
    select
        runs.session_id,
        min(sessions.started_at) as taken_up_at
    from runs
    inner join sessions
        on
            runs.project_id = sessions.project_id
            and sessions.is_interactive
            and runs.ended_at <= sessions.started_at
            and {{ dateadd('hour', 24, 'runs.ended_at') }} > sessions.started_at
    group by runs.session_id
),

-- One last turn, one cost and one session of a person per run at most, and one newest time: none is
-- repeated.
final as (
    select
        -- keys
        runs.session_id,
        runs.user_id,
        runs.project_id,
        -- facts
        runs.agent,
        runs.surface,
        coalesce(runs.entrypoint, runs.surface) as pipeline,
        runs.commit_count + runs.pull_request_count as artefact_count,
        costs.cost_usd,
        -- booleans
        case
            when last_turns.end_reason = 'open' then null
            else coalesce(last_turns.end_reason = 'completed', false)
        end as is_completed,
        runs.commit_count + runs.pull_request_count > 0 as has_artefact,
        case
            when last_turns.end_reason in ('open', 'completed') then null
            when runs.project_id is null then null
            when taken_up.taken_up_at is not null then true
            when newest.known_until >= {{ dateadd('hour', 24, 'runs.ended_at') }} then false
        end as is_escalated,
        -- times
        runs.started_at,
        runs.ended_at,
        runs.started_month
    from runs
    inner join last_turns on runs.session_id = last_turns.session_id
    left join costs on runs.session_id = costs.session_id
    left join taken_up on runs.session_id = taken_up.session_id
    cross join newest
)

select *
from final
