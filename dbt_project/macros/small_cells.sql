{#-
  CTEs `exposed` and `suppressed`: every cell of `cells` with `suppressed_reason`, null where it may be
  published. The one home of the rule; the test `no_small_cell` proves it on what comes out.

  `cells` has n_users, n_sessions and top_user_share. `siblings` are the columns within which cells add
  up to a published total: where one of them is suppressed, the smallest of the others is too, or the
  total minus the rest would tell it; a cell without sessions adds nothing to a total. In personal mode nothing is suppressed.
-#}
{% macro suppress_small_cells(cells, siblings, order) %}
exposed as (
    select
        *,
        {% if var('mode', 'team') == 'personal' -%}
        cast(null as {{ type_string() }})
        {%- else -%}
        case
            when n_sessions = 0 and n_users = 0 then 'no_sessions'
            when n_users < {{ var('min_users', 5) }} then 'fewer_than_min_users'
            when n_sessions < {{ var('min_sessions', 15) }} then 'fewer_than_min_sessions'
            when top_user_share > 0.5 then 'one_user_above_half'
        end
        {%- endif %} as exposed_reason
    from {{ cells }}
),

ranked as (
    select
        *,
        max(case when exposed_reason <> 'no_sessions' then 1 else 0 end) over (
            partition by {{ siblings | join(', ') }}
        ) as has_exposed_sibling,
        row_number() over (
            partition by
                {{ siblings | join(', ') }},
                case when exposed_reason is not null then 1 else 0 end
            order by n_sessions, {{ order | join(', ') }}
        ) as smallness
    from exposed
),

suppressed as (
    select
        *,
        case
            when exposed_reason is not null then exposed_reason
            when has_exposed_sibling = 1 and smallness = 1 then 'complement_of_suppressed'
        end as suppressed_reason
    from ranked
)
{%- endmacro %}

{#- The value of a column, null in a suppressed cell. -#}
{% macro unless_suppressed(column) -%}
    case when suppressed_reason is null then {{ column }} end
{%- endmacro %}
