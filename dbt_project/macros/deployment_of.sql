{#-
  What a tool call is deployed as: the one place that says whose vote it is where each deployment has one. Logs of
  API traffic know the deployment; agents' sessions have a project.
-#}
{% macro deployment_of(calls) -%}
    coalesce({{ calls }}.deployment_id, {{ calls }}.project_id, 'unknown')
{%- endmacro %}
