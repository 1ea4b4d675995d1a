with

human_acts as (
    select * from {{ ref('stg_transcripts__human_acts') }}
),

sessions as (
    select * from {{ ref('stg_transcripts__sessions') }}
),

-- One session per act, so that none is repeated. An act whose session is not there stays, without
-- its agent: the test of its relationship says so.
final as (
    select
        -- keys
        human_acts.act_id,
        human_acts.session_id,
        human_acts.turn_id,
        human_acts.user_id,
        human_acts.project_id,
        human_acts.record_id,
        human_acts.tool_use_id,
        human_acts.occurrence,
        -- facts
        sessions.agent,
        human_acts.source,
        human_acts.act_kind,
        human_acts.word_count,
        human_acts.char_count,
        human_acts.command_name,
        human_acts.queue_outcome,
        coalesce(human_acts.permission_mode, 'unknown') as permission_mode,
        -- booleans
        human_acts.is_typed,
        human_acts.is_mid_run,
        human_acts.has_image,
        -- times
        human_acts.acted_at,
        human_acts.session_date
    from human_acts
    left join sessions on human_acts.session_id = sessions.session_id
)

select *
from final
