with
source as (
    select *
    from {{ source('transcripts', 'raw_side_usages') }}
),

final as (
    select
        -- keys
        session_id,
        response_id,
        part_number,
        turn_id,
        user_id,
        project_id,
        agent_id,
        -- facts
        source,
        part_kind,
        model,
        input_tokens,
        cache_creation_input_tokens,
        cache_creation_5m_input_tokens,
        cache_creation_1h_input_tokens,
        cache_read_input_tokens,
        output_tokens,
        web_search_request_count,
        web_fetch_request_count,
        service_tier,
        -- booleans
        is_usage_final,
        is_sidechain,
        -- times
        responded_at,
        cast(session_date as date) as session_date
    from source
)

select *
from final
