with

turns as (
    select * from {{ ref('fct_turns') }}
),

sessions as (
    select * from {{ ref('fct_sessions') }}
),

labellers as (
    select * from {{ ref('int_labellers__fingerprinted') }}
),

labelled as (
    select * from {{ ref('int_sessions__labelled') }}
),

sampled as (
    select * from {{ ref('int_sessions__sampled') }}
),

labels as (
    select * from {{ ref('int_labels__ranked') }}
),

answers as (
    select * from {{ ref('stg_labels__answers') }}
),

-- The current labels of turns: at most one per turn, classifier and labeller, with one answer each;
-- `max` picks it.
reasons as (
    select
        labels.unit_id as turn_id,
        labels.labeller,
        max(case when answers.field = 'stop_reason' then answers.value_text end) as stop_reason,
        max(case when answers.field = 'interrupt_reason' then answers.value_text end)
            as interrupt_reason,
        max(case when answers.field = 'question_usefulness' then answers.value_text end)
            as question_usefulness
    from labels
    inner join answers
        on
            labels.classifier = answers.classifier
            and labels.unit_id = answers.unit_id
            and labels.fingerprint = answers.fingerprint
            and labels.replicate = answers.replicate
    where labels.is_current and labels.unit_kind = 'turn' and labels.status = 'ok'
    group by labels.unit_id, labels.labeller
),

-- Every turn of an interactive session in which the agent worked, once per labeller of the agent's
-- sessions. A turn is in the month in which its session started: sessions add up over months.
final as (
    select
        -- keys
        turns.turn_id,
        labellers.labeller,
        turns.session_id,
        turns.user_id,
        turns.agent,
        labellers.goal_complexity_by,
        labellers.stop_reason_by,
        labellers.interrupt_reason_by,
        labellers.question_usefulness_by,
        -- facts
        coalesce(nullif(labelled.goal_complexity, 'not_inferable'), 'unknown') as goal_complexity,
        turns.end_reason,
        nullif(reasons.stop_reason, 'not_inferable') as stop_reason,
        nullif(reasons.interrupt_reason, 'not_inferable') as interrupt_reason,
        nullif(reasons.question_usefulness, 'not_inferable') as question_usefulness,
        -- booleans
        turns.clarification_count > 0 as has_question,
        turns.is_interrupted,
        coalesce(
            max(turns.clarification_count) over (
                partition by turns.session_id, labellers.labeller
                order by turns.started_at asc, turns.turn_number asc
                rows between unbounded preceding and current row
            ), 0
        ) > 0 as has_question_so_far,
        case when turns.permission_mode <> 'unknown' then turns.permission_mode = 'plan' end
            as is_in_plan_mode,
        -- times
        sessions.started_month
    from turns
    inner join sessions on turns.session_id = sessions.session_id
    inner join labellers on turns.agent = labellers.agent
    left join labelled
        on turns.session_id = labelled.session_id and labellers.labeller = labelled.labeller
    left join sampled
        on turns.session_id = sampled.session_id and labellers.labeller = sampled.labeller
    left join reasons
        on turns.turn_id = reasons.turn_id and labellers.labeller = reasons.labeller
    where
        turns.is_interactive
        and turns.has_agent_work
        and not turns.is_sidechain
        and coalesce(sampled.is_in_sample, true)
)

select *
from final
