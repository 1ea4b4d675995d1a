{#- Floating-point numbers of eight bytes: dbt's `type_float` has four on DuckDB and Spark. -#}
{% macro type_double() -%}
    {{ 'float64' if target.type == 'bigquery' else 'double' }}
{%- endmacro %}
