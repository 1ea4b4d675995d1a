with

drawn as (
    select distinct
        unit_id,
        session_id,
        agent,
        surface
    from {{ ref('int_calls__labelled') }}
),

calls as (
    select * from {{ ref('fct_tool_calls') }}
    where has_call
),

turns as (
    select * from {{ ref('fct_turns') }}
),

sessions as (
    select * from {{ ref('fct_sessions') }}
),

surfaces as (
    select * from {{ ref('surfaces') }}
),

-- What a rule says of a call that it settles.
settled as (
    select
        unit_id,
        max(answer_label) as reversibility
    from {{ ref('int_labels__ranked') }}
    where classifier = 'reversibility' and labeller = 'rules' and is_current
    group by unit_id
),

-- A turn opens with what a person did last: its calls before this one are the steps since then.
placed as (
    select
        calls.tool_call_id,
        calls.turn_id,
        calls.tool_category,
        cast(
            row_number() over (
                partition by calls.session_id, calls.turn_id
                order by calls.called_at, calls.tool_call_id
            ) - 1 as bigint
        ) as step_count
    from calls
    where calls.session_id in (select drawn.session_id from drawn)
),

-- A call is in one turn at most and has one session: no call is repeated.
final as (
    select
        -- keys
        drawn.unit_id,
        drawn.agent,
        -- facts
        case when placed.turn_id is not null then placed.step_count end as step_count,
        sessions.tool_call_count as session_call_count,
        settled.reversibility as rule_reversibility,
        case
            when settled.reversibility = 'irreversible' then 8
            when settled.reversibility = 'reversible_with_effort' then 6
            when placed.tool_category = 'edit' then 4
            when placed.tool_category in ('read', 'search', 'question', 'plan', 'todo') then 1
        end as rule_risk,
        -- booleans
        surfaces.is_interactive as is_person_surface,
        not turns.is_full_auto as is_asking_mode
    from drawn
    inner join placed on drawn.unit_id = placed.tool_call_id
    inner join sessions on drawn.session_id = sessions.session_id
    left join surfaces on drawn.surface = surfaces.surface
    left join turns on placed.turn_id = turns.turn_id and drawn.session_id = turns.session_id
    left join settled on drawn.unit_id = settled.unit_id
)

select *
from final
