{#- 1 where the operator pinned the fingerprint, else 0. -#}
{% macro is_pinned(column) -%}
    {%- set pinned = var('pinned_fingerprints', []) -%}
    {%- if pinned -%}
        case when {{ column }} in ('{{ pinned | join("', '") }}') then 1 else 0 end
    {%- else -%}
        0
    {%- endif -%}
{%- endmacro %}
