with

duels as (
    select * from {{ ref('stg_duels__next_steps') }}
),

sessions as (
    select * from {{ ref('fct_sessions') }}
),

-- One session per duel, and its own user: a person who was forgotten has no session.
final as (
    select
        -- keys
        duels.act_id,
        duels.moment_set,
        duels.replicate,
        duels.session_id,
        sessions.user_id,
        duels.fingerprint,
        -- facts
        sessions.agent,
        duels.proposer_model,
        duels.judge_model,
        duels.drawn_order,
        duels.swapped_order,
        duels.duel_outcome,
        -- booleans
        duels.is_agent_first
    from duels
    inner join sessions on duels.session_id = sessions.session_id
)

select *
from final
