with

uses as (
    select * from {{ ref('int_responses__used') }}
),

sessions as (
    select * from {{ ref('stg_transcripts__sessions') }}
),

surfaces as (
    select * from {{ ref('surfaces') }}
),

unit_prices as (
    select * from {{ ref('stg_prices__unit_prices') }}
),

-- Price steps of a model, day, speed and tier do not overlap and every use has one session, so
-- that none is repeated. Without a known price, or with unknown tokens, there are no dollars.
final as (
    select
        -- keys
        uses.session_id || '|' || uses.response_id || '|'
        || cast(uses.part_number as {{ type_string() }}) as response_use_id,
        uses.session_id,
        uses.response_id,
        uses.part_number,
        uses.turn_id,
        uses.user_id,
        uses.project_id,
        uses.agent_id,
        -- facts
        sessions.agent,
        uses.source,
        uses.part_kind,
        uses.model,
        uses.speed,
        uses.service_tier,
        uses.input_tokens,
        uses.cache_creation_input_tokens,
        uses.cache_creation_5m_input_tokens,
        uses.cache_creation_1h_input_tokens,
        uses.cache_read_input_tokens,
        uses.output_tokens,
        uses.reasoning_tokens,
        uses.web_search_request_count,
        uses.web_fetch_request_count,
        (
            uses.input_tokens * unit_prices.input_usd
            + coalesce(uses.cache_creation_5m_input_tokens, 0) * unit_prices.cache_write_5m_usd
            + coalesce(uses.cache_creation_1h_input_tokens, 0) * unit_prices.cache_write_1h_usd
            + coalesce(uses.cache_read_input_tokens, 0) * unit_prices.cache_read_usd
            + uses.output_tokens * unit_prices.output_usd
        ) / 1000000
        + case
            when uses.web_search_request_count > 0
                then uses.web_search_request_count * unit_prices.web_search_usd / 1000
            else 0
        end as cost_usd,
        unit_prices.price_list,
        -- booleans
        surfaces.is_session as is_in_session,
        uses.is_usage_final,
        unit_prices.is_exact as is_price_exact,
        uses.is_sidechain,
        -- times
        uses.responded_at,
        {{ local_date('uses.responded_at') }} as responded_local_date,
        {{ local_period('week', 'uses.responded_at') }} as responded_week,
        {{ local_period('month', 'uses.responded_at') }} as responded_month,
        uses.session_date
    from uses
    inner join sessions on uses.session_id = sessions.session_id
    left join surfaces on sessions.surface = surfaces.surface
    left join unit_prices
        on
            uses.model = unit_prices.model
            and cast(uses.responded_at as date) = unit_prices.used_date
            and coalesce(uses.speed, '') = unit_prices.speed
            and coalesce(uses.service_tier, '') = unit_prices.service_tier
            and uses.prompt_tokens >= unit_prices.from_prompt_tokens
            and uses.prompt_tokens <= unit_prices.up_to_prompt_tokens
)

select *
from final
