{#-
  Fills `populations`, what a rate of rpt_label_coverage may be of, with the condition of each, and `values`:
  what is summed over units, a population's own count included. Tokens and cost include those of replicates.
  Dictionaries to fill, because a macro gives text.
-#}
{% macro add_label_coverage(populations, values) -%}
{%- set is_paid = "status <> 'skipped_budget' and input_tokens is not null" -%}
{%- set _ = populations.update({
    'known': 'is_eligible is not null', 'eligible': 'is_eligible', 'labelled': 'status is not null',
    'ok': "status = 'ok'", 'repeated': 'is_repeated', 'cited': 'cited_evidence_count > 0',
    'covered': "status = 'ok' and coverage is not null", 'paid': is_paid,
    'priced': 'cost_usd is not null',
}) -%}
{%- set counts = {
    'unknown': 'is_eligible is null', 'asked': "is_eligible and status <> 'skipped_budget'",
    'answered': "is_eligible and status = 'ok'", 'not_inferable': "status = 'ok' and is_not_inferable",
    'stale': 'status is not null and is_stale', 'flipped': 'is_repeated and is_flipped',
} -%}
{%- for status in ['refused', 'truncated', 'invalid', 'error', 'skipped_budget'] -%}
    {%- set _ = counts.update({status: "status = '" ~ status ~ "'"}) -%}
{%- endfor -%}
{%- set _ = counts.update(populations) -%}
{%- for name, condition in counts.items() -%}
    {%- set _ = values.update({name: 'case when ' ~ condition ~ ' then 1 else 0 end'}) -%}
{%- endfor -%}
{%- set amounts = {
    'evidence': ('cited', 'cited_evidence_count'), 'read': ('covered', 'coverage'),
    'rejected_evidence': ('cited', 'rejected_evidence_count'), 'cost': ('priced', 'cost_usd'),
    'cached_input': ('paid', 'coalesce(cache_read_input_tokens, 0)'),
    'output': ('paid', 'coalesce(output_tokens, 0)'),
    'input': ('paid', 'coalesce(input_tokens, 0) + coalesce(cache_creation_input_tokens, 0)'
        ~ ' + coalesce(cache_read_input_tokens, 0)'),
} -%}
{%- for name, (of, amount) in amounts.items() -%}
    {%- set _ = values.update({name: 'case when ' ~ populations[of] ~ ' then ' ~ amount ~ ' else 0 end'}) -%}
{%- endfor -%}
{%- endmacro %}
