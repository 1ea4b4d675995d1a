with
source as (
    select *
    from {{ source('transcripts', 'raw_harness_texts') }}
),

final as (
    select
        -- keys
        harness_text_id,
        session_id,
        turn_id,
        user_id,
        project_id,
        agent_id,
        record_id,
        -- facts
        source,
        text_kind,
        text,
        byte_count,
        -- booleans
        is_sidechain,
        -- times
        written_at,
        cast(session_date as date) as session_date
    from source
)

select *
from final
