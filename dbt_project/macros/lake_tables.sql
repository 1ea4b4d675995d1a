{#-
  Where another engine than DuckDB reads the lake, each source is a table of its catalogue: DuckDB takes the files as
  they are. `orchestration/publishing/spark_tables.py` makes the tables.
-#}
{% macro source(source_name, table_name) -%}
    {%- set relation = builtins.source(source_name, table_name) -%}
    {%- if target.type != 'duckdb' -%}
        {%- set relation = api.Relation.create(
            database=relation.database, schema=in_catalogue('lake'), identifier=source_name ~ '_' ~ table_name
        ) -%}
    {%- endif -%}
    {{ return(relation) }}
{%- endmacro %}
