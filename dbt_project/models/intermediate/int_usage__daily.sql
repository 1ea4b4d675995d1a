{%- set summed = [
    'input_tokens', 'cache_creation_5m_input_tokens', 'cache_creation_1h_input_tokens',
    'cache_read_input_tokens', 'output_tokens',
] -%}

with

responses as (
    select * from {{ ref('fct_responses') }}
),

final as (
    select
        -- keys
        session_id,
        user_id,
        coalesce(project_id, 'unknown') as project_id,
        -- facts
        agent,
        coalesce(model, 'unknown') as model,
        {{ count_if('part_number = 0') }} as response_count,
        {% for column in summed -%}
        cast(sum({{ column }}) as bigint) as {{ column }},
        {% endfor -%}
        cast(sum(web_search_request_count) as bigint) as web_search_count,
        sum(cost_usd) as cost_usd,
        sum(case when is_usage_final then 0 else cost_usd end) as lower_bound_cost_usd,
        {{ count_if('cost_usd is null') }} as unpriced_count,
        -- booleans
        is_in_session,
        is_sidechain,
        -- times
        responded_local_date as used_day,
        responded_week as used_week,
        responded_month as used_month
    from responses
    group by
        session_id,
        user_id,
        project_id,
        agent,
        model,
        is_in_session,
        is_sidechain,
        responded_local_date,
        responded_week,
        responded_month
)

select *
from final
