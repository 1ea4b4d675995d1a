with

sessions as (
    select * from {{ ref('stg_transcripts__sessions') }}
),

session_aliases as (
    select * from {{ ref('stg_transcripts__session_aliases') }}
),

events as (
    select * from {{ ref('stg_transcripts__events') }}
),

plan_stops as (
    select
        event_id,
        session_id,
        plan_hash,
        occurred_at
    from events
    where event_kind = 'plan_stopped'
),

-- Aliases are unique, so no session is repeated.
implementing as (
    select
        sessions.session_id,
        sessions.implements_plan_hash,
        sessions.started_at,
        coalesce(session_aliases.session_id, sessions.continues_session_id) as named_session_id
    from sessions
    left join session_aliases
        on sessions.continues_session_id = session_aliases.alias_session_id
),

-- A plan edited before it was accepted has another key, so a session that names its predecessor is
-- believed. The others go by the plan's key; in real transcripts the new session's first record is
-- some milliseconds older than the stop.
matched as (
    select
        implementing.session_id,
        plan_stops.session_id as stopped_session_id,
        plan_stops.event_id,
        plan_stops.occurred_at
    from implementing
    inner join plan_stops on implementing.named_session_id = plan_stops.session_id
    union all
    select
        implementing.session_id,
        plan_stops.session_id as stopped_session_id,
        plan_stops.event_id,
        plan_stops.occurred_at
    from implementing
    inner join plan_stops on implementing.implements_plan_hash = plan_stops.plan_hash
    where
        implementing.named_session_id is null
        and implementing.session_id <> plan_stops.session_id
        and plan_stops.occurred_at <= {{ dateadd('minute', 1, 'implementing.started_at') }}
),

-- The same plan may have been stopped several times: the last stop was the acceptance.
latest as (
    select
        *,
        row_number() over (
            partition by session_id order by occurred_at desc, event_id desc
        ) as recency
    from matched
),

final as (
    select
        implementing.session_id,
        coalesce(latest.stopped_session_id, implementing.named_session_id) as continues_session_id,
        latest.event_id as plan_stop_event_id
    from implementing
    left join latest
        on implementing.session_id = latest.session_id and latest.recency = 1
    where latest.session_id is not null or implementing.named_session_id is not null
)

select *
from final
