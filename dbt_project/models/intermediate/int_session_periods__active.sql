{#- Read once, by one table of metrics: three more rows for every session need not be stored. -#}
{{ config(materialized='view') }}
{%- set sums = [
    'human_prompt_count', 'worked_turn_count', 'tool_call_count', 'message_count', 'final_usage_count',
    'agent_word_count', 'tool_input_word_count', 'input_tokens', 'cache_creation_input_tokens',
    'cache_read_input_tokens', 'output_tokens',
] %}

with

days as (
    select * from {{ ref('int_session_days__active') }}
),

dated as (
    {%- for kind in ['overall', 'week', 'month', 'quarter'] %}
    select
        session_id,
        agent,
        user_id,
        is_session,
        is_interactive,
        is_in_study_c_frame,
        '{{ kind }}' as period_kind,
        cast({{ 'null' if kind == 'overall' else date_trunc(kind, 'active_date') }} as date)
            as period_start,
        {{ sums | join(',\n        ') }}
    from days
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select
        -- keys
        session_id,
        period_kind,
        period_start,
        agent,
        user_id,
        -- facts
        {% for name in sums -%}
        cast(sum({{ name }}) as bigint) as {{ name }},
        {% endfor -%}
        -- booleans
        is_session,
        is_interactive,
        is_in_study_c_frame
    from dated
    group by
        session_id, period_kind, period_start, agent, user_id, is_session, is_interactive,
        is_in_study_c_frame
)

select *
from final
