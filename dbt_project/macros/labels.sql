{#- Columns that every label row has, whoever labelled and whatever was asked. -#}
{% macro label_columns() -%}
unit_id,
session_id,
fingerprint,
input_hash,
request_id,
batch_id,
unit_kind,
classifier,
version,
labeller,
model,
status,
coverage,
replicate,
input_tokens,
output_tokens,
cost_usd,
is_stale,
labelled_at,
session_date,
{%- endmacro %}

{#- 1 where the operator pinned the fingerprint, else 0. -#}
{% macro is_pinned(column) -%}
    {%- set pinned = var('pinned_fingerprints', []) -%}
    {%- if pinned -%}
        case when {{ column }} in ('{{ pinned | join("', '") }}') then 1 else 0 end
    {%- else -%}
        0
    {%- endif -%}
{%- endmacro %}
