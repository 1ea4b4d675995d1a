{#- A view: it has up to 23 rows for each row that it is read from. -#}
{{ config(materialized='view') }}
{#- Name, kind, numerator, denominator, sessions, those not settled, the rows that have it. -#}
{%- set metrics = [
    ('sessions_with_use', 'count', 'sessions_with_use', 'null', 'sessions_with_use', '0', 'has_session = 1'),
    ('users_with_use', 'count', 'case when user_id is not null then 1 else 0 end', 'null', 'session_count',
        '0', 'true'),
    ('cost_usd_per_session', 'mean', 'cost_in_sessions', 'priced_sessions', 'priced_sessions',
        'sessions_with_use - priced_sessions', 'has_session = 1'),
] -%}
{%- for prefix in ['', 'sub_agent_'] -%}
{%- for name, _, _ in usage_counts() -%}
{%- set column = prefix ~ name -%}
{%- set _ = metrics.append(
    (column, 'count', column, 'null', column ~ '_sessions', '0', column ~ ' is not null')
) -%}
{%- endfor -%}
{%- endfor -%}

with

counted as (
    select * from {{ ref('int_usage__counted') }}
),

final as (
    {%- for name, kind, summed, of, sessions, unknown, is_there in metrics %}
    select
        agent,
        '{{ name }}' as metric_name,
        '{{ kind }}' as metric_kind,
        period_kind,
        period_start,
        segment_name,
        segment_value,
        labeller,
        nullif(segment_by, '') as fingerprint,
        user_id,
        cast({{ summed }} as {{ type_double() }}) as numerator,
        cast({{ of }} as {{ type_double() }}) as denominator,
        {{ sessions }} as session_count,
        cast({{ unknown }} as bigint) as unknown_count
    from counted
    where {{ is_there }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from final
