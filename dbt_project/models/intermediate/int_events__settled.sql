with

events as (
    select * from {{ ref('stg_transcripts__events') }}
),

continued as (
    select * from {{ ref('int_sessions__continued') }}
),

-- Several sessions may carry out the same plan; it was accepted once.
accepted as (
    select plan_stop_event_id
    from continued
    where plan_stop_event_id is not null
    group by plan_stop_event_id
),

final as (
    select
        events.event_id,
        events.session_id,
        case
            when events.event_kind <> 'plan_stopped' then events.event_kind
            when accepted.plan_stop_event_id is not null then 'plan_accepted'
            else 'denial'
        end as settled_kind,
        events.is_success
    from events
    left join accepted on events.event_id = accepted.plan_stop_event_id
)

select *
from final
