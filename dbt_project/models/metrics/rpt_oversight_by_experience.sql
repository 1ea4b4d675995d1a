{#- Lower bounds of the buckets of prior sessions; the last is open. -#}
{%- set bounds = [0, 1, 3, 10, 30, 100, 300, 1000] -%}
{%- set has_known_mode = 'has_tool_bearing_turn and is_full_auto is not null' -%}
{%- set metrics = [
    {
        'name': 'full_auto_share',
        'population': has_known_mode,
        'numerator': 'case when is_full_auto then 1 else 0 end',
        'denominator': 'case when ' ~ has_known_mode ~ ' then 1 else 0 end',
        'unknown': 'has_tool_bearing_turn and is_full_auto is null',
    },
    {
        'name': 'full_auto_in_behaviour_share',
        'population': 'has_tool_bearing_turn',
        'numerator': 'case when is_full_auto_in_behaviour then 1 else 0 end',
        'denominator': 'case when has_tool_bearing_turn then 1 else 0 end',
    },
    {
        'name': 'interrupt_rate',
        'population': 'worked_turn_count > 0',
        'numerator': 'interrupted_turn_count',
        'denominator': 'worked_turn_count',
    },
] -%}
{%- set cells = [
    ('overall', 'cast(null as date)', 'all', "'all'", "''"),
    ('month', 'started_month', 'all', "'all'", "''"),
    ('overall', 'cast(null as date)', 'prior_sessions', 'prior_session_bucket', "''"),
] -%}

with

sessions as (
    select * from {{ ref('fct_sessions') }}
),

turns as (
    select * from {{ ref('fct_turns') }}
),

published_values as (
    select * from {{ ref('published_values') }}
),

-- A turn belongs to one session; only turns in which the agent worked count.
session_turns as (
    select
        session_id,
        count(*) as worked_turn_count,
        {{ count_if('is_interrupted') }} as interrupted_turn_count
    from turns
    where has_agent_work and not is_sidechain
    group by session_id
),

-- Prior sessions of a user whose history is cut off are a lower bound: such users are a bucket of
-- their own, so that buckets add up to all sessions and the curve shows observed histories only.
interactive_sessions as (
    select
        sessions.user_id,
        sessions.started_month,
        sessions.has_tool_bearing_turn,
        sessions.is_full_auto,
        sessions.is_full_auto_in_behaviour,
        coalesce(session_turns.worked_turn_count, 0) as worked_turn_count,
        coalesce(session_turns.interrupted_turn_count, 0) as interrupted_turn_count,
        case
            when sessions.user_id is null then 'unknown_user'
            when sessions.is_history_truncated then 'history_truncated'
            {%- for lower in bounds[:-1] %}
            {%- set upper = bounds[loop.index] - 1 %}
            when sessions.prior_session_count <= {{ upper }}
                then '{{ lower ~ ('-' ~ upper if upper > lower else '') }}'
            {%- endfor %}
            else '{{ bounds[-1] }}+'
        end as prior_session_bucket
    from sessions
    left join session_turns on sessions.session_id = session_turns.session_id
    where sessions.is_interactive
),

observations as (
    {{ observations_in(cells, 'interactive_sessions', [
        'user_id', 'has_tool_bearing_turn', 'is_full_auto', 'is_full_auto_in_behaviour',
        'worked_turn_count', 'interrupted_turn_count',
    ]) }}
),

user_sums as (
    {%- for metric in metrics %}
    {{ user_sums_of('observations', metric) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

{{ rates_from('user_sums') }}

select *
from rates
