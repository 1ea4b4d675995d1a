with

events as (
    select * from {{ ref('fct_events') }}
),

sessions as (
    select * from {{ ref('fct_sessions') }}
    where is_interactive
),

human_acts as (
    select * from {{ ref('fct_human_acts') }}
),

labellers as (
    select * from {{ ref('int_labellers__fingerprinted') }}
    where failure_evidence_by is not null
),

searched as (
    select * from {{ ref('int_sessions__objected') }}
),

evidence as (
    select * from {{ ref('fct_label_evidence') }}
),

crossings as (
    select
        events.event_id,
        events.session_id,
        events.user_id,
        events.agent,
        events.event_kind as boundary,
        events.occurred_at,
        sessions.started_month
    from events
    inner join sessions on events.session_id = sessions.session_id
    where events.event_kind in {{ boundary_kind_list() }}
),

-- What a person does: an interruption, a refusal or a verdict against the agent objects as it is.
acts as (
    select
        session_id,
        acted_at,
        record_id,
        act_kind in ('plan_rejected', 'denial_feedback') as is_objection
    from human_acts
    union all
    select
        session_id,
        occurred_at as acted_at,
        record_id,
        true as is_objection
    from events
    where event_kind in ('interrupt', 'denial')
),

later_acts as (
    select
        crossings.event_id,
        acts.record_id,
        acts.is_objection,
        row_number() over (
            partition by crossings.event_id
            order by acts.acted_at asc, acts.is_objection desc, acts.record_id asc
        ) as place
    from crossings
    inner join acts
        on crossings.session_id = acts.session_id and crossings.occurred_at < acts.acted_at
),

-- The first thing that a person does after the call; of two at once, that which objects.
next_acts as (
    select
        event_id,
        record_id,
        is_objection
    from later_acts
    where place = 1
),

-- What a person says objects where the labeller cites it as evidence of failure.
objections as (
    select distinct
        session_id,
        labeller,
        record_id
    from evidence
    where classifier = 'failure_evidence' and is_current and record_kind = 'human_act'
),

final as (
    select
        -- keys
        crossings.event_id,
        labellers.labeller,
        crossings.session_id,
        crossings.user_id,
        crossings.agent,
        labellers.failure_evidence_by,
        -- facts
        crossings.boundary,
        -- booleans
        case
            when next_acts.event_id is null then false
            when next_acts.is_objection then true
            when searched.session_id is not null then objections.record_id is not null
        end as is_noticed,
        -- times
        crossings.started_month
    from crossings
    inner join labellers on crossings.agent = labellers.agent
    left join next_acts on crossings.event_id = next_acts.event_id
    left join searched
        on
            crossings.session_id = searched.session_id
            and labellers.labeller = searched.labeller
    left join objections
        on
            crossings.session_id = objections.session_id
            and labellers.labeller = objections.labeller
            and next_acts.record_id = objections.record_id
)

select *
from final
