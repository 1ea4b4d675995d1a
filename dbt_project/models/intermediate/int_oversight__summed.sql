{#- A cell: kind of period, its first day, segment, its value, what the segment rests on. -#}
{%- set quarter = "cast(" ~ date_trunc('quarter', 'started_month') ~ " as date)" -%}
{%- set cells = [
    ('overall', 'cast(null as date)', 'all', "'all'", "''"),
    ('quarter', quarter, 'all', "'all'", "''"),
    ('month', 'started_month', 'all', "'all'", "''"),
    ('overall', 'cast(null as date)', 'prior_sessions', 'prior_session_bucket', "''"),
] -%}
{#- Interruptions also by whether the session needed approvals: A7 and A8 together. -#}
{%- set full_auto = "case when is_full_auto then 'yes' when not is_full_auto then 'no'"
    ~ " else 'unknown' end" -%}
{%- set cells_of_turns = cells + [
    ('overall', 'cast(null as date)', 'full_auto', full_auto, "''"),
] -%}
{%- set styles = ['approves_each', 'monitors', 'unattended'] -%}
{%- set has_known_mode = 'has_tool_bearing_turn and is_full_auto is not null' %}

with

sessions as (
    select * from {{ ref('fct_sessions') }}
),

turns as (
    select * from {{ ref('fct_turns') }}
),

user_months as (
    select * from {{ ref('int_user_months__styled') }}
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
        tool_call_count,
        tool_call_count - root_tool_call_count as subagent_call_count,
        subagent_count,
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
        is_full_auto,
        0 as worked,
        0 as interrupted,
        0 as asked
    from interactive_sessions
    union all
    select
        turns.session_id,
        turns.agent,
        turns.user_id,
        turns.started_month,
        interactive_sessions.prior_session_bucket,
        interactive_sessions.is_full_auto,
        1 as worked,
        case when turns.is_interrupted then 1 else 0 end as interrupted,
        case when turns.clarification_count > 0 then 1 else 0 end as asked
    from turns
    inner join interactive_sessions on turns.session_id = interactive_sessions.session_id
    where turns.has_agent_work and not turns.is_sidechain
),

session_observations as (
    {{ observations_in(cells, 'interactive_sessions',
        ['user_id', 'has_tool_bearing_turn', 'is_full_auto', 'has_no_denial_or_plan_verdict',
            'tool_call_count', 'subagent_call_count', 'subagent_count']) }}
),

turn_observations as (
    {{ observations_in(cells_of_turns, 'session_turns',
        ['session_id', 'user_id', 'worked', 'interrupted', 'asked']) }}
),

-- Every month of a person once per style and period: a month of another style is not of it.
months_of_styles as (
    {%- for period_kind, period_start in [
        ('overall', 'cast(null as date)'), ('quarter', quarter), ('month', 'started_month'),
    ] %}
    {%- for style in styles %}
    select
        agent,
        user_id,
        session_count,
        style_before,
        '{{ period_kind }}' as period_kind,
        {{ period_start }} as period_start,
        'style' as segment_name,
        '{{ style }}' as segment_value,
        style is not null as is_known,
        coalesce(style = '{{ style }}', false) as is_inside
    from user_months
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
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
    union all
    {{ user_sums_of('turn_observations', {
        'name': 'agent_asked_rate',
        'numerator': 'asked',
        'denominator': 'worked',
        'sessions': 'count(distinct case when worked = 1 then session_id end)',
    }) }}
    union all
    {{ user_sums_of('session_observations', {
        'name': 'subagent_call_share',
        'population': 'has_tool_bearing_turn',
        'numerator': 'case when has_tool_bearing_turn then subagent_call_count else 0 end',
        'denominator': 'case when has_tool_bearing_turn then tool_call_count else 0 end',
    }) }}
    union all
    {{ user_sums_of('session_observations', {
        'name': 'delegating_session_share',
        'population': 'has_tool_bearing_turn',
        'numerator': 'case when has_tool_bearing_turn and subagent_count > 0 then 1 else 0 end',
        'denominator': 'case when has_tool_bearing_turn then 1 else 0 end',
    }) }}
    union all
    {{ user_sums_of('months_of_styles', {
        'name': 'user_month_style_share',
        'kind': 'share',
        'sessions': 'cast(sum(case when is_inside then session_count else 0 end) as bigint)',
        'numerator': 'case when is_inside then 1 else 0 end',
        'denominator': 'case when is_known then 1 else 0 end',
        'unknown': 'not is_known',
    }) }}
    {%- for style in styles %}
    {%- set among = "is_known and style_before = '" ~ style ~ "'" %}
    union all
    {{ user_sums_of("months_of_styles where period_kind = 'overall'", {
        'name': 'style_after_' ~ style ~ '_share',
        'kind': 'share',
        'sessions': 'cast(sum(case when ' ~ among ~ ' and is_inside then session_count else 0 end) as bigint)',
        'numerator': 'case when ' ~ among ~ ' and is_inside then 1 else 0 end',
        'denominator': 'case when ' ~ among ~ ' then 1 else 0 end',
        'unknown': "not is_known and coalesce(style_before = '" ~ style ~ "', false)",
    }) }}
    {%- endfor %}
)

select *
from final
