{#-
  Fails where the rows of a session do not add up to what the session's own row has, column by column:
  what is cut by time loses nothing and counts nothing twice. Null and null are alike.
-#}
{% test adds_up_to(model, sessions, columns) %}
with

summed as (
    select
        session_id,
        {% for column in columns -%}
        sum({{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from {{ model }}
    group by session_id
)

select sessions.session_id
from {{ sessions }} as sessions
left join summed on sessions.session_id = summed.session_id
where
    summed.session_id is null
    {%- for column in columns %}
    or sessions.{{ column }} is distinct from summed.{{ column }}
    {%- endfor %}
{% endtest %}
