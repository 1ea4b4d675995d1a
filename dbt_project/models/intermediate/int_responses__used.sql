with

responses as (
    select * from {{ ref('stg_transcripts__responses') }}
),

side_usages as (
    select * from {{ ref('stg_transcripts__side_usages') }}
),

-- Messages that the harness itself wrote used no model.
answers as (
    select
        session_id,
        response_id,
        0 as part_number,
        turn_id,
        user_id,
        project_id,
        agent_id,
        source,
        'answer' as part_kind,
        model,
        speed,
        service_tier,
        input_tokens,
        cache_creation_input_tokens,
        cache_creation_1h_input_tokens,
        cache_read_input_tokens,
        output_tokens,
        reasoning_tokens,
        web_search_request_count,
        web_fetch_request_count,
        is_usage_final,
        is_sidechain,
        responded_at,
        session_date
    from responses
    where not is_synthetic
),

-- Fast mode speeds up the answering model alone.
beside as (
    select
        session_id,
        response_id,
        part_number,
        turn_id,
        user_id,
        project_id,
        agent_id,
        source,
        part_kind,
        model,
        cast(null as {{ type_string() }}) as speed,
        service_tier,
        input_tokens,
        cache_creation_input_tokens,
        cache_creation_1h_input_tokens,
        cache_read_input_tokens,
        output_tokens,
        cast(null as bigint) as reasoning_tokens,
        web_search_request_count,
        web_fetch_request_count,
        is_usage_final,
        is_sidechain,
        responded_at,
        session_date
    from side_usages
),

used as (
    select * from answers
    union all
    select * from beside
),

-- What is written to the cache is kept for five minutes unless the record says an hour.
final as (
    select
        session_id,
        response_id,
        part_number,
        turn_id,
        user_id,
        project_id,
        agent_id,
        source,
        part_kind,
        model,
        speed,
        service_tier,
        input_tokens,
        cache_creation_input_tokens,
        case
            when cache_creation_input_tokens is not null
                then greatest(
                    cache_creation_input_tokens - coalesce(cache_creation_1h_input_tokens, 0), 0
                )
        end as cache_creation_5m_input_tokens,
        case
            when cache_creation_input_tokens is not null
                then least(coalesce(cache_creation_1h_input_tokens, 0), cache_creation_input_tokens)
        end as cache_creation_1h_input_tokens,
        cache_read_input_tokens,
        output_tokens,
        reasoning_tokens,
        web_search_request_count,
        web_fetch_request_count,
        coalesce(input_tokens, 0) + coalesce(cache_creation_input_tokens, 0)
        + coalesce(cache_read_input_tokens, 0) as prompt_tokens,
        is_usage_final,
        is_sidechain,
        responded_at,
        session_date
    from used
)

select *
from final
