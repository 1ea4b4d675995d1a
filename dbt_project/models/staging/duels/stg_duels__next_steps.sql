with

source as (
    select * from {{ source('duels', 'next_steps') }}
),

final as (
    select
        -- keys
        agent,
        session_id,
        user_id,
        act_id,
        moment_set,
        replicate,
        fingerprint,
        -- facts
        proposer_model,
        judge_model,
        drawn_order,
        swapped_order,
        outcome as duel_outcome,
        status as duel_status,
        -- booleans
        is_agent_first
    from source
)

select *
from final
