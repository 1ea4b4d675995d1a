{#- Days from 1 January 2025 up to 2036: `date_spine` would ask a database for their number. -#}
{%- set day_count = 4017 -%}
{%- set days_into_week = datediff(
    date_trunc('week', 'spine.date_day'), 'spine.date_day', 'day'
) -%}

with

sessions as (
    select * from {{ ref('fct_sessions') }}
),

numbers as (
    {{ generate_series(day_count) }}
),

spine as (
    select {{ dateadd('day', 'generated_number - 1', "cast('2025-01-01' as date)") }} as date_day
    from numbers
),

span as (
    select
        min(started_local_date) as first_date,
        max(started_local_date) as last_date
    from sessions
),

-- No session, no span: the join then keeps no date.
final as (
    select
        cast(spine.date_day as date) as calendar_date,
        cast({{ date_trunc('week', 'spine.date_day') }} as date) as week_start,
        cast({{ date_trunc('month', 'spine.date_day') }} as date) as month_start,
        cast({{ days_into_week }} as bigint) + 1 as weekday_number,
        {{ days_into_week }} >= 5 as is_weekend
    from spine
    inner join span
        on
            cast(spine.date_day as date) >= span.first_date
            and cast(spine.date_day as date) <= span.last_date
)

select *
from final
