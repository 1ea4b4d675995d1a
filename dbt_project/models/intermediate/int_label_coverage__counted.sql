{%- set populations, values = {}, {} -%}
{{- add_label_coverage(populations, values) -}}
{%- set label = 'agent, labeller, fingerprint, classifier, user_id' %}

with

sessions as (
    select * from {{ ref('fct_sessions') }}
),

units as (
    select * from {{ ref('int_labels__covered') }}
),

owners as (
    select
        session_id,
        user_id,
        agent,
        started_month
    from sessions
),

-- A unit belongs to one session at most. Labels of a former session id fall out till renewed.
valued as (
    select
        {{ label }},
        started_month,
        owners.session_id,
        {% for name in values -%}
        cast({{ values[name] }} as double) as {{ name }},
        {% endfor -%}
        coalesce(unit_kind = 'session', false) as is_session
    from units
    inner join owners on units.session_id = owners.session_id
),

-- Of a session several turns may be units. One that is a unit itself needs no summing: most are.
per_session as (
    select
        {{ label }},
        {% for name in values -%}
        sum({{ name }}) as {{ name }},
        {% endfor -%}
        started_month
    from valued
    where not is_session
    group by {{ label }}, started_month, session_id
    union all
    select
        {{ label }},
        {{ values.keys() | join(', ') }},
        started_month
    from valued
    where is_session
),

by_month as (
    select
        {{ label }},
        {% for name in values -%}
        sum({{ name }}) as {{ name }},
        {% endfor -%}
        {% for name in populations -%}
        {{ count_if(name ~ ' > 0') }} as {{ name }}_sessions,
        {% endfor -%}
        'month' as period_kind,
        started_month as period_start
    from per_session
    group by {{ label }}, started_month
),

-- A session is in one month, so that the months of a user add up.
final as (
    select * from by_month
    union all
    select
        {{ label }},
        {% for name in values -%}
        sum({{ name }}) as {{ name }},
        {% endfor -%}
        {% for name in populations -%}
        cast(sum({{ name }}_sessions) as bigint) as {{ name }}_sessions,
        {% endfor -%}
        'overall' as period_kind,
        cast(null as date) as period_start
    from by_month
    group by {{ label }}
)

select *
from final
