{#-
  Fails where a published row breaks the rule for small cells (decision 11): in team mode every row shows
  at least min_users users and min_sessions sessions with no user above half, a suppressed row shows no
  figure, and what is shown does not tell what is not: no line of cells that add up hides a single cell, no
  total is hidden whose parts are all shown, and a shown total less its shown parts leaves no sessions or
  at least min_sessions.
-#}
{% test no_small_cell(model, figures, siblings, has_days=false) %}
{%- set is_team = "'" ~ var('mode', 'team') ~ "' = 'team'" %}
with

cells as (
    select * from {{ model }}
    where coalesce(suppressed_reason, '') <> 'no_sessions'
),

shown_too_small as (
    select 'too small' as problem
    from cells
    where
        suppressed_reason is null
        and {{ is_team }}
        and (
            n_users is null
            or n_users < {{ var('min_users', 5) }}
            or n_sessions is null
            or n_sessions < {{ var('min_sessions', 15) }}
            or top_user_share > 0.5
        )
),

shown_though_suppressed as (
    select 'shown' as problem
    from {{ model }}
    where
        (is_suppressed or suppressed_reason is not null)
        and (
            {%- for figure in figures %}
            {{ 'or ' if not loop.first }}{{ figure }} is not null
            {%- endfor %}
        )
),

{% for line in adding_lines(siblings, has_days) %}
numbered_{{ loop.index }} as (
    select
        *,
        dense_rank() over (order by {{ line.columns | join(', ') }}) as line_number
    from cells
    where {{ line.children }}
),

parts_{{ loop.index }} as (
    select
        {% for column in line.shared + ['line_number'] -%}
        {{ column }}{{ ' as period_start' if '(' in column }},
        {% endfor -%}
        count(*) as part_count,
        count(case when is_suppressed then 1 end) as hidden_count,
        sum(case when not is_suppressed then n_sessions else 0 end) as shown_sessions
    from numbered_{{ loop.index }}
    group by {{ (line.shared + ['line_number']) | join(', ') }}
),

told_{{ loop.index }} as (
    {%- if line.total is none %}
    select 'alone' as problem
    from parts_{{ loop.index }}
    where {{ is_team }} and hidden_count = 1 and part_count > 1
    {%- else %}
    select
        case
            when totals.is_suppressed then 'told by its parts'
            when hidden_count = 1 then 'alone'
            else 'rest is small'
        end as problem
    from parts_{{ loop.index }} as parts
    left join (select * from cells where {{ line.total }}) as totals
        on {{ same_values('parts', 'totals', line.shared) }}
    where
        {{ is_team }}
        and hidden_count < part_count
        and (
            (totals.is_suppressed and hidden_count = 0)
            or (not coalesce(totals.is_suppressed, false) and hidden_count = 1)
            or (
                not totals.is_suppressed
                and totals.n_sessions > shown_sessions
                and totals.n_sessions < shown_sessions + {{ var('min_sessions', 15) }}
            )
        )
    {%- endif %}
),

{% endfor %}
problems as (
    select problem from shown_too_small
    union all
    select problem from shown_though_suppressed
    {%- for line in adding_lines(siblings, has_days) %}
    union all
    select problem from told_{{ loop.index }}
    {%- endfor %}
)

select problem
from problems
{% endtest %}
