with

sessions as (
    select * from {{ ref('fct_sessions') }}
),

-- A project in several folders can have several names: the first by alphabet is taken.
names as (
    select
        project_id,
        min(project_name) as project_name
    from {{ ref('stg_transcripts__sessions') }}
    where project_id is not null
    group by project_id
),

final as (
    select
        sessions.project_id,
        min(names.project_name) as project_name,
        {{ count_if('is_session') }} as session_count,
        {{ count_if('is_interactive') }} as interactive_session_count,
        count(distinct sessions.user_id) as user_count,
        min(sessions.started_at) as first_started_at,
        max(sessions.started_at) as last_started_at
    from sessions
    inner join names on sessions.project_id = names.project_id
    group by sessions.project_id
)

select *
from final
