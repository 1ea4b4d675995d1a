{#- What a rate of rpt_label_coverage may be of: units by name and condition. -#}
{%- set populations = {
    'known': 'is_eligible is not null',
    'eligible': 'is_eligible',
    'labelled': 'status is not null',
    'ok': "status = 'ok'",
    'repeated': 'is_repeated',
    'cited': 'cited_evidence_count > 0',
    'covered': "status = 'ok' and coverage is not null",
    'paid': "status <> 'skipped_budget' and input_tokens is not null",
    'priced': 'cost_usd is not null',
} -%}
{#- What else is counted of units. -#}
{%- set counts = {
    'unknown': 'is_eligible is null',
    'asked': "is_eligible and status <> 'skipped_budget'",
    'answered': "is_eligible and status = 'ok'",
    'not_inferable': "status = 'ok' and is_not_inferable",
    'stale': 'status is not null and is_stale',
    'flipped': 'is_repeated and is_flipped',
    'refused': "status = 'refused'",
    'truncated': "status = 'truncated'",
    'invalid': "status = 'invalid'",
    'error': "status = 'error'",
    'skipped_budget': "status = 'skipped_budget'",
} -%}
{#- Added up over the units of a population: tokens and cost include those of replicates. -#}
{%- set amounts = {
    'evidence': ('cited', 'cited_evidence_count'),
    'rejected_evidence': ('cited', 'rejected_evidence_count'),
    'read': ('covered', 'coverage'),
    'cost': ('priced', 'cost_usd'),
    'cached_input': ('paid', 'coalesce(cache_read_input_tokens, 0)'),
    'output': ('paid', 'coalesce(output_tokens, 0)'),
    'input': ('paid', 'coalesce(input_tokens, 0) + coalesce(cache_creation_input_tokens, 0)'
        ~ ' + coalesce(cache_read_input_tokens, 0)'),
} -%}
{%- set summed = populations.keys() | list + counts.keys() | list + amounts.keys() | list -%}
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
        {% for name, condition in (populations.items() | list) + (counts.items() | list) -%}
        cast(case when {{ condition }} then 1 else 0 end as {{ type_double() }}) as {{ name }},
        {% endfor -%}
        {% for name, (population, amount) in amounts.items() -%}
        cast(
            case when {{ populations[population] }} then {{ amount }} else 0 end
            as {{ type_double() }}
        ) as {{ name }},
        {% endfor -%}
        coalesce(unit_kind = 'session', false) as is_session
    from units
    inner join owners on units.session_id = owners.session_id
),

-- Of a session several turns may be units. One that is a unit itself needs no summing: most are.
per_session as (
    select
        {{ label }},
        {% for name in summed -%}
        sum({{ name }}) as {{ name }},
        {% endfor -%}
        started_month
    from valued
    where not is_session
    group by {{ label }}, started_month, session_id
    union all
    select
        {{ label }},
        {{ summed | join(', ') }},
        started_month
    from valued
    where is_session
),

by_month as (
    select
        {{ label }},
        {% for name in summed -%}
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
by_period as (
    select * from by_month
    {%- for kind, start in [
        ('quarter', "cast(" ~ date_trunc('quarter', 'period_start') ~ " as date)"),
        ('overall', 'cast(null as date)'),
    ] %}
    union all
    select
        {{ label }},
        {% for name in summed -%}
        sum({{ name }}) as {{ name }},
        {% endfor -%}
        {% for name in populations -%}
        cast(sum({{ name }}_sessions) as bigint) as {{ name }}_sessions,
        {% endfor -%}
        '{{ kind }}' as period_kind,
        {{ start }} as period_start
    from by_month
    group by {{ label }}{{ ', ' ~ start if kind == 'quarter' }}
    {%- endfor %}
),

{{ marked_first_of_cell(
    'by_period',
    ['agent', 'labeller', 'fingerprint', 'classifier', 'period_kind', 'period_start'],
) }}

select *
from final
