{#-
  Schemas are the interface of the project (marts, metrics): in a DuckDB file of its own the target adds no prefix.
  A catalogue that others use too has them behind the name that the operator gave (`spark_schema`).
-#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if target.type == 'duckdb' -%}
        {{ custom_schema_name or target.schema }}
    {%- else -%}
        {{ in_catalogue(custom_schema_name) }}
    {%- endif -%}
{%- endmacro %}

{#- A schema of this project in a catalogue that others use too. -#}
{% macro in_catalogue(schema) -%}
    {{ target.schema }}{{ '_' ~ schema if schema }}
{%- endmacro %}
