{#- Kinds of events that cross a boundary (orchestration/ingest/boundaries.py); a test holds them together. -#}
{% macro boundary_kinds() -%}
    {{ return([
        'hook_bypass', 'weakened_test', 'force_push', 'permission_edit', 'out_of_scope_edit',
        'secrets_read',
    ]) }}
{%- endmacro %}

{#- The same kinds as SQL, for `in`. -#}
{% macro boundary_kind_list() -%}
    ('{{ boundary_kinds() | join("', '") }}')
{%- endmacro %}
