{#- Columns that a response and a use beside it both have. -#}
{%- set shared = [
    'session_id', 'response_id', 'turn_id', 'user_id', 'project_id', 'agent_id', 'source', 'model',
    'service_tier', 'input_tokens', 'cache_creation_input_tokens', 'cache_creation_1h_input_tokens',
    'cache_read_input_tokens', 'output_tokens', 'web_search_request_count', 'web_fetch_request_count',
    'is_usage_final', 'is_sidechain', 'responded_at', 'session_date',
] -%}

with

responses as (
    select * from {{ ref('stg_transcripts__responses') }}
),

side_usages as (
    select * from {{ ref('stg_transcripts__side_usages') }}
),

-- Messages that the harness wrote used no model; fast mode speeds up the answering model alone.
used as (
    select
        0 as part_number,
        'answer' as part_kind,
        speed,
        reasoning_tokens,
        {{ shared | join(',\n        ') }}
    from responses
    where not is_synthetic
    union all
    select
        part_number,
        part_kind,
        cast(null as {{ type_string() }}) as speed,
        cast(null as bigint) as reasoning_tokens,
        {{ shared | join(',\n        ') }}
    from side_usages
),

-- What is written to the cache is kept for five minutes unless the record says an hour.
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
        -- booleans
        is_usage_final,
        is_sidechain,
        -- times
        responded_at,
        session_date
    from used
)

select *
from final
