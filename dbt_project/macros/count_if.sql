{#- Rows for which the condition holds; no row is a null, so an empty group counts zero. -#}
{% macro count_if(condition) -%}
    cast(count(case when {{ condition }} then 1 end) as bigint)
{%- endmacro %}
