{#- A month of a person has a style from this many sessions of known mode and turns on. -#}
{%- set least_sessions = 3 -%}
{%- set least_turns = 20 -%}

with

sessions as (
    select * from {{ ref('fct_sessions') }}
    where is_interactive and user_id is not null
),

turns as (
    select * from {{ ref('fct_turns') }}
    where has_agent_work and not is_sidechain
),

turns_of_sessions as (
    select
        session_id,
        count(*) as turn_count,
        {{ count_if('is_interrupted') }} as interrupted_count
    from turns
    group by session_id
),

-- A person's month by the sessions that started in it; a session without a turn has none.
user_months as (
    select
        sessions.agent,
        sessions.user_id,
        sessions.started_month,
        count(*) as session_count,
        {{ count_if('sessions.has_tool_bearing_turn and sessions.is_full_auto is not null') }}
            as known_mode_session_count,
        {{ count_if('sessions.has_tool_bearing_turn and sessions.is_full_auto') }}
            as full_auto_session_count,
        coalesce(sum(turns_of_sessions.turn_count), 0) as turn_count,
        coalesce(sum(turns_of_sessions.interrupted_count), 0) as interrupted_count
    from sessions
    left join turns_of_sessions on sessions.session_id = turns_of_sessions.session_id
    group by sessions.agent, sessions.user_id, sessions.started_month
),

-- Who lets most sessions run without approvals watches the agent where one turn in twenty or more
-- is interrupted: the study's rate of people who are new to the agent (A8).
styled as (
    select
        *,
        case
            when
                known_mode_session_count < {{ least_sessions }} or turn_count < {{ least_turns }}
                then null
            when 2 * full_auto_session_count <= known_mode_session_count then 'approves_each'
            when 20 * interrupted_count >= turn_count then 'monitors'
            else 'unattended'
        end as style
    from user_months
),

final as (
    select
        -- keys
        later.agent,
        later.user_id,
        later.started_month,
        -- facts
        later.session_count,
        later.style,
        earlier.style as style_before
    from styled as later
    left join styled as earlier
        on
            later.agent = earlier.agent and later.user_id = earlier.user_id
            and cast({{ dateadd('month', -1, 'later.started_month') }} as date)
            = earlier.started_month
)

select *
from final
