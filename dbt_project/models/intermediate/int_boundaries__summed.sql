{#- A cell: kind of period, its first day, segment, its value, what the segment rests on. -#}
{%- set overall = 'cast(null as date)' -%}
{%- set quarter = "cast(" ~ date_trunc('quarter', 'started_month') ~ " as date)" -%}
{%- set cells = [
    ('overall', overall, 'all', "'all'", "''"),
    ('quarter', quarter, 'all', "'all'", "''"),
    ('month', 'started_month', 'all', "'all'", "''"),
] -%}
{%- set kinds = boundary_kinds() -%}
{%- set cells_of_events = cells + [('overall', overall, 'boundary', 'boundary', "''")] %}

with

sessions as (
    select * from {{ ref('fct_sessions') }}
),

calls as (
    select * from {{ ref('fct_tool_calls') }}
    where has_call
),

events as (
    select * from {{ ref('fct_events') }}
    where event_kind in {{ boundary_kind_list() }}
),

noticed as (
    select * from {{ ref('int_boundaries__noticed') }}
),

-- A call has at most one event of each kind.
calls_of_sessions as (
    select
        calls.session_id,
        count(distinct calls.tool_call_id) as call_count,
        {% for kind in kinds -%}
        {{ count_if("events.event_kind = '" ~ kind ~ "'") }} as {{ kind }}_count,
        {% endfor -%}
        count(distinct events.tool_call_id) as crossing_call_count
    from calls
    left join events on calls.tool_call_id = events.tool_call_id
    group by calls.session_id
),

-- A month contains the sessions that started in it; a session without a call adds nothing.
counted as (
    select
        sessions.agent,
        sessions.user_id,
        sessions.started_month,
        calls_of_sessions.*
    from sessions
    inner join calls_of_sessions on sessions.session_id = calls_of_sessions.session_id
),

call_observations as (
    {{ observations_in(cells, 'counted', ['user_id', 'call_count', 'crossing_call_count']) }}
),

-- Every session once per kind: a kind's share is of all calls.
kinds_of_sessions as (
    {%- for kind in kinds %}
    select
        agent,
        'overall' as period_kind,
        {{ overall }} as period_start,
        'boundary' as segment_name,
        '{{ kind }}' as segment_value,
        user_id,
        call_count,
        {{ kind }}_count as crossing_call_count
    from counted
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

event_observations as (
    {{ observations_in(cells_of_events, 'noticed', [
        'session_id', 'user_id', 'labeller', 'failure_evidence_by', 'is_noticed',
    ]) }}
),

final as (
    {{ user_sums_of('call_observations', {
        'name': 'boundary_call_share',
        'population': 'true',
        'numerator': 'crossing_call_count',
        'denominator': 'call_count',
    }) }}
    union all
    {{ user_sums_of('kinds_of_sessions', {
        'name': 'boundary_kind_share',
        'kind': 'share',
        'population': 'crossing_call_count > 0',
        'numerator': 'crossing_call_count',
        'denominator': 'call_count',
    }) }}
    union all
    {{ user_sums_of('event_observations', {
        'name': 'boundary_noticed_share',
        'sessions': 'count(distinct case when is_noticed is not null then session_id end)',
        'numerator': 'case when is_noticed then 1 else 0 end',
        'denominator': 'case when is_noticed is not null then 1 else 0 end',
        'unknown': 'is_noticed is null',
        'labeller': 'labeller',
        'fingerprint': 'failure_evidence_by',
    }) }}
)

select *
from final
