with

estimates as (
    select * from {{ ref('stg_estimates__turn_durations') }}
),

published_values as (
    select * from {{ ref('published_values') }}
),

named as (
    select
        *,
        'turn_' || series || '_seconds_' || statistic as metric_name
    from estimates
),

{{ suppress_small_cells(
    'named',
    siblings=['agent', 'metric_name', 'period_kind'],
    order=['period_start'],
    are_sessions_apart=false,
) }},

-- The seed has one row per metric that is not cut, so no estimate is repeated.
final as (
    select
        -- keys
        suppressed.agent || '|' || suppressed.metric_name || '|' || period_kind || '|'
        || coalesce(cast(period_start as {{ type_string() }}), '') as duration_id,
        suppressed.agent,
        suppressed.metric_name,
        period_kind,
        period_start,
        series,
        suppressed.statistic,
        quantile,
        -- facts
        {% for column in [
            'n_turns', 'n_open_turns', 'n_users', 'n_sessions', 'top_user_share',
            'tail_user_share', 'estimate_seconds', 'interval_low_seconds',
            'interval_high_seconds',
        ] -%}
        {{ unless_suppressed(column) }} as {{ column }},
        {% endfor -%}
        needed_turn_count,
        suppressed_reason,
        {{ unless_suppressed('withheld_reason') }} as withheld_reason,
        {{ published_columns() | indent(8) }},
        -- booleans
        suppressed_reason is not null as is_suppressed
    from suppressed
    left join published_values
        on
            suppressed.agent = published_values.agent
            and suppressed.metric_name = published_values.metric_name
            and published_values.segment_name = 'all'
            and published_values.statistic is null
)

select *
from final
