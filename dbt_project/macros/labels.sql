{#- Columns that every label row has, whoever labelled and whatever was asked; the answer's follow them. -#}
{% macro label_row() -%}
-- keys
unit_id,
session_id,
fingerprint,
input_hash,
request_id,
batch_id,
-- facts
unit_kind,
classifier,
version,
rendering,
labeller,
model,
status,
evidence_record_ids,
cited_evidence_count,
rejected_evidence_count,
coverage,
replicate,
input_tokens,
cache_creation_input_tokens,
cache_read_input_tokens,
output_tokens,
cost_usd,
-- booleans
is_stale,
-- times
labelled_at,
cast(session_date as date) as session_date
{%- endmacro %}

{#- What a unit's labels by one fingerprint share. -#}
{% macro label_unit() -%}
classifier, labeller, fingerprint, unit_id
{%- endmacro %}

{#- Whether rows of two tables are of one unit and fingerprint. -#}
{% macro same_label_unit(one, other) -%}
    {%- for column in label_unit().split(', ') -%}
        {{ one }}.{{ column }} = {{ other }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
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

{#- Work modes whose product is code, as a SQL list: the studies' writing, fixing, testing, orchestrating. -#}
{% macro code_modes() -%}
    ('build', 'fix', 'test', 'orchestrate')
{%- endmacro %}
