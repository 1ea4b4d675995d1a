{#- Whether a labeller is a model that is asked, or a demo's stand-in for one: neither people nor rules. -#}
{% macro is_by_model(labeller) -%}
    {{ labeller }} not in ('human', 'rules')
{%- endmacro %}
