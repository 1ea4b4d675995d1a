{#-
  Each metric: name, kind, units it concerns (`population`), what it counts or sums over them, and what
  of each unit it is divided by. Tokens and cost include those of replicates.
-#}
{%- set has_label = 'status is not null' -%}
{%- set is_asked = "status <> 'skipped_budget'" -%}
{%- set statuses = ['ok', 'refused', 'truncated', 'invalid', 'error', 'skipped_budget'] -%}
{%- set is_paid = is_asked ~ ' and input_tokens is not null' -%}
{%- set all_input = 'coalesce(input_tokens, 0) + coalesce(cache_creation_input_tokens, 0)'
    ~ ' + coalesce(cache_read_input_tokens, 0)' -%}
{%- set shares = [
    ('eligible_share', 'is_eligible is not null', 'is_eligible'),
    ('asked_share', 'is_eligible', is_asked),
    ('labelled_share', 'is_eligible', "status = 'ok'"),
    ('not_inferable_share', "status = 'ok'", 'is_not_inferable'),
    ('stale_share', has_label, 'is_stale'),
    ('flip_rate', 'is_repeated', 'is_flipped'),
] -%}
{%- set ratios = [
    ('rejected_evidence_share', 'rate', 'cited_evidence_count > 0',
        'rejected_evidence_count', 'cited_evidence_count'),
    ('read_share', 'mean', "status = 'ok' and coverage is not null", 'coverage', '1'),
    ('cached_input_share', 'mean', is_paid, 'coalesce(cache_read_input_tokens, 0)', all_input),
    ('input_tokens_per_label', 'mean', is_paid, all_input, '1'),
    ('output_tokens_per_label', 'mean', is_paid, 'coalesce(output_tokens, 0)', '1'),
    ('cost_usd_per_label', 'mean', 'cost_usd is not null', 'cost_usd', '1'),
] -%}
{%- set cells = [
    ('overall', 'cast(null as date)', 'classifier', 'classifier', "''"),
    ('month', 'started_month', 'classifier', 'classifier', "''"),
] -%}

with

sessions as (
    select * from {{ ref('fct_sessions') }}
),

units as (
    select * from {{ ref('int_labels__covered') }}
),

published_values as (
    select * from {{ ref('published_values') }}
),

-- A unit belongs to one session at most. Labels of a former session id fall out till renewed.
observations as (
    {{ observations_in(
        cells,
        'units inner join sessions on units.session_id = sessions.session_id',
        [
            'user_id', 'units.session_id', 'labeller', 'fingerprint', 'status', 'coverage',
            'cited_evidence_count', 'rejected_evidence_count', 'units.input_tokens',
            'units.cache_creation_input_tokens', 'units.cache_read_input_tokens',
            'units.output_tokens', 'cost_usd', 'is_eligible', 'is_stale', 'is_not_inferable',
            'is_repeated', 'is_flipped',
        ],
    ) }}
),

{%- set metrics = [] -%}
{%- for name, population, counted in shares -%}
    {%- set _ = metrics.append((name, 'rate', population,
        'case when ' ~ counted ~ ' then 1 else 0 end', '1')) -%}
{%- endfor -%}
{%- for status in statuses -%}
    {%- set _ = metrics.append((status ~ '_share', 'rate', has_label,
        "case when status = '" ~ status ~ "' then 1 else 0 end", '1')) -%}
{%- endfor %}

user_sums as (
    {%- for name, kind, population, summed, unit in metrics + ratios %}
    {{ user_sums_of('observations', {
        'name': name,
        'kind': kind,
        'population': population,
        'sessions': 'count(distinct case when ' ~ population ~ ' then session_id end)',
        'numerator': 'case when ' ~ population ~ ' then ' ~ summed ~ ' else 0 end',
        'denominator': 'case when ' ~ population ~ ' then ' ~ unit ~ ' else 0 end',
        'unknown': 'is_eligible is null' if name == 'eligible_share',
        'labeller': 'labeller',
        'fingerprint': 'fingerprint',
    }) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

{{ rates_from('user_sums') }}

select *
from rates
