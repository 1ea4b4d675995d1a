with
source as (
    select *
    from {{ source('prices', 'unit_prices') }}
),

final as (
    select
        -- keys
        model,
        used_date,
        speed,
        service_tier,
        from_prompt_tokens,
        -- facts
        up_to_prompt_tokens,
        price_list,
        input_usd,
        cache_write_5m_usd,
        cache_write_1h_usd,
        cache_read_usd,
        output_usd,
        web_search_usd,
        -- booleans
        is_exact
    from source
)

select *
from final
