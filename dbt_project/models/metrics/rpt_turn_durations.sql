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

-- The seed has one row per metric that is not cut, so no estimate is repeated.
final as (
    select
        -- keys
        named.agent || '|' || named.metric_name || '|' || period_kind || '|'
        || coalesce(cast(period_start as {{ type_string() }}), '') as duration_id,
        named.agent,
        named.metric_name,
        period_kind,
        period_start,
        series,
        named.statistic,
        quantile,
        -- facts
        n_turns,
        n_open_turns,
        n_users,
        n_sessions,
        top_user_share_band,
        estimate_seconds,
        interval_low_seconds,
        interval_high_seconds,
        needed_turn_count,
        suppressed_reason,
        withheld_reason,
        published_values.published_id,
        published_values.published_value,
        published_values.published_low,
        published_values.published_high,
        published_values.published_text,
        published_values.published_grade,
        published_values.published_source,
        published_values.published_note,
        -- booleans
        suppressed_reason is not null as is_suppressed
    from named
    left join published_values
        on
            named.agent = published_values.agent
            and named.metric_name = published_values.metric_name
            and published_values.segment_name = 'all'
            and published_values.statistic is null
)

select *
from final
