{#- The bucket of prior sessions of a row of fct_sessions; the last is open. -#}
{% macro prior_session_bucket() -%}
    {%- set bounds = [0, 1, 3, 10, 30, 100, 300, 1000] -%}
    case
        when user_id is null then 'unknown_user'
        when is_history_truncated then 'history_truncated'
        {%- for lower in bounds[:-1] %}
        {%- set upper = bounds[loop.index] - 1 %}
        when prior_session_count <= {{ upper }}
            then '{{ lower ~ ('-' ~ upper if upper > lower else '') }}'
        {%- endfor %}
        else '{{ bounds[-1] }}+'
    end
{%- endmacro %}
