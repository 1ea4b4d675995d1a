{#- Calls in a row that failed, from which a turn is off track. -#}
{%- set least_failures = 2 -%}

with

tool_calls as (
    select * from {{ ref('fct_tool_calls') }}
    where has_call and turn_id is not null and not is_sidechain
),

turns as (
    select * from {{ ref('fct_turns') }}
    where is_interactive and has_agent_work and not is_sidechain
),

sessions as (
    select * from {{ ref('fct_sessions') }}
),

events as (
    select * from {{ ref('fct_events') }}
),

human_acts as (
    select * from {{ ref('fct_human_acts') }}
),

-- Calls that do something and ended well or by themselves: a look that fails is no failure of the
-- work, and a call that somebody refused or stopped says nothing of the work.
doing as (
    select
        session_id,
        turn_id,
        called_at,
        resulted_at,
        is_error,
        row_number() over (
            partition by session_id, turn_id order by called_at asc, tool_call_id asc
        ) as place,
        coalesce(lag(is_error) over (
            partition by session_id, turn_id order by called_at asc, tool_call_id asc
        ), false) as follows_error
    from tool_calls
    where
        tool_category in ('shell', 'edit', 'mcp', 'web', 'other')
        and has_result
        and (is_error or error_kind is null)
        and not is_background
),

-- Calls since the start of a streak have its number; within it failures are numbered from 1.
starts as (
    select
        *,
        cast(
            sum(case when is_error and not follows_error then 1 else 0 end) over (
                partition by session_id, turn_id order by place asc
                rows between unbounded preceding and current row
            ) as bigint
        ) as streak_number
    from doing
),

failures as (
    select
        *,
        row_number() over (
            partition by session_id, turn_id, streak_number order by place asc
        ) as failure_number
    from starts
    where is_error
),

streaks as (
    select
        session_id,
        turn_id,
        streak_number,
        count(*) as failed_call_count,
        min(called_at) as began_at,
        max(case when failure_number = {{ least_failures }} then resulted_at end) as off_track_at,
        max(place) as last_place
    from failures
    group by session_id, turn_id, streak_number
),

-- A streak ends with the next call that works; one that nothing ends lasts as long as its turn.
ended as (
    select
        streaks.session_id,
        streaks.turn_id,
        streaks.streak_number,
        streaks.failed_call_count,
        streaks.began_at,
        streaks.off_track_at,
        doing.resulted_at as ended_at
    from streaks
    left join doing
        on
            streaks.session_id = doing.session_id and streaks.turn_id = doing.turn_id
            and streaks.last_place + 1 = doing.place
    where streaks.failed_call_count >= {{ least_failures }}
),

acts as (
    select
        session_id,
        turn_id,
        acted_at
    from human_acts
    where act_kind in ('steering', 'denial_feedback')
    union all
    select
        session_id,
        turn_id,
        occurred_at as acted_at
    from events
    where event_kind in ('interrupt', 'denial')
),

intervened as (
    select
        ended.session_id,
        ended.turn_id,
        ended.streak_number,
        min(acts.acted_at) as intervened_at
    from ended
    inner join acts
        on
            ended.session_id = acts.session_id and ended.turn_id = acts.turn_id
            and ended.off_track_at <= acts.acted_at
            and (ended.ended_at is null or ended.ended_at > acts.acted_at)
    group by ended.session_id, ended.turn_id, ended.streak_number
),

delays as (
    select
        intervened.session_id,
        intervened.turn_id,
        intervened.streak_number,
        count(tool_calls.tool_call_id) as delay_actions
    from intervened
    inner join ended
        on
            intervened.session_id = ended.session_id and intervened.turn_id = ended.turn_id
            and intervened.streak_number = ended.streak_number
    left join tool_calls
        on
            intervened.session_id = tool_calls.session_id
            and intervened.turn_id = tool_calls.turn_id
            and ended.began_at < tool_calls.called_at
            and intervened.intervened_at > tool_calls.called_at
    group by intervened.session_id, intervened.turn_id, intervened.streak_number
),

final as (
    select
        -- keys
        ended.session_id,
        ended.turn_id,
        ended.streak_number,
        turns.user_id,
        turns.agent,
        -- facts
        ended.failed_call_count,
        delays.delay_actions,
        {{ seconds_between('ended.began_at', 'intervened.intervened_at') }} as delay_seconds,
        -- booleans
        intervened.intervened_at is not null as is_intervened,
        -- times
        ended.began_at,
        sessions.started_month
    from ended
    inner join turns
        on ended.session_id = turns.session_id and ended.turn_id = turns.turn_id
    inner join sessions on ended.session_id = sessions.session_id
    left join intervened
        on
            ended.session_id = intervened.session_id and ended.turn_id = intervened.turn_id
            and ended.streak_number = intervened.streak_number
    left join delays
        on
            ended.session_id = delays.session_id and ended.turn_id = delays.turn_id
            and ended.streak_number = delays.streak_number
)

select *
from final
