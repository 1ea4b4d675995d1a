with

turns as (
    select * from {{ ref('fct_turns') }}
),

-- A turn counts in the week in which it starts, a session in that of its first turn.
worked as (
    select
        user_id,
        started_week,
        started_at,
        ended_at,
        net_seconds,
        max(ended_at) over (
            partition by user_id, started_week order by started_at, ended_at, turn_id
            rows between unbounded preceding and 1 preceding
        ) as covered_until,
        row_number() over (partition by session_id order by started_at, turn_id) = 1
            as is_first_of_session
    from turns
    where user_id is not null and is_in_study_c_frame and has_agent_work
),

-- Turns that overlap (several sessions at once) count once: only what is not yet covered is added.
uncovered as (
    select
        *,
        case
            when covered_until is null or covered_until <= started_at
                then {{ seconds_between('started_at', 'ended_at') }}
            when covered_until < ended_at
                then {{ seconds_between('covered_until', 'ended_at') }}
            else 0
        end as added_seconds
    from worked
),

summed as (
    select
        user_id,
        started_week,
        {{ count_if('is_first_of_session') }} as session_count,
        sum(added_seconds) as active_wall_seconds,
        sum(net_seconds) as summed_net_seconds
    from uncovered
    group by user_id, started_week
),

-- Net time has a length and no place on the clock: its union is at most its sum and the wall union.
final as (
    select
        user_id,
        started_week,
        cast({{ date_trunc('month', 'started_week') }} as date) as started_month,
        session_count,
        active_wall_seconds,
        least(active_wall_seconds, summed_net_seconds) as active_net_seconds
    from summed
)

select *
from final
