{#- A row for each value of a list, in a select list; none where the list is empty or null. -#}
{% macro each_of(list_column) -%}
    {{ 'explode' if target.type == 'spark' else 'unnest' }}({{ list_column }})
{%- endmacro %}
