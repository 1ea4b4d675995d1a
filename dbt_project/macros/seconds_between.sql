{#- Elapsed seconds with the millisecond resolution of the transcripts. -#}
{% macro seconds_between(started_at, ended_at) -%}
    cast({{ datediff(started_at, ended_at, 'millisecond') }} as {{ type_double() }}) / 1000.0
{%- endmacro %}
