{#- Units by what became of them: each is what it is in, or nothing. Tokens and cost include replicates. -#}
{%- set is_asked = "status <> 'skipped_budget'" -%}
{%- set statuses = ['ok', 'refused', 'truncated', 'invalid', 'error', 'skipped_budget'] -%}
{%- set is_paid = is_asked ~ ' and input_tokens is not null' -%}
{%- set all_input = 'coalesce(input_tokens, 0) + coalesce(cache_creation_input_tokens, 0)'
    ~ ' + coalesce(cache_read_input_tokens, 0)' -%}
{#- Populations: those that a metric may concern, so that the sessions of each are counted. -#}
{%- set populations = {
    'known': 'is_eligible is not null', 'eligible': 'is_eligible', 'labelled': 'status is not null',
    'ok': "status = 'ok'", 'repeated': 'is_repeated', 'cited': 'cited_evidence_count > 0',
    'covered': "status = 'ok' and coverage is not null", 'paid': is_paid,
    'priced': 'cost_usd is not null',
} -%}
{%- set parts = {
    'unknown': 'is_eligible is null', 'asked': 'is_eligible and ' ~ is_asked,
    'answered': "is_eligible and status = 'ok'", 'stale': 'status is not null and is_stale',
    'not_inferable': "status = 'ok' and is_not_inferable", 'flipped': 'is_repeated and is_flipped',
} -%}
{%- for status in statuses if status != 'ok' -%}
    {%- set _ = parts.update({status: "status = '" ~ status ~ "'"}) -%}
{%- endfor -%}
{%- set amounts = {
    'evidence': ('cited', 'cited_evidence_count'), 'rejected': ('cited', 'rejected_evidence_count'),
    'read': ('covered', 'coverage'), 'cached': ('paid', 'coalesce(cache_read_input_tokens, 0)'),
    'input': ('paid', all_input), 'output': ('paid', 'coalesce(output_tokens, 0)'),
    'cost': ('priced', 'cost_usd'),
} -%}
{%- set values = populations.keys() | list + parts.keys() | list + amounts.keys() | list -%}
{#- Each metric: name, kind, its numerator, its denominator, the population whose sessions count. -#}
{%- set metrics = [
    ('eligible_share', 'rate', 'eligible', 'known', 'known'),
    ('asked_share', 'rate', 'asked', 'eligible', 'eligible'),
    ('labelled_share', 'rate', 'answered', 'eligible', 'eligible'),
    ('not_inferable_share', 'rate', 'not_inferable', 'ok', 'ok'),
    ('stale_share', 'rate', 'stale', 'labelled', 'labelled'),
    ('flip_rate', 'rate', 'flipped', 'repeated', 'repeated'),
    ('rejected_evidence_share', 'rate', 'rejected', 'evidence', 'cited'),
    ('read_share', 'mean', 'read', 'covered', 'covered'),
    ('cached_input_share', 'mean', 'cached', 'input', 'paid'),
    ('input_tokens_per_label', 'mean', 'input', 'paid', 'paid'),
    ('output_tokens_per_label', 'mean', 'output', 'paid', 'paid'),
    ('cost_usd_per_label', 'mean', 'cost', 'priced', 'priced'),
] -%}
{%- for status in statuses -%}
    {%- set _ = metrics.append((status ~ '_share', 'rate', status, 'labelled', 'labelled')) -%}
{%- endfor %}

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
