with

sessions as (
    select * from {{ ref('stg_transcripts__sessions') }}
),

counts as (
    select * from {{ ref('int_sessions__acts_counted') }}
),

-- Versions before 2.1.78 record no entry point and do not mark headless runs: one prompt, no
-- duration reported to a terminal and permissions bypassed throughout is what one looks like.
surfaced as (
    select
        sessions.session_id,
        sessions.user_id,
        sessions.agent,
        sessions.source,
        sessions.started_at,
        case
            when lower(sessions.entrypoint) like 'sdk%' then 'sdk'
            when lower(sessions.entrypoint) like '%headless%' then 'headless'
            when counts.human_act_count = 0 then 'no_human_act'
            when
                sessions.entrypoint is null
                and counts.human_act_count = 1
                and counts.human_prompt_count = 1
                and sessions.turn_duration_record_count = 0
                and counts.turn_count > 0
                and counts.bypassing_turn_count = counts.turn_count
                then 'presumed_headless'
            else 'interactive'
        end as surface
    from sessions
    inner join counts on sessions.session_id = counts.session_id
),

final as (
    select
        session_id,
        user_id,
        agent,
        source,
        surface,
        surface = 'interactive' as is_interactive,
        started_at
    from surfaced
)

select *
from final
