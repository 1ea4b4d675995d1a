{#-
  The steps of `suppress_small_cells`, as CTEs that end with a comma. Cells are numbers here (`exposed`
  has the rest of them); a cell has one row per line that it is in, as a part or as the total. Not here:
  which cells make a line (`adding_lines`), what a cell is suppressed for (`small_cells`).
-#}

{#- CTE `line_members` with `is_hidden` = exposed; lines of a single cell say nothing and are left out. -#}
{% macro members_of_lines(lines) -%}
{%- for line in lines %}
line_parts_{{ loop.index }} as (
    select
        *,
        dense_rank() over (order by {{ line.columns | join(', ') }}) as line_number
    from exposed
    where ({{ line.children }}) and coalesce(exposed_reason, '') <> 'no_sessions'
),

{% endfor -%}
members as (
    {%- for line in lines %}
    select
        {{ loop.index }} as line_kind,
        line_number,
        0 as is_total,
        cell_number,
        n_sessions,
        n_users,
        top_user_share,
        exposed_reason
    from line_parts_{{ loop.index }}
    {%- if line.total is not none %}
    union all
    -- A line has many parts and its total once.
    select distinct
        {{ loop.index }} as line_kind,
        parts.line_number,
        1 as is_total,
        totals.cell_number,
        totals.n_sessions,
        totals.n_users,
        totals.top_user_share,
        totals.exposed_reason
    from line_parts_{{ loop.index }} as parts
    inner join (
        select * from exposed
        where ({{ line.total }}) and coalesce(exposed_reason, '') <> 'no_sessions'
    ) as totals on {{ same_values('parts', 'totals', line.shared) }}
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

measured_lines as (
    select
        cell_number,
        line_kind,
        line_kind * cast(1000000000 as bigint) + line_number as line_id,
        is_total,
        case when exposed_reason is null then 0 else 1 end as is_exposed,
        coalesce(n_sessions, 0) as n_sessions,
        coalesce(n_users, 0) as n_users,
        coalesce(n_sessions * top_user_share, 0) as top_sessions,
        sum(case when is_total = 0 then coalesce(n_sessions, 0) end) over (partition by line_kind, line_number) as line_sessions,
        max(case when is_total = 1 then n_sessions end) over (partition by line_kind, line_number) as total_sessions,
        count(case when is_total = 0 then 1 end) over (partition by line_kind, line_number) as part_count,
        count(*) over (partition by line_kind, line_number) as member_count
    from members
),

line_members as {{ once() }} (
    select
        cell_number,
        line_kind,
        line_id,
        is_total,
        is_exposed,
        n_sessions,
        n_users,
        top_sessions,
        line_sessions,
        total_sessions,
        case when part_count = 1 and line_sessions = total_sessions then 1 else 0 end as is_whole,
        sum(line_sessions) over (partition by cell_number) - line_sessions as other_line_sessions,
        is_exposed as is_hidden
    from measured_lines
    where member_count > 1
),
{%- endmacro %}

{#-
  CTE `hidden_<name>`: the members after `rounds` rounds, in each of which every line that is not safe hides
  its smallest shown cells: first those that another line wants hidden too, then those of small lines,
  so that what is hidden in one line falls together with what is hidden in the next.
-#}
{% macro rounds_of_suppression(members, name, rounds, are_sessions_apart) -%}
{%- set shown_first = 'partition by line_id, is_hidden order by is_total, other_unsafe_count desc,'
    ~ ' other_line_sessions, n_sessions, cell_number' -%}
{%- for round in range(1, rounds + 1) -%}
{%- set before = members if loop.first else 'hidden_' ~ name ~ '_' ~ (round - 1) %}
{{ judged_lines(before, 'judged_' ~ name ~ '_' ~ round, are_sessions_apart) }}

wanted_{{ name }}_{{ round }} as (
    select
        *,
        sum(is_unsafe) over (partition by cell_number) - is_unsafe as other_unsafe_count
    from judged_{{ name }}_{{ round }}
),

ranked_{{ name }}_{{ round }} as (
    select
        *,
        row_number() over ({{ shown_first }}) as smallness,
        sum(n_sessions) over ({{ shown_first }} rows unbounded preceding) - n_sessions as smaller_sessions
    from wanted_{{ name }}_{{ round }}
),

{{ 'hidden_' ~ name ~ ('_' ~ round if not loop.last else '') }} as {{ once() }} (
    select
        {{ member_columns('ranked_' ~ name ~ '_' ~ round) | indent(8) }},
        max(
            case
                when is_hidden = 1 then 1
                when is_unsafe = 1 and smallness = 1 then 1
                when is_unsafe = 1 and is_total = 0 and hidden_sessions + smaller_sessions < needed_sessions
                    then 1
                else 0
            end
        ) over (partition by cell_number) as is_hidden
    from ranked_{{ name }}_{{ round }}
),
{% endfor -%}
{%- endmacro %}

{#- What stays the same of a member from round to round, read from `members`. -#}
{% macro member_columns(members) -%}
    {%- for column in [
        'cell_number', 'line_kind', 'line_id', 'is_total', 'is_exposed', 'n_sessions', 'n_users',
        'top_sessions', 'line_sessions', 'total_sessions', 'is_whole', 'other_line_sessions',
    ] -%}
    {{ members }}.{{ column }}{{ ',\n' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#-
  CTE `name`: the members with what is hidden of their line, and whether that leaves it unsafe. Hidden cells
  that share sessions hold together those of the largest, for certain (`certain_sessions`).
-#}
{% macro judged_lines(members, name, are_sessions_apart) -%}
{{ name }}_sums as (
    select
        *,
        sum(is_hidden) over (partition by line_id) as hidden_count,
        sum(case when is_total = 0 then 1 - is_hidden else 0 end) over (partition by line_id) as shown_part_count,
        sum(case when is_total = 0 then is_hidden * n_sessions else 0 end) over (partition by line_id)
            as hidden_sessions,
        {{ 'sum' if are_sessions_apart else 'max' }}(case when is_total = 0 then is_hidden * n_sessions else 0 end)
            over (partition by line_id) as certain_sessions,
        sum(case when is_total = 0 then (1 - is_hidden) * n_sessions else 0 end)
            over (partition by line_id) as shown_sessions,
        max(is_total * is_hidden) over (partition by line_id) as is_total_hidden,
        max(case when is_total = 0 then is_hidden * n_users else 0 end) over (partition by line_id) as hidden_users,
        greatest(
            {{ var('min_sessions', 15) }},
            2 * max(case when is_total = 0 then is_hidden * top_sessions else 0 end) over (partition by line_id)
        ) as needed_sessions
    from {{ members }}
),

{{ name }} as (
    select
        *,
        case
            when shown_part_count = 0 then case when is_whole = 1 and hidden_count = 1 then 1 else 0 end
            when is_total_hidden = 0
                and total_sessions > shown_sessions
                and total_sessions < shown_sessions + {{ var('min_sessions', 15) }} then 1
            when hidden_count = 0 then 0
            when hidden_count < 2 then 1
            when hidden_sessions < needed_sessions then 1
            when certain_sessions < {{ var('min_sessions', 15) }} then 1
            when hidden_users < {{ var('min_users', 5) }} then 1
            else 0
        end as is_unsafe
    from {{ name }}_sums
),
{%- endmacro %}

{#-
  CTE `name`: exposed cells that are not the corner of a hidden rectangle in two directions that cross, and
  hidden cells of a line that is still unsafe. Such a rectangle's four cells may be larger and smaller
  in turn and every line still adds up, so that none of the four can be computed.
-#}
{% macro unproven_cells(lines, hidden, name, are_sessions_apart) -%}
{{ judged_lines(hidden, name ~ '_judged', are_sessions_apart) }}

{{ name }}_corners as {{ once() }} (
    select
        one_way.line_kind as one_kind,
        other_way.line_kind as other_kind,
        one_way.cell_number,
        one_way.is_exposed,
        one_way.line_id as one_line,
        other_way.line_id as other_line
    from {{ hidden }} as one_way
    inner join {{ hidden }} as other_way on one_way.cell_number = other_way.cell_number
    where
        one_way.line_kind < other_way.line_kind
        and one_way.is_hidden = 1
        and one_way.line_kind in ({{ lines_that_cross(lines) }})
        and other_way.line_kind in ({{ lines_that_cross(lines) }})
),

-- A side lies in one line and joins two lines of the other direction; two sides between the same two are
-- a rectangle.
{{ name }}_sides as (
    select
        corner.cell_number,
        count(*) over (
            partition by corner.one_kind, corner.other_kind, corner.other_line, opposite.other_line
        ) as side_count,
        corner.one_kind,
        corner.other_kind,
        corner.one_line
    from {{ name }}_corners as corner
    inner join {{ name }}_corners as opposite
        on
            corner.one_line = opposite.one_line
            and corner.cell_number <> opposite.cell_number
            and corner.other_kind = opposite.other_kind
            and corner.other_line <> opposite.other_line
),

{{ name }} as (
    select cell_number from {{ name }}_judged
    where is_unsafe = 1 and is_hidden = 1
    union distinct
    select corner.cell_number
    from {{ name }}_corners as corner
    left join {{ name }}_sides as sides
        on
            corner.cell_number = sides.cell_number
            and corner.one_line = sides.one_line
            and corner.other_kind = sides.other_kind
            and sides.side_count > 1
    where corner.is_exposed = 1 and sides.cell_number is null
),
{%- endmacro %}

{#- The numbers of the kinds of line that cross others. -#}
{% macro lines_that_cross(lines) -%}
    {%- set numbers = [] -%}
    {%- for line in lines -%}
        {%- if line.crosses -%}{%- set _ = numbers.append(loop.index) -%}{%- endif -%}
    {%- endfor -%}
    {{ numbers | join(', ') or '0' }}
{%- endmacro %}

{#- Keeps the database from writing a CTE out again wherever it is used: ten times the work per round. -#}
{% macro once() -%}
    {{ 'materialized' if target.type in ('duckdb', 'postgres') }}
{%- endmacro %}
