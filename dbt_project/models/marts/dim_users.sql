with

sessions as (
    select * from {{ ref('fct_sessions') }}
),

final as (
    select
        user_id,
        {{ count_if('is_session') }} as session_count,
        {{ count_if('is_interactive') }} as interactive_session_count,
        count(distinct project_id) as project_count,
        count(distinct started_local_date) as active_day_count,
        max(case when is_history_truncated then 1 else 0 end) = 1 as is_history_truncated,
        min(started_at) as first_started_at,
        max(started_at) as last_started_at
    from sessions
    where user_id is not null
    group by user_id
)

select *
from final
