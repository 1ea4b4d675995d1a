{#- A cell: kind of period, its first day, segment, its value, what the segment rests on. -#}
{%- set quarter = "cast(" ~ date_trunc('quarter', 'started_month') ~ " as date)" -%}
{%- set cells = [
    ('overall', 'cast(null as date)', 'all', "'all'", "''"),
    ('quarter', quarter, 'all', "'all'", "''"),
    ('month', 'started_month', 'all', "'all'", "''"),
    ('overall', 'cast(null as date)', 'prior_sessions', 'prior_session_bucket', "''"),
] -%}
{%- set has_known_mode = 'has_tool_bearing_turn and is_full_auto is not null' %}

with

sessions as (
    select * from {{ ref('fct_sessions') }}
),

turns as (
    select * from {{ ref('fct_turns') }}
),

-- Prior sessions of a user whose history is cut off are a lower bound: such users are a bucket of
-- their own, so that buckets add up to all sessions and the curve shows observed histories only.
interactive_sessions as (
    select
        session_id,
        agent,
        user_id,
        started_month,
        has_tool_bearing_turn,
        is_full_auto,
        has_no_denial_or_plan_verdict,
        {{ prior_session_bucket() }} as prior_session_bucket
    from sessions
    where is_interactive
),

-- A turn is in the month in which it started, with its session's experience. Every session adds a
-- row without a turn, so that a cell without turns is there and says so.
session_turns as (
    select
        session_id,
        agent,
        user_id,
        started_month,
        prior_session_bucket,
        0 as worked,
        0 as interrupted
    from interactive_sessions
    union all
    select
        turns.session_id,
        turns.agent,
        turns.user_id,
        turns.started_month,
        interactive_sessions.prior_session_bucket,
        1 as worked,
        case when turns.is_interrupted then 1 else 0 end as interrupted
    from turns
    inner join interactive_sessions on turns.session_id = interactive_sessions.session_id
    where turns.has_agent_work and not turns.is_sidechain
),

session_observations as (
    {{ observations_in(cells, 'interactive_sessions',
        ['user_id', 'has_tool_bearing_turn', 'is_full_auto', 'has_no_denial_or_plan_verdict']) }}
),

turn_observations as (
    {{ observations_in(cells, 'session_turns',
        ['session_id', 'user_id', 'worked', 'interrupted']) }}
),

final as (
    {{ user_sums_of('session_observations', {
        'name': 'full_auto_share',
        'population': has_known_mode,
        'numerator': 'case when is_full_auto then 1 else 0 end',
        'denominator': 'case when ' ~ has_known_mode ~ ' then 1 else 0 end',
        'unknown': 'has_tool_bearing_turn and is_full_auto is null',
    }) }}
    union all
    {{ user_sums_of('session_observations', {
        'name': 'no_denial_or_plan_verdict_share',
        'population': 'has_tool_bearing_turn',
        'numerator': 'case when has_no_denial_or_plan_verdict then 1 else 0 end',
        'denominator': 'case when has_tool_bearing_turn then 1 else 0 end',
    }) }}
    union all
    {{ user_sums_of('turn_observations', {
        'name': 'interrupt_rate',
        'numerator': 'interrupted',
        'denominator': 'worked',
        'sessions': 'count(distinct case when worked = 1 then session_id end)',
    }) }}
)

select *
from final
