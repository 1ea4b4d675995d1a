{#-
  How tables and views are made on DuckDB: under their own names, in one transaction.

  dbt-duckdb's own `table` and `view` make them under another name and rename them, so that a reader of a shared
  database always finds one. Nobody reads the warehouse file while it is built: what is read is a release. Hooks,
  grants, indexes and comments are left out, because this project has none of them here.
-#}
{% materialization table, adapter='duckdb' %}
    {{ return(made_in_place('table', create_table_as(false, this.incorporate(type='table'), compiled_code))) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{ return(made_in_place('view', create_view_as(this.incorporate(type='view'), compiled_code))) }}
{% endmaterialization %}

{% macro made_in_place(type, create) %}
    {%- set existing = load_cached_relation(this) -%}
    {%- call statement('main') -%}
        {%- if existing is not none %} drop {{ existing.type }} {{ existing }}; {% endif -%}
        {{ create }}
    {%- endcall -%}
    {%- do adapter.commit() -%}
    {{ return({'relations': [this.incorporate(type=type)]}) }}
{% endmacro %}
