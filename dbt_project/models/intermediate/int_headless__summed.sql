{%- set quarter = "cast(" ~ date_trunc('quarter', 'started_month') ~ " as date)" -%}
{%- set cells = [
    ('overall', 'cast(null as date)', 'all', "'all'", "''"),
    ('quarter', quarter, 'all', "'all'", "''"),
    ('month', 'started_month', 'all', "'all'", "''"),
    ('overall', 'cast(null as date)', 'pipeline', 'pipeline', "''"),
] -%}
{#- Name, what it counts, and the runs that it is of; null where that is not settled. -#}
{%- set rates = [
    ('headless_completed_share', 'is_completed', 'true'),
    ('headless_landed_share', 'has_artefact', 'true'),
    ('headless_without_artefact_share', 'not has_artefact', 'is_completed'),
    ('headless_escalated_share', 'is_escalated', 'not is_completed'),
] -%}

with

runs as (
    select * from {{ ref('fct_headless_runs') }}
),

observations as (
    {{ observations_in(cells, 'runs',
        ['user_id', 'artefact_count', 'cost_usd', 'is_completed', 'has_artefact', 'is_escalated']) }}
),

final as (
    {{ user_sums_of('observations', {
        'name': 'headless_runs', 'kind': 'count', 'summed': 'count(*)', 'sessions': 'count(*)',
    }) }}
    {%- for name, counted, among in rates %}
    {%- set known = '(' ~ among ~ ') and (' ~ counted ~ ') is not null' %}
    union all
    {{ user_sums_of('observations', {
        'name': name,
        'population': known,
        'numerator': 'case when ' ~ known ~ ' and (' ~ counted ~ ') then 1 else 0 end',
        'denominator': 'case when ' ~ known ~ ' then 1 else 0 end',
        'unknown': 'coalesce(' ~ among ~ ', true) and ((' ~ among ~ ') is null or (' ~ counted ~ ') is null)',
    }) }}
    {%- endfor %}
    union all
    {{ user_sums_of('observations', {
        'name': 'cost_usd_per_landed_artefact',
        'kind': 'mean',
        'population': 'cost_usd is not null',
        'numerator': 'coalesce(cost_usd, 0)',
        'denominator': 'case when cost_usd is not null then artefact_count else 0 end',
        'unknown': 'cost_usd is null',
    }) }}
)

select *
from final
