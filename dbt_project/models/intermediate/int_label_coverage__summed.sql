{#- Populations, each with its condition: what a metric is of. The sessions of each are counted too. -#}
{%- set is_paid = "status <> 'skipped_budget' and input_tokens is not null" -%}
{%- set populations = {
    'known': 'is_eligible is not null', 'eligible': 'is_eligible', 'labelled': 'status is not null',
    'ok': "status = 'ok'", 'repeated': 'is_repeated', 'cited': 'cited_evidence_count > 0',
    'covered': "status = 'ok' and coverage is not null", 'paid': is_paid,
    'priced': 'cost_usd is not null',
} -%}
{#- What else is counted, and what is summed over the units of a population. -#}
{%- set counts = {
    'unknown': 'is_eligible is null', 'asked': "is_eligible and status <> 'skipped_budget'",
    'answered': "is_eligible and status = 'ok'", 'not_inferable': 'is_not_inferable',
    'stale': 'is_stale', 'flipped': 'is_flipped', 'refused': "status = 'refused'",
    'truncated': "status = 'truncated'", 'invalid': "status = 'invalid'",
    'error': "status = 'error'", 'skipped_budget': "status = 'skipped_budget'",
} -%}
{%- set amounts = {
    'evidence': ('cited', 'cited_evidence_count'), 'read': ('covered', 'coverage'),
    'rejected_evidence': ('cited', 'rejected_evidence_count'), 'cost': ('priced', 'cost_usd'),
    'cached_input': ('paid', 'coalesce(cache_read_input_tokens, 0)'),
    'output': ('paid', 'coalesce(output_tokens, 0)'),
    'input': ('paid', 'coalesce(input_tokens, 0) + coalesce(cache_creation_input_tokens, 0)'
        ~ ' + coalesce(cache_read_input_tokens, 0)'),
} -%}
{%- set names = populations.keys() | list + counts.keys() | list + amounts.keys() | list -%}
{%- set values, sums, sessions, added = [], [], [], [] -%}
{%- for name in names -%}
    {%- set of, value = amounts.get(name, (name, '1')) -%}
    {%- set condition = populations[of] or counts[of] -%}
    {%- set _ = values.append(
        'cast(case when ' ~ condition ~ ' then ' ~ value ~ ' else 0 end as double) as ' ~ name) -%}
    {%- set _ = sums.append('sum(' ~ name ~ ') as ' ~ name) -%}
{%- endfor -%}
{%- for name in populations -%}
    {%- set _ = sessions.append(count_if(name ~ ' > 0') ~ ' as ' ~ name ~ '_sessions') -%}
    {%- set _ = added.append('cast(sum(' ~ name ~ '_sessions) as bigint) as ' ~ name ~ '_sessions') -%}
{%- endfor -%}
{%- set label = 'labeller, fingerprint, classifier, user_id' %}

with

sessions as (
    select * from {{ ref('fct_sessions') }}
),

units as (
    select * from {{ ref('int_labels__covered') }}
),

-- A unit belongs to one session at most. Labels of a former session id fall out till renewed.
valued as (
    select
        {{ label }},
        started_month,
        sessions.session_id,
        coalesce(unit_kind = 'session', false) as is_session,
        {{ values | join(',\n        ') }}
    from units
    inner join sessions on units.session_id = sessions.session_id
),

-- Of a session several turns may be units. One that is a unit itself needs no summing: most are.
per_session as (
    select {{ ([label, 'started_month'] + sums) | join(', ') }}
    from valued
    where not is_session
    group by {{ label }}, started_month, session_id
    union all
    select {{ ([label, 'started_month'] + names) | join(', ') }}
    from valued
    where is_session
),

by_month as (
    select
        {{ label }},
        'month' as period_kind,
        started_month as period_start,
        {{ (sums + sessions) | join(',\n        ') }}
    from per_session
    group by {{ label }}, started_month
),

-- A session is in one month, so that the months of a user add up.
final as (
    select * from by_month
    union all
    select
        {{ label }},
        'overall' as period_kind,
        cast(null as date) as period_start,
        {{ (sums + added) | join(',\n        ') }}
    from by_month
    group by {{ label }}
)

select *
from final
