{#-
  CTE `suppressed`: every cell of `cells` with `suppressed_reason`, null where it may be published. The one
  home of the rule (docs/adr/0018); the test `no_small_cell` proves it on what comes out.

  `cells` has n_users, n_sessions and top_user_share. `siblings` say which cells add up to a published
  total: the macro `adding_lines` reads them. `order` makes cells of a line that are alike in size distinct. In
  personal mode nothing is suppressed. A cell without sessions adds nothing to a total. Where a session may
  be in several cells of a line (`are_sessions_apart` is false), hidden cells together hold no more
  sessions for certain than the largest of them.

  1. A cell is exposed where its users or sessions are too few, or one user is above half.
  2. Rounds: a line with a hidden cell is safe when none of it is shown, or when two of it are hidden that
     together hold min_sessions sessions, one of them min_users users (users of several cells may be
     the same, so that the largest cell is all that is sure), and no user known to be above half. Else its
     smallest shown cells are hidden too. A part that is the whole of its total is hidden with it. A shown
     total less its shown parts must leave nothing or min_sessions, whatever is in none of its parts.
  3. In a table cut both ways two hidden cells a line are not enough: a bridge between two hidden blocks
     could be computed. Where an exposed cell is not the corner of a hidden rectangle, its table is hidden.
  4. Rounds again. What is not safe then is hidden with all that it could be computed from.
-#}
{% macro suppress_small_cells(cells, siblings, order, are_sessions_apart=true, has_days=false) %}
{%- if var('mode', 'team') == 'personal' %}
suppressed as (
    select
        *,
        cast(null as {{ type_string() }}) as suppressed_reason
    from {{ cells }}
)
{%- else %}
{%- set lines = adding_lines(siblings, has_days) -%}
{%- set key = lines | map(attribute='columns') | sum(start=[]) | unique | list -%}
exposed as {{ once() }} (
    select
        *,
        case
            when n_sessions = 0 and n_users = 0 then 'no_sessions'
            when coalesce(n_users, 0) < {{ var('min_users', 5) }} then 'fewer_than_min_users'
            when coalesce(n_sessions, 0) < {{ var('min_sessions', 15) }} then 'fewer_than_min_sessions'
            when top_user_share > 0.5 then 'one_user_above_half'
        end as exposed_reason,
        row_number() over (order by {{ (key + order) | unique | join(', ') }}) as cell_number
    from {{ cells }}
),

{{ members_of_lines(lines) }}

{{ rounds_of_suppression('line_members', 'first', rounds=4, are_sessions_apart=are_sessions_apart) }}

{{ unproven_cells(lines, 'hidden_first', 'unproven_first', are_sessions_apart) }}

-- Cells of a table in which one is unproven, once each.
unproven_tables as (
    select distinct cells_of_table.cell_number
    from unproven_first
    inner join exposed as unproven on unproven_first.cell_number = unproven.cell_number
    inner join exposed as cells_of_table
        on {{ same_values('unproven', 'cells_of_table', columns_of_all(lines)) }}
),

hidden_by_table as {{ once() }} (
    select
        {{ member_columns('hidden_first') | indent(8) }},
        case when unproven_tables.cell_number is null then is_hidden else 1 end as is_hidden
    from hidden_first
    left join unproven_tables on hidden_first.cell_number = unproven_tables.cell_number
),

{{ rounds_of_suppression('hidden_by_table', 'second', rounds=2, are_sessions_apart=are_sessions_apart) }}

{{ unproven_cells(lines, 'hidden_second', 'unproven_second', are_sessions_apart) }}

unproven_wholes as (
    select distinct cells_of_whole.cell_number
    from unproven_second
    inner join exposed as unproven on unproven_second.cell_number = unproven.cell_number
    inner join exposed as cells_of_whole
        on {{ same_values('unproven', 'cells_of_whole', columns_of_all(lines, shared_with_total=true)) }}
),

hidden_cells as (
    select cell_number from hidden_second
    where is_hidden = 1
    union distinct
    select cell_number from unproven_wholes
),

-- A cell is hidden once or not at all, so none is repeated.
suppressed as (
    select
        exposed.*,
        case
            when exposed_reason is not null then exposed_reason
            when hidden_cells.cell_number is not null then 'complement_of_suppressed'
        end as suppressed_reason
    from exposed
    left join hidden_cells on exposed.cell_number = hidden_cells.cell_number
)
{%- endif %}
{%- endmacro %}

{#- The value of a column, null in a suppressed cell. -#}
{% macro unless_suppressed(column) -%}
    case when suppressed_reason is null then {{ column }} end
{%- endmacro %}
