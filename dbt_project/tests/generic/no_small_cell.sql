{#-
  Fails where a published row breaks the rule for small cells (decision 11): in team mode every row shows
  at least min_users users and min_sessions sessions with no user above half, a suppressed row shows no
  figure, and no group that adds up to a published total hides a single cell.
-#}
{% test no_small_cell(model, figures, siblings) %}
with

cells as (
    select * from {{ model }}
),

shown_too_small as (
    select 'too small' as problem
    from cells
    where
        suppressed_reason is null
        and '{{ var("mode", "team") }}' = 'team'
        and (
            n_users is null
            or n_users < {{ var('min_users', 5) }}
            or n_sessions < {{ var('min_sessions', 15) }}
            or top_user_share > 0.5
        )
),

shown_though_suppressed as (
    select 'shown' as problem
    from cells
    where
        (is_suppressed or suppressed_reason is not null)
        and (
            {%- for figure in figures %}
            {{ 'or ' if not loop.first }}{{ figure }} is not null
            {%- endfor %}
        )
),

hidden_alone as (
    select 'alone' as problem
    from cells
    group by {{ siblings | join(', ') }}
    having
        count(case when suppressed_reason <> 'no_sessions' then 1 end) = 1
        and count(case when not is_suppressed then 1 end) > 0
)

select problem from shown_too_small
union all
select problem from shown_though_suppressed
union all
select problem from hidden_alone
{% endtest %}
