with

sessions as (
    select * from {{ ref('fct_sessions') }}
),

final as (
    select
        project_id,
        count(*) as session_count,
        {{ count_if('is_interactive') }} as interactive_session_count,
        count(distinct user_id) as user_count,
        min(started_at) as first_started_at,
        max(started_at) as last_started_at
    from sessions
    where project_id is not null
    group by project_id
)

select *
from final
