{#-
  What a tool call is deployed as: the one place that says whose vote it is where each deployment has one. Agents'
  sessions have a project; a source that knows deployments of its own names them here first.
-#}
{% macro deployment_of(calls) -%}
    coalesce({{ calls }}.project_id, 'unknown')
{%- endmacro %}
