{#- Populations: what a metric may be of, with the condition. The sessions of each are counted too. -#}
{%- set is_paid = "status <> 'skipped_budget' and input_tokens is not null" -%}
{%- set populations = {
    'known': 'is_eligible is not null', 'eligible': 'is_eligible', 'labelled': 'status is not null',
    'ok': "status = 'ok'", 'repeated': 'is_repeated', 'cited': 'cited_evidence_count > 0',
    'covered': "status = 'ok' and coverage is not null", 'paid': is_paid,
    'priced': 'cost_usd is not null',
} -%}
{#- What is summed over the units that meet a condition. Tokens and cost include those of replicates. -#}
{%- set sums = {
    'unknown': ('is_eligible is null', '1'),
    'asked': ("is_eligible and status <> 'skipped_budget'", '1'),
    'answered': ("is_eligible and status = 'ok'", '1'),
    'not_inferable': ("status = 'ok' and is_not_inferable", '1'),
    'stale': ('is_stale', '1'), 'flipped': ('is_flipped', '1'),
    'evidence': (populations.cited, 'cited_evidence_count'),
    'rejected_evidence': (populations.cited, 'rejected_evidence_count'),
    'read': (populations.covered, 'coverage'),
    'cached_input': (is_paid, 'coalesce(cache_read_input_tokens, 0)'),
    'input': (is_paid, 'coalesce(input_tokens, 0) + coalesce(cache_creation_input_tokens, 0)'
        ~ ' + coalesce(cache_read_input_tokens, 0)'),
    'output': (is_paid, 'coalesce(output_tokens, 0)'),
    'cost': (populations.priced, 'cost_usd'),
} -%}
{%- for status in ['refused', 'truncated', 'invalid', 'error', 'skipped_budget'] -%}
    {%- set _ = sums.update({status: ("status = '" ~ status ~ "'", '1')}) -%}
{%- endfor -%}
{%- for name in populations -%}{%- set _ = sums.update({name: (populations[name], '1')}) -%}{%- endfor -%}
{%- set label = 'labeller, fingerprint, classifier, user_id' %}

with

sessions as (select * from {{ ref('fct_sessions') }}),

units as (select * from {{ ref('int_labels__covered') }}),

-- A unit belongs to one session at most. Labels of a former session id fall out till renewed.
valued as (
    select
        {{ label }},
        started_month,
        sessions.session_id,
        coalesce(unit_kind = 'session', false) as is_session,
        {%- for name, (condition, value) in sums.items() %}
        cast(case when {{ condition }} then {{ value }} else 0 end as double) as {{ name }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from units
    inner join sessions on units.session_id = sessions.session_id
),

-- Of a session several turns may be units. One that is a unit itself needs no summing: most are. A
-- session is in one month, so that the months of a user add up.
per_session as (
    select
        {{ label }},
        started_month,
        {% for name in sums -%}
        sum({{ name }}) as {{ name }}{{ ', ' if not loop.last }}
        {%- endfor %}
    from valued
    where not is_session
    group by {{ label }}, started_month, session_id
    union all
    select
        {{ label }},
        started_month,
        {{ sums.keys() | join(',\n        ') }}
    from valued
    where is_session
),

{% for kind, period, source in [
    ('month', 'started_month', 'per_session'), ('overall', 'cast(null as date)', 'by_month'),
] -%}
by_{{ kind }} as (
    select
        {{ label }},
        '{{ kind }}' as period_kind,
        {{ period }} as period_start,
        {%- for name in sums %}
        sum({{ name }}) as {{ name }},
        {%- endfor %}
        {%- for name in populations %}
        {{ count_if(name ~ ' > 0') if kind == 'month' else 'cast(sum(' ~ name ~ '_sessions) as bigint)' }}
            as {{ name }}_sessions{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ source }}
    group by {{ label }}{{ ', started_month' if kind == 'month' }}
),

{% endfor -%}

final as (
    select * from by_month
    union all
    select * from by_overall
)

select *
from final
