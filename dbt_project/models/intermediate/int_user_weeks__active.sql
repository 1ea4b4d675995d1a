with

turns as (
    select * from {{ ref('fct_turns') }}
),

-- A turn counts in the week in which it starts, a week in the month of its Monday, and a session
-- wherever it has a turn: so it is told apart where it turns up first.
worked as (
    select
        agent,
        user_id,
        started_week,
        cast({{ date_trunc('month', 'started_week') }} as date) as started_month,
        started_at,
        ended_at,
        net_seconds,
        max(ended_at) over (
            partition by agent, user_id, started_week order by started_at, ended_at, turn_id
            rows between unbounded preceding and 1 preceding
        ) as covered_until,
        row_number() over (partition by session_id order by started_at, turn_id) = 1 as is_first,
        row_number() over (
            partition by session_id, {{ date_trunc('month', 'started_week') }}
            order by started_at, turn_id
        ) = 1 as is_first_of_month,
        row_number() over (
            partition by session_id, {{ date_trunc('quarter', 'started_week') }}
            order by started_at, turn_id
        ) = 1 as is_first_of_quarter,
        row_number() over (
            partition by session_id, started_week order by started_at, turn_id
        ) = 1 as is_first_of_week
    from turns
    where user_id is not null and is_in_study_c_frame and has_agent_work and not is_sidechain
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
        agent,
        user_id,
        started_week,
        started_month,
        {{ count_if('is_first_of_week') }} as session_count,
        {{ count_if('is_first_of_month') }} as first_of_month_session_count,
        {{ count_if('is_first_of_quarter') }} as first_of_quarter_session_count,
        {{ count_if('is_first') }} as first_session_count,
        sum(added_seconds) as active_wall_seconds,
        sum(net_seconds) as summed_net_seconds
    from uncovered
    group by agent, user_id, started_week, started_month
),

-- Net time has a length and no place on the clock: its union is at most its sum and the wall union.
final as (
    select
        agent,
        user_id,
        started_week,
        started_month,
        session_count,
        first_of_month_session_count,
        first_of_quarter_session_count,
        first_session_count,
        active_wall_seconds,
        least(active_wall_seconds, summed_net_seconds) as active_net_seconds
    from summed
)

select *
from final
