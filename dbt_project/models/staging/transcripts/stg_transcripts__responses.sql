with
source as (
    select *
    from {{ source('transcripts', 'raw_responses') }}
),

final as (
    select
        -- keys
        response_id,
        session_id,
        turn_id,
        user_id,
        project_id,
        message_id,
        agent_id,
        record_id,
        request_id,
        -- facts
        source,
        record_origin,
        model,
        text,
        text_word_count,
        text_char_count,
        thinking_char_count,
        tool_use_count,
        line_count,
        input_tokens,
        cache_creation_input_tokens,
        cache_creation_5m_input_tokens,
        cache_creation_1h_input_tokens,
        cache_read_input_tokens,
        output_tokens,
        reasoning_tokens,
        web_search_request_count,
        web_fetch_request_count,
        stop_reason,
        service_tier,
        speed,
        cli_version,
        -- booleans
        is_usage_final,
        is_synthetic,
        is_api_error,
        is_sidechain,
        -- times
        responded_at,
        ended_at,
        cast(session_date as date) as session_date
    from source
)

select *
from final
