{%- set counts = usage_counts() -%}
{%- set scopes = [('', 'true'), ('sub_agent_', 'is_sidechain')] -%}
{#- The finer the period, the fewer the cuts: a day of a project is in fct_responses. -#}
{%- set cells, mode_cells = [], [] -%}
{%- for kind, start in [
    ('overall', 'cast(null as date)'),
    ('quarter', "cast(" ~ date_trunc('quarter', 'used_month') ~ " as date)"),
    ('month', 'used_month'),
    ('week', 'used_week'),
    ('day', 'used_day'),
] -%}
{%- set _ = cells.append((kind, start, 'all', "'all'", "''")) -%}
{%- set _ = cells.append((kind, start, 'model', 'model', "''")) -%}
{%- set _ = cells.append((kind, start, 'project', 'project_id', "''")) if loop.index < 4 -%}
{%- if kind != 'day' -%}
{%- set _ = mode_cells.append((kind, start, 'work_mode', 'work_mode', 'work_mode_by')) -%}
{%- endif -%}
{%- endfor -%}
{%- set cell =
    'agent, period_kind, period_start, segment_name, segment_value, labeller, segment_by' -%}
{%- set used = ['session_id', 'user_id', 'is_in_session', 'is_sidechain']
    + counts | map(attribute=1) | list -%}

with

daily as (
    select
        *,
        cast(null as {{ type_string() }}) as labeller
    from {{ ref('int_usage__daily') }}
),

labellers as (
    select * from {{ ref('int_labellers__fingerprinted') }}
    where work_mode_by is not null
),

labelled as (
    select * from {{ ref('int_sessions__labelled') }}
),

-- Every day once per labeller that was asked; a session has one label of a labeller at most.
daily_by_mode as (
    select
        {% for column in used + ['agent', 'used_day', 'used_week', 'used_month'] -%}
        daily.{{ column }},
        {% endfor -%}
        labellers.labeller,
        labellers.work_mode_by,
        coalesce(labelled.work_mode, 'unknown') as work_mode
    from daily
    inner join labellers on daily.agent = labellers.agent
    left join labelled
        on daily.session_id = labelled.session_id and labellers.labeller = labelled.labeller
),

observations as (
    {{ observations_in(cells, 'daily', used + ['labeller']) }}
    union all
    {{ observations_in(mode_cells, 'daily_by_mode', used + ['labeller']) }}
),

-- A session once per cell, so that sessions are counted without being told apart for each metric.
of_sessions as (
    select
        {{ cell }},
        user_id,
        session_id,
        max(case when is_in_session then 1 else 0 end) as is_in_session,
        {% for prefix, scope in scopes -%}
        {% for name, summed, _ in counts -%}
        sum(case when {{ scope }} then {{ summed }} end) as {{ prefix }}{{ name }},
        {% endfor -%}
        {% endfor -%}
        sum(case when is_in_session then cost_usd end) as cost_in_session
    from observations
    group by {{ cell }}, user_id, session_id
),

final as (
    select
        {{ cell }},
        user_id,
        count(session_id) as session_count,
        max(is_in_session) as has_session,
        count(case when is_in_session = 1 then session_id end) as sessions_with_use,
        coalesce(sum(cost_in_session), 0) as cost_in_sessions,
        {% for prefix, _ in scopes -%}
        {% for name, _, type in counts -%}
        cast(sum({{ prefix }}{{ name }}) as {{ type }}) as {{ prefix }}{{ name }},
        count(case when {{ prefix }}{{ name }} is not null then session_id end)
            as {{ prefix }}{{ name }}_sessions,
        {% endfor -%}
        {% endfor -%}
        count(case when cost_in_session is not null then session_id end) as priced_sessions
    from of_sessions
    group by {{ cell }}, user_id
)

select *
from final
